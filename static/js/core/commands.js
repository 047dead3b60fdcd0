/**
 * Commands typed into the chat: a parser, and a table in which each command calls
 * an action. Pure but for what the actions do. Fetched when somebody types a slash.
 */

import {CommandError, firstArgument} from './arguments.js';
import {may} from './state.js';
import {t} from './i18n.js';

/**
 * @typedef {object} Command
 * @property {string} args keys of the arguments, as shown in the help
 * @property {string} description key of the text; empty if not listed
 * @property {string} permission all that are needed, with spaces between; empty if none
 * @property {(actions: import('./actions.js').Actions, rest: string) => void} run
 */

/**
 * What a line typed into the chat is: a message, or a command with the rest of
 * the line. Two slashes begin a message that begins with one.
 *
 * @param {string} line
 * @returns {{message: string} | {command: string, rest: string}}
 */
export function parseLine(line) {
    if (!line.startsWith('/'))
        return {message: line};
    if (line.startsWith('//'))
        return {message: line.slice(1)};
    const match = line.match(/^\/(\S*)\s*([\s\S]*)$/);
    return {command: (match?.[1] ?? '').toLowerCase(), rest: (match?.[2] ?? '').trimEnd()};
}

/**
 * Finds a person by id or by name; by name without regard to case if that is not
 * ambiguous.
 *
 * @param {{id: string, name: string}[]} people
 * @param {string} who
 * @returns {string} the id
 */
export function findUser(people, who) {
    const byId = people.find(user => user.id === who);
    if (byId)
        return byId.id;
    const exact = people.filter(user => user.name === who);
    const found = exact.length > 0 ? exact :
        people.filter(user => user.name.toLowerCase() === who.toLowerCase());
    const [first] = found;
    if (!first)
        throw new CommandError(t('command.noUser', {name: who}));
    if (found.length > 1)
        throw new CommandError(t('command.manyUsers', {name: who}));
    return first.id;
}

/**
 * @param {(actions: import('./actions.js').Actions, id: string, rest: string) => void} run
 * @returns {Command['run']}
 */
const onUser = run => (actions, rest) => {
    const [who, text] = firstArgument(rest);
    if (!who)
        throw new CommandError(t('command.needUser'));
    run(actions, findUser(actions.people(), who), text);
};

/**
 * @param {string} text
 * @returns {string}
 */
const needText = text => {
    if (!text)
        throw new CommandError(t('command.needText'));
    return text;
};

/**
 * @param {string} args
 * @param {string} description
 * @param {string} permission
 * @param {Command['run']} run
 * @returns {Command}
 */
const command = (args, description, permission, run) => ({args, description, permission, run});

