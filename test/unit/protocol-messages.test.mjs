// protocol.js: users, chat, messages, actions (client-library.md 3.2, 3.4 to 3.6,
// 9.2, 9.6).

import assert from 'node:assert/strict';
import {afterEach, beforeEach, describe, it, mock} from 'node:test';
import {connected, joined, names} from './lib/fake-socket.mjs';

/** @type {ReturnType<typeof joined>} */
let connection;
/** @type {any[]} */
let reported;

beforeEach(() => {
    reported = [];
    globalThis.reportError = error => reported.push(error);
    mock.method(console, 'warn', () => undefined);
    mock.method(console, 'error', () => undefined);
    connection = joined();
});

afterEach(() => {
    connection.socket.end();
    mock.restoreAll();
});

/** @returns {number} */
function warnings() {
    return /** @type {any} */ (console.warn).mock.callCount();
}

describe('users', () => {
    it('come, change and leave', () => {
        const {sc, events, socket} = connection;
        socket.deliver({type: 'user', kind: 'add', id: 'u', username: 'eve', permissions: ['op'], data: {a: 1}});
        assert.deepEqual(events.splice(0), [['onuser', 'u', 'add', 'eve']]);
        assert.equal(sc.users.u.username, 'eve');
        assert.deepEqual([...sc.users.u.permissions], ['op']);
        assert.deepEqual(sc.users.u.data, {a: 1});
        assert.deepEqual(Object.keys(sc.users.u.streams), []);

        socket.deliver({type: 'user', kind: 'change', id: 'u', username: 'eve'});
        assert.deepEqual(events.splice(0), [['onuser', 'u', 'change', 'eve']]);
        assert.deepEqual([...sc.users.u.permissions], []);
        assert.deepEqual(sc.users.u.data, {});

        socket.deliver({type: 'user', kind: 'delete', id: 'u', username: 'eve'});
        assert.deepEqual(events, [['onuser', 'u', 'delete', 'eve']]);
        assert.equal('u' in sc.users, false);
        assert.equal(warnings(), 0);
    });

    it('are updated before onuser runs, and removed before it', () => {
        const {sc, socket} = connection;
        /** @type {any[]} */
        const seen = [];
        sc.onuser = function(/** @type {string} */ id, /** @type {string} */ kind, /** @type {string} */ name) {
            seen.push([kind, this.users[id]?.username, name]);
        };
        socket.deliver({type: 'user', kind: 'add', id: 'u', username: 'eve'});
        socket.deliver({type: 'user', kind: 'change', id: 'u', username: 'adam'});
        socket.deliver({type: 'user', kind: 'delete', id: 'u'});
        assert.deepEqual(seen, [['add', 'eve', 'eve'], ['change', 'adam', 'adam'], ['delete', undefined, 'adam']]);
    });

    it('unexpected kinds: warn, then replace, create or ignore', () => {
        const {sc, events, socket} = connection;
        socket.deliver({type: 'user', kind: 'add', id: 'bob-id', username: 'bobby'});
        assert.equal(sc.users['bob-id'].username, 'bobby');
        socket.deliver({type: 'user', kind: 'change', id: 'new', username: 'new'});
        assert.equal(sc.users.new.username, 'new');
        socket.deliver({type: 'user', kind: 'delete', id: 'unknown'});
        assert.equal(warnings(), 3);
        assert.deepEqual(names(events), ['onuser add', 'onuser change']);
    });

    it('with hostile ids do no harm', () => {
        const {sc, socket} = connection;
        for (const id of ['__proto__', 'constructor', 'toString'])
            socket.deliver({type: 'user', kind: 'add', id, username: id});
        assert.equal(warnings(), 0);
        assert.equal(sc.users['__proto__'].username, '__proto__');
        assert.equal(Object.keys(sc.users).length, 5);
        assert.equal(/** @type {any} */ ({}).username, undefined);
    });
});

