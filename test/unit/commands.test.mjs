// Chat commands (ui.md 1.8).

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {CommandError, firstArgument} from '../../static/js/core/arguments.js';
import {commands, execute, findUser, listed, parseLine} from '../../static/js/core/commands.js';
import {initialState} from '../../static/js/core/state.js';
import {migrate} from '../../static/js/core/settings.js';

const everyone = [{id: 'a1', name: 'Ada'}, {id: 'b1', name: 'Bob'}, {id: 'b2', name: 'bob'}, {id: 'g1', name: 'Grace Hopper'}];

/** Actions that write down what they were asked for. */
function recorder() {
    const calls = [];
    const actions = new Proxy({people: () => everyone}, {
        get(target, name) {
            return target[name] ?? {available: () => true, run: (...args) => calls.push([name, ...args])};
        },
    });
    return {calls, actions};
}

function run(line, permissions = ['op', 'present', 'message', 'record'], recipient = null) {
    const {calls, actions} = recorder();
    const state = {...initialState(migrate(null)), me: {id: 'a1', name: 'Ada', permissions, hand: false}};
    execute(line, {actions, state, recipient});
    return calls;
}

describe('lines', () => {
    for (const [line, parsed] of [
        ['hello', {message: 'hello'}],
        ['//path', {message: '/path'}],
        ['/msg Bob  hi there ', {command: 'msg', rest: 'Bob  hi there'}],
        ['/ME waves', {command: 'me', rest: 'waves'}],
        ['/', {command: '', rest: ''}],
        ['/wall two\nlines', {command: 'wall', rest: 'two\nlines'}],
    ])
        it(JSON.stringify(line), () => assert.deepEqual(parseLine(line), parsed));
});

describe('arguments', () => {
    for (const [line, first, rest] of [
        ['Bob hi', 'Bob', 'hi'],
        ['  Bob', 'Bob', ''],
        ['"Grace Hopper" hi there', 'Grace Hopper', 'hi there'],
        ["'Grace \"G\" Hopper' x", 'Grace "G" Hopper', 'x'],
        ['"a \\"b\\" c" d', 'a "b" c', 'd'],
        ['', '', ''],
    ])
        it(JSON.stringify(line), () => assert.deepEqual(firstArgument(line), [first, rest]));

    it('reports an open quotation mark', () => assert.throws(() => firstArgument('"Grace'), CommandError));
});

describe('people', () => {
    it('are found by id, exact name, or name in other letters', () => {
        assert.equal(findUser(everyone, 'g1'), 'g1');
        assert.equal(findUser(everyone, 'Bob'), 'b1');
        assert.equal(findUser(everyone, 'ADA'), 'a1');
    });
    it('are not guessed', () => {
        assert.throws(() => findUser(everyone, 'BOB'), CommandError);
        assert.throws(() => findUser(everyone, 'Eve'), CommandError);
    });
});

describe('commands', () => {
    for (const [line, ...calls] of [
        ['hello', ['sendMessage', 'hello', null]],
        ['//hello', ['sendMessage', '/hello', null]],
        ['/me waves', ['sendAction', 'waves']],
        ['/msg "Grace Hopper" hi', ['sendMessage', 'hi', 'g1']],
        ['/kick Bob be nice', ['kick', 'b1', 'be nice']],
        ['/kick Bob', ['kick', 'b1', '']],
        ['/mute Ada', ['mute', 'a1']],
        ['/muteall', ['muteAll']],
        ['/op Ada', ['giveOperator', 'a1']],
        ['/unop Ada', ['takeOperator', 'a1']],
        ['/present Ada', ['allowPresenting', 'a1']],
        ['/unpresent Ada', ['forbidPresenting', 'a1']],
        ['/shutup Ada', ['forbidChat', 'a1']],
        ['/unshutup Ada', ['allowChat', 'a1']],
        ['/lock back soon', ['lock', 'back soon']],
        ['/unlock', ['unlock']],
        ['/clear', ['clearChat']],
        ['/raise', ['setHand', true]],
        ['/unraise', ['setHand', false]],
        ['/set send "low"', ['set', 'send', 'low']],
        ['/set mirrorView', ['set', 'mirrorView', true]],
        ['/set', ['showSettings']],
        ['/unset send', ['unset', 'send']],
    ])
        it(line, () => assert.deepEqual(run(line), calls));

    it('send to the chosen recipient', () => {
        assert.deepEqual(run('psst', ['message'], 'b1'), [['sendMessage', 'psst', 'b1']]);
    });

    for (const line of ['/nonsense', '/constructor', '/__proto__', '/msg', '/msg Bob', '/me', '/kick', '/kick Eve', '/set send {'])
        it(`${line} is an error in words`, () => assert.throws(() => run(line), CommandError));

    it('need their permission', () => {
        for (const [name, {permission}] of Object.entries(commands)) {
            if (permission)
                assert.throws(() => run(`/${name} Bob text`, []), CommandError, name);
        }
    });

    it('are listed as far as they are permitted', () => {
        const state = {...initialState(migrate(null)), me: {id: 'a', name: 'A', permissions: ['message'], hand: false}};
        const names = listed(state).map(([name]) => name);
        assert.ok(names.includes('msg') && names.includes('help'));
        assert.ok(!names.includes('kick') && !names.includes('record') && !names.includes('set'));
    });
});