/** @type {Readonly<Record<string, Command>>} */
export const commands = Object.freeze({
    help: command('', 'command.help', '', actions => actions.openHelp.run()),
    me: command('command.args.text', 'command.me', 'message',
                (actions, rest) => actions.sendAction.run(needText(rest))),
    msg: command('command.args.userText', 'command.msg', 'message',
                 onUser((actions, id, text) => actions.sendMessage.run(needText(text), id))),
    sendfile: command('command.args.user', 'command.sendfile', 'message',
                      onUser((actions, id) => actions.askFiles.run(id))),
    react: command('command.args.emoji', 'command.react', 'message',
                   (actions, rest) => actions.react.run(needText(rest))),
    leave: command('', 'command.leave', '', actions => actions.leave.run()),
    raise: command('', 'command.raise', '', actions => actions.setHand.run(true)),
    unraise: command('', 'command.unraise', '', actions => actions.setHand.run(false)),
    sharescreen: command('', 'command.sharescreen', 'present', actions => actions.shareScreen.run()),
    presentfile: command('', 'command.presentfile', 'present', actions => actions.playFiles.run()),
    unsharescreen: command('', 'command.unsharescreen', 'present', actions => actions.stopSharing.run()),
    kick: command('command.args.userMessage', 'command.kick', 'op',
                  onUser((actions, id, text) => actions.kick.run(id, text))),
    mute: command('command.args.user', 'command.mute', 'op', onUser((actions, id) => actions.mute.run(id))),
    muteall: command('', 'command.muteall', 'op', actions => actions.muteAll.run()),
    op: command('command.args.user', 'command.op', 'op', onUser((actions, id) => actions.giveOperator.run(id))),
    unop: command('command.args.user', 'command.unop', 'op',
                  onUser((actions, id) => actions.takeOperator.run(id))),
    present: command('command.args.user', 'command.present', 'op',
                     onUser((actions, id) => actions.allowPresenting.run(id))),
    unpresent: command('command.args.user', 'command.unpresent', 'op',
                       onUser((actions, id) => actions.forbidPresenting.run(id))),
    shutup: command('command.args.user', 'command.shutup', 'op',
                    onUser((actions, id) => actions.forbidChat.run(id))),
    unshutup: command('command.args.user', 'command.unshutup', 'op',
                      onUser((actions, id) => actions.allowChat.run(id))),
    spotlight: command('command.args.user', 'command.spotlight', 'op',
                       onUser((actions, id) => actions.spotlight.run(id))),
    askunmute: command('command.args.user', 'command.askunmute', 'op',
                       onUser((actions, id) => actions.askUnmute.run(id))),
    lowerhand: command('command.args.user', 'command.lowerhand', 'op',
                       onUser((actions, id) => actions.lowerHand.run(id))),
    identify: command('command.args.user', 'command.identify', 'op',
                      onUser((actions, id) => actions.identify.run(id))),
    warn: command('command.args.userText', 'command.warn', 'op',
                  onUser((actions, id, text) => actions.warn.run(id, needText(text)))),
    wall: command('command.args.text', 'command.wall', 'op',
                  (actions, rest) => actions.warnAll.run(needText(rest))),
    lock: command('command.args.message', 'command.lock', 'op', (actions, rest) => actions.lock.run(rest)),
    unlock: command('', 'command.unlock', 'op', actions => actions.unlock.run()),
    clear: command('', 'command.clear', 'op', actions => actions.clearChat.run()),
    subgroups: command('', 'command.subgroups', 'op', actions => actions.listSubgroups.run()),
    record: command('', 'command.record', 'record', actions => actions.record.run()),
    unrecord: command('', 'command.unrecord', 'record', actions => actions.unrecord.run()),
    invite: command('command.args.invite', 'command.invite', 'token', (actions, rest) => actions.invite.run(rest)),
    reinvite: command('command.args.reinvite', 'command.reinvite', 'op token',
                      (actions, rest) => actions.reinvite.run(rest)),
    revoke: command('command.args.link', 'command.revoke', 'op token', (actions, rest) => actions.revoke.run(rest)),
    listtokens: command('', 'command.listtokens', 'op token', actions => actions.listTokens.run()),
    renegotiate: command('', 'command.renegotiate', '', actions => actions.restartMedia.run()),
    'relay-test': command('', 'check.command', '', actions => actions.testRelay.run()),
    replace: command('', '', 'present', actions => actions.replaceMedia.run()),
    set: command('', '', '', (actions, rest) => {
        const [name, value] = firstArgument(rest);
        if (!name) {
            actions.showSettings.run();
            return;
        }
        try {
            actions.set.run(name, value === '' ? true : JSON.parse(value));
        } catch (e) {
            if (e instanceof SyntaxError)
                throw new CommandError(t('command.badValue'));
            throw e;
        }
    }),
    unset: command('', '', '', (actions, rest) => actions.unset.run(firstArgument(rest)[0])),
});

/**
 * @param {import('./state.js').State} state
 * @param {string} permissions
 * @returns {boolean}
 */
function allowed(state, permissions) {
    return permissions.split(' ').every(permission => permission === '' || may(state, permission));
}

/**
 * The commands that somebody may use and that are worth listing.
 *
 * @param {import('./state.js').State} state
 * @returns {[string, Command][]}
 */
export function listed(state) {
    return Object.entries(commands).filter(([, {description, permission}]) =>
        description !== '' && allowed(state, permission));
}

/**
 * Executes a line typed into the chat.
 *
 * @param {string} line
 * @param {{actions: import('./actions.js').Actions, state: import('./state.js').State,
 *     recipient: string | null}} context `recipient` of an ordinary message; null is everyone
 * @throws {CommandError}
 */
export function execute(line, {actions, state, recipient}) {
    const parsed = parseLine(line);
    if ('message' in parsed) {
        if (!actions.sendMessage.available(state))
            throw new CommandError(t('chat.forbidden'));
        actions.sendMessage.run(parsed.message, recipient);
        return;
    }
    const found = Object.hasOwn(commands, parsed.command) ? commands[parsed.command] : undefined;
    if (!found)
        throw new CommandError(t('command.unknown', {name: parsed.command}));
    if (!allowed(state, found.permission))
        throw new CommandError(t('command.forbidden', {name: parsed.command}));
    found.run(actions, parsed.rest);
}