describe('chat', () => {
    for (const [what, args, expected] of /** @type {[string, any[], any][]} */ ([
        ['kind, dest, value', ['', '', 'hello'], {kind: '', dest: '', value: 'hello'}],
        ['kind, dest, value with a kind', ['me', 'bob-id', 'waves'], {kind: 'me', dest: 'bob-id', value: 'waves'}],
        ['the older form with the user name', ['somebody', 'me', 'bob-id', 'waves'],
            {kind: 'me', dest: 'bob-id', value: 'waves'}],
    ])) {
        it(`sends ${what}, with the name that the server has assigned`, () => {
            const {sc, socket} = connection;
            sc.chat(...args);
            assert.deepEqual(socket.take(), [{type: 'chat', source: sc.id, username: 'ada', ...expected}]);
        });
    }

    it('is delivered with all its fields', () => {
        connection.socket.deliver({
            type: 'chat', id: 'm', source: 'bob-id', dest: 'd', username: 'bob', kind: 'me', privileged: true,
            time: '2026-07-29T12:00:00Z', value: 'text',
        });
        assert.deepEqual(connection.events, [
            ['onchat', 'm', 'bob-id', 'd', 'bob', new Date('2026-07-29T12:00:00Z'), true, false, 'me', 'text'],
        ]);
    });

    it('is delivered with defaults for what is absent', () => {
        connection.socket.deliver({type: 'chat'});
        assert.deepEqual(connection.events, [['onchat', null, null, '', null, null, false, false, '', '']]);
    });

    it('from history is marked', () => {
        connection.socket.deliver({type: 'chathistory', id: 'm', source: 's', username: 'u', kind: 'caption', value: 'x'});
        assert.deepEqual(connection.events, [['onchat', 'm', 's', '', 'u', null, false, true, 'caption', 'x']]);
    });

    for (const [value, text] of /** @type {[any, string][]} */ ([
        [0, '0'], [false, 'false'], [{a: 1}, '{"a":1}'], [[1, 2], '[1,2]'], [null, ''],
    ])) {
        it(`${JSON.stringify(value)} becomes a string`, () => {
            connection.socket.deliver({type: 'chat', value});
            assert.equal(connection.events[0][9], text);
        });
    }

    it('with a time that is none has no time', () => {
        connection.socket.deliver({type: 'chat', time: 'yesterday', value: ''});
        assert.equal(connection.events[0][5], null);
    });
});

describe('messages and actions', () => {
    for (const [call, expected] of /** @type {[(sc: any) => void, any][]} */ ([
        [sc => sc.userMessage('k', 'd', {x: 1}), {type: 'usermessage', kind: 'k', dest: 'd', value: {x: 1}}],
        [sc => sc.userMessage('k', null, 1, true), {type: 'usermessage', kind: 'k', dest: null, value: 1, noecho: true}],
        [sc => sc.userMessage('k', '', 1, false), {type: 'usermessage', kind: 'k', dest: '', value: 1}],
        [sc => sc.usermessage('k', 'd', 'v'), {type: 'usermessage', kind: 'k', dest: 'd', value: 'v'}],
        [sc => sc.usermessage('k', 'd', 'v', true), {type: 'usermessage', kind: 'k', dest: 'd', value: 'v', noecho: true}],
        [sc => sc.usermessage('k', 'd', 'v', undefined), {type: 'usermessage', kind: 'k', dest: 'd', value: 'v'}],
        [sc => sc.usermessage('name', 'k', 'd', 'v'), {type: 'usermessage', kind: 'k', dest: 'd', value: 'v'}],
        [sc => sc.userAction('kick', 'd', 'bye'), {type: 'useraction', kind: 'kick', dest: 'd', value: 'bye'}],
        [sc => sc.userAction('op', 'd'), {type: 'useraction', kind: 'op', dest: 'd'}],
        [sc => sc.useraction('kick', 'd', 'bye'), {type: 'useraction', kind: 'kick', dest: 'd', value: 'bye'}],
        [sc => sc.useraction('name', 'kick', 'd', 'bye'), {type: 'useraction', kind: 'kick', dest: 'd', value: 'bye'}],
        [sc => sc.groupAction('lock', 'closed'), {type: 'groupaction', kind: 'lock', value: 'closed'}],
        [sc => sc.groupAction('clearchat'), {type: 'groupaction', kind: 'clearchat'}],
        [sc => sc.groupaction('lock', 'closed'), {type: 'groupaction', kind: 'lock', value: 'closed'}],
        [sc => sc.groupaction('name', 'lock', 'closed'), {type: 'groupaction', kind: 'lock', value: 'closed'}],
    ])) {
        it(String(call).slice('sc => '.length), () => {
            const {sc, socket} = connection;
            assert.equal(call(sc), undefined);
            assert.deepEqual(socket.take(), [{source: sc.id, username: 'ada', ...expected}]);
        });
    }

    it('a user message is delivered with all its fields', () => {
        connection.socket.deliver({
            type: 'usermessage', source: 's', dest: 'd', username: 'u', time: '2026-07-29T12:00:00Z',
            privileged: true, kind: 'token', error: 'not-authorised', value: [1, 2],
        });
        assert.deepEqual(connection.events, [
            ['onusermessage', 's', 'd', 'u', new Date('2026-07-29T12:00:00Z'), true, 'token', 'not-authorised', [1, 2]],
        ]);
    });

    it('a user message of the server has no author', () => {
        connection.socket.deliver({type: 'usermessage', kind: 'error', privileged: true, value: 'oops'});
        assert.deepEqual(connection.events, [['onusermessage', null, '', null, null, true, 'error', null, 'oops']]);
    });

    it('kicked comes with the operator, before the end', () => {
        const {events, socket} = connection;
        socket.deliver({type: 'usermessage', kind: 'kicked', id: 'bob-id', username: 'bob', privileged: true, value: 'go'});
        socket.end(1000, 'kicked out (go) by bob');
        assert.deepEqual(events[0], ['onusermessage', 'bob-id', '', 'bob', null, true, 'kicked', null, 'go']);
        assert.deepEqual(names(events),
            ['onusermessage', 'onuser delete', 'onuser delete', 'onjoined leave', 'onclose']);
        connection = joined();
    });
});

