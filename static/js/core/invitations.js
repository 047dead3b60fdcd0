/**
 * The chat commands about invitations: what the dialog does, in words.
 */

import {CommandError, firstArgument} from './arguments.js';
import {TokenError, expired, grantable, parseExpiration, tokenOf, usual} from './tokens.js';
import {isolated, language, t} from './i18n.js';

/**
 * What is wrong, in words for the user.
 *
 * @param {unknown} e
 * @returns {string}
 */
export function tokenProblem(e) {
    if (!(e instanceof TokenError))
        throw e;
    return e.message === 'that username is taken' ? t('invite.taken') : t('invite.failed', {text: e.message});
}

/**
 * One line about an invitation.
 *
 * @param {import('./tokens.js').Token} token
 * @returns {string}
 */
export function describeToken(token) {
    const when = token.expires === undefined ? t('invite.forever') :
        t(expired(token, Date.now()) ? 'invite.expired' : 'invite.until', {date: whenText(token.expires)});
    const what = (token.permissions ?? []).map(permission => permissionName(permission));
    return [isolated(token.username ?? ''), new Intl.ListFormat(language(), {type: 'unit'}).format(what), when]
        .filter(Boolean).join(' · ');
}

/**
 * @param {string} permission
 * @returns {string}
 */
export function permissionName(permission) {
    return ['present', 'message', 'record', 'token', 'op', 'caption'].includes(permission) ?
        t(`invite.may.${permission}`) : permission;
}

/** @param {string} date */
function whenText(date) {
    return new Intl.DateTimeFormat(language(), {dateStyle: 'medium', timeStyle: 'short'}).format(new Date(date));
}

/**
 * @param {string} text empty for the usual time
 * @returns {Date}
 */
function expiration(text) {
    const date = text ? parseExpiration(text, Date.now()) : new Date(Date.now() + usual);
    if (!date)
        throw new CommandError(t('command.badTime', {text}));
    return date;
}

/** @typedef {ReturnType<typeof createInvitations>} Invitations */

/**
 * @param {{store: import('./state.js').StateStore, session: import('./session.js').Session,
 *     tokens: import('./tokens.js').Tokens, notify: import('./notify.js').Notify}} context
 */
export function createInvitations({store, session, tokens, notify}) {
    const failed = (/** @type {unknown} */ e) => notify.error(tokenProblem(e));
    const show = (/** @type {import('./tokens.js').Token} */ token) =>
        session.output(`${describeToken(token)}\n${tokens.link(token.token)}`);

    return {
        /** @param {string} line [user] [expiration] */
        invite(line) {
            let [username, rest] = firstArgument(line);
            if (username && !rest && parseExpiration(username, Date.now()))
                [username, rest] = ['', username];
            const permissions = grantable(store.get().me.permissions)
                .filter(({usual}) => usual).map(({permission}) => permission);
            tokens.make({username, expires: expiration(rest), permissions}).then(show, failed);
        },

        /** @param {string} line link or token, and expiration */
        reinvite(line) {
            const [text, rest] = firstArgument(line);
            if (!text)
                throw new CommandError(t('command.needInvitation'));
            tokens.extend(tokenOf(text), expiration(rest)).then(show, failed);
        },

        /** @param {string} line link or token */
        revoke(line) {
            const [text] = firstArgument(line);
            if (!text)
                throw new CommandError(t('command.needInvitation'));
            tokens.revoke(tokenOf(text)).then(show, failed);
        },

        list() {
            tokens.list().then(list => session.output(list.length === 0 ? t('invite.none') :
                list.map(token => `${describeToken(token)}\n${tokens.link(token.token)}`).join('\n')), failed);
        },
    };
}