describe('onclearchat', () => {
    for (const [what, message, expected] of /** @type {[string, any, string[]]} */ (/** @type {unknown} */ ([
        ['everything', {privileged: true}, ['onclearchat', 'onusermessage']],
        ['everything, said explicitly', {privileged: true, value: {id: '', userId: ''}}, ['onclearchat', 'onusermessage']],
        ['one user', {privileged: true, value: {userId: 'u'}}, ['onusermessage']],
        ['one message', {privileged: true, value: {id: 'm', userId: 'u'}}, ['onusermessage']],
        ['nothing: it is not privileged', {privileged: false}, ['onusermessage']],
    ]))) {
        it(`when the server clears ${what}`, () => {
            connection.socket.deliver({type: 'usermessage', kind: 'clearchat', ...message});
            assert.deepEqual(names(connection.events), expected);
        });
    }
});

describe('order of events', () => {
    it('after joining: history, oneself, the others', () => {
        const {sc, events, socket} = connected();
        sc.join('g', 'ada', '');
        socket.deliver({type: 'joined', kind: 'join', group: 'g', username: 'ada', rtcConfiguration: {}});
        socket.deliver({type: 'chathistory', value: 'x'});
        socket.deliver({type: 'user', kind: 'add', id: sc.id, username: 'ada'});
        socket.deliver({type: 'user', kind: 'add', id: 'bob-id', username: 'bob'});
        assert.deepEqual(names(events), ['onjoined join', 'onchat', 'onuser add', 'onuser add']);
        socket.end();
    });
});

describe('helpers', () => {
    it('newRandomId', () => {
        assert.match(newRandomId(), /^[0-9a-f]{32}$/);
        assert.notEqual(newRandomId(), newRandomId());
    });

    it('newLocalId counts', () => {
        const first = Number(newLocalId());
        assert.equal(newLocalId(), String(first + 1));
    });

    it('toHex', () => {
        assert.equal(toHex(new Uint8Array([0, 1, 171, 255])), '0001abff');
        assert.equal(toHex([]), '');
    });

    it('parseTime', () => {
        assert.equal(parseTime(''), null);
        assert.equal(parseTime(null), null);
        assert.equal(parseTime(0), null);
        assert.equal(parseTime('nonsense'), null);
        assert.deepEqual(parseTime('1970-01-01T00:00:01Z'), new Date(1000));
        assert.deepEqual(parseTime(1000), new Date(1000));
    });

    it('names of the library are published', () => {
        for (const name of ['ServerConnection', 'Stream', 'TransferredFile', 'newRandomId', 'newLocalId', 'toHex',
            'parseTime', 'recomputeUserStreams', 'sendFileCancel'])
            assert.equal(typeof /** @type {any} */ (globalThis)[name], 'function', name);
    });

    it('a subclass works', () => {
        class Mine extends ServerConnection {}
        const mine = new Mine();
        assert.equal(mine.group, null);
        assert.equal(mine.findByLocalId('x'), null);
        assert.equal(mine.findByLocalId(null), null);
    });
});
