// protocol.js: the socket, its handshake, its life and its end (client-library.md
// 2, 3.3, 3.8).

import assert from 'node:assert/strict';
import {afterEach, beforeEach, describe, it, mock} from 'node:test';
import {connected, FakeSocket, joined, names, record} from './lib/fake-socket.mjs';

/** @type {any[]} */
let reported = [];

beforeEach(() => {
    reported = [];
    globalThis.reportError = error => reported.push(error);
    mock.method(console, 'warn', () => undefined);
    mock.method(console, 'error', () => undefined);
    mock.timers.enable({apis: ['setInterval', 'setTimeout', 'Date'], now: 1_000_000});
});

afterEach(() => {
    mock.timers.reset();
    mock.restoreAll();
});

describe('connect', () => {
    it('introduces itself, then reports onconnected, then resolves', async () => {
        const {sc, events} = record();
        const promise = sc.connect('ws://localhost/ws');
        const socket = FakeSocket.last;
        assert.equal(sc.socket, socket);
        socket.open();
        assert.deepEqual(socket.take(), [{type: 'handshake', version: ['2'], id: sc.id}]);
        assert.equal(sc.version, null);
        socket.deliver({type: 'handshake', version: ['2']});
        assert.deepEqual(names(events), ['onconnected']);
        assert.equal(sc.version, '2');
        assert.equal(sc.lastServerMessage, 1_000_000);
        assert.equal(await promise, sc);
    });

    it('throws for a malformed URL and leaves nothing behind', () => {
        const {sc} = record();
        assert.throws(() => sc.connect('http://localhost/ws'), SyntaxError);
        assert.equal(sc.socket, null);
        sc.connect('ws://localhost/ws');
    });

    it('throws when there already is a socket', () => {
        const {sc} = connected();
        assert.throws(() => sc.connect('ws://localhost/ws'), /already connected/);
    });

    it('throws while the previous connection is closing', () => {
        const {sc} = connected();
        sc.close();
        assert.throws(() => sc.connect('ws://localhost/ws'), /closing/);
    });

    it('rejects if the socket closes first, without an unhandled rejection', async () => {
        const {sc} = record();
        const unhandled = mock.fn();
        process.once('unhandledRejection', unhandled);
        const promise = sc.connect('ws://localhost/ws');
        FakeSocket.last.end(1006);
        await new Promise(resolve => setImmediate(resolve));
        process.removeListener('unhandledRejection', unhandled);
        assert.equal(unhandled.mock.callCount(), 0);
        await assert.rejects(promise, /1006/);
    });

    it('works again on the same object, with a fresh id', () => {
        const {sc, socket} = joined();
        const id = sc.id;
        sc.request('everything');
        socket.end(1011);
        assert.equal(sc.socket, null);

        sc.connect('ws://localhost/ws');
        assert.notEqual(sc.id, id);
        assert.equal(sc.version, null);
        assert.equal(sc.lastServerMessage, null);
        FakeSocket.last.open();
        assert.equal(FakeSocket.last.take()[0].id, sc.id);
    });

    it('keeps its first id for the first connection', () => {
        const {sc} = record();
        const id = sc.id;
        assert.match(id, /^[0-9a-f]{32}$/);
        sc.connect('ws://localhost/ws');
        assert.equal(sc.id, id);
    });

    it('can be called in onclose', () => {
        const {sc, socket} = joined();
        sc.onclose = function() {
            this.connect('ws://localhost/ws');
        };
        socket.end(1011);
        assert.notEqual(FakeSocket.last, socket);
        assert.equal(sc.socket, FakeSocket.last);
        assert.deepEqual(reported, []);
    });

    it('forgets a request of the connection before', () => {
        const {sc, socket} = connected();
        sc.request('everything');
        socket.end();
        sc.connect('ws://localhost/ws');
        const second = FakeSocket.last;
        second.open();
        second.deliver({type: 'handshake', version: ['2']});
        sc.join('g', 'ada', '');
        second.take();
        second.deliver({type: 'joined', kind: 'join', group: 'g', username: 'ada'});
        assert.deepEqual(second.take(), []);
    });
});

describe('a connection that goes wrong', () => {
    for (const [what, message] of /** @type {[string, string][]} */ ([
        ['is not JSON', '{'],
        ['is not an object', '3'],
        ['is an array', '[]'],
        ['is null', 'null'],
        ['comes before the handshake', '{"type":"pong"}'],
        ['has an unknown version', '{"type":"handshake","version":["3"]}'],
        ['has no version', '{"type":"handshake"}'],
        ['has a version that is not a list', '{"type":"handshake","version":"2"}'],
    ])) {
        it(`ends with onerror and onclose when the first message ${what}`, () => {
            const {sc, events} = record();
            sc.connect('ws://localhost/ws');
            const socket = FakeSocket.last;
            socket.open();
            socket.deliverText(message);
            assert.equal(socket.closeCode, 1000);
            socket.end();
            assert.deepEqual(names(events), ['onerror', 'onclose']);
            assert.ok(events[0][1] instanceof Error);
        });
    }

    it('ends when a later message is not JSON', () => {
        const {events, socket} = joined();
        socket.deliverText('nonsense');
        socket.end();
        assert.deepEqual(names(events), ['onerror', 'onuser delete', 'onuser delete', 'onjoined leave', 'onclose']);
    });

    it('reports a socket error', () => {
        const {sc, events} = record();
        sc.connect('ws://localhost/ws');
        FakeSocket.last.onerror?.();
        FakeSocket.last.end(1006);
        assert.deepEqual(names(events), ['onerror', 'onclose']);
        assert.deepEqual(events[1], ['onclose', 1006, '']);
    });

    it('survives messages that make no sense', () => {
        const {events, socket} = joined();
        for (const message of [
            {}, {type: 'nonsense'}, {type: 'handshake', version: ['2']}, {type: 'joined'},
            {type: 'joined', kind: 'nonsense'}, {type: 'user'}, {type: 'user', kind: 'add'},
            {type: 'user', kind: 'nonsense', id: 'x'}, {type: 'user', kind: 'delete', id: 'unknown'},
            {type: 'answer', id: 'x'}, {type: 'renegotiate', id: 'x'}, {type: 'close', id: 'x'},
            {type: 'abort', id: 'x'}, {type: 'ice', id: 'x'}, {type: 'offer'}, {type: 'offer', id: ''},
            {type: 'usermessage', kind: 'filetransfer', source: 'bob-id'},
            {type: 'usermessage', kind: 'filetransfer', source: 'bob-id', value: 'text'},
            {type: 'usermessage', kind: 'filetransfer', source: 'bob-id', value: {id: 4}},
        ])
            socket.deliver(message);
        assert.equal(socket.closeCode, undefined);
        assert.deepEqual(names(events), []);
        assert.deepEqual(reported, []);
    });
});

describe('close', () => {
    it('closes with 1000, forgets the socket at once, and reports the end later', () => {
        const {sc, events, socket} = joined();
        sc.close();
        assert.equal(socket.closeCode, 1000);
        assert.equal(sc.socket, null);
        assert.throws(() => sc.send({type: 'ping'}), /Not connected/);
        assert.deepEqual(events, []);
        assert.equal(sc.group, 'g');
        socket.end(1000, 'bye');
        assert.deepEqual(names(events), ['onuser delete', 'onuser delete', 'onjoined leave', 'onclose']);
        assert.deepEqual(events.at(-1), ['onclose', 1000, 'bye']);
    });

    it('does nothing without a socket', () => {
        const {sc, events} = record();
        sc.close();
        assert.deepEqual(events, []);
    });

    it('resets everything before onclose', () => {
        const {sc, socket} = joined();
        let state;
        sc.onclose = function() {
            state = [this.group, this.username, [...this.permissions], Object.keys(this.users),
                this.socket, this.pingHandler];
        };
        socket.end();
        assert.deepEqual(state, [null, null, [], [], null, null]);
    });

    it('gives the name of each user that goes away', () => {
        const {sc, events, socket} = joined();
        const id = sc.id;
        socket.end();
        assert.deepEqual(events.slice(0, 2), [['onuser', id, 'delete', 'ada'], ['onuser', 'bob-id', 'delete', 'bob']]);
    });

    it('reports no leave when no group was joined', () => {
        const {events, socket} = connected();
        socket.end();
        assert.deepEqual(names(events), ['onclose']);
    });

    it('leaves no timer', () => {
        const {sc, socket} = joined();
        socket.end();
        socket.take();
        mock.timers.tick(300_000);
        assert.deepEqual(socket.take(), []);
        assert.equal(sc.pingHandler, null);
    });
});

describe('send', () => {
    for (const [name, call] of /** @type {[string, (sc: any) => void][]} */ ([
        ['send', sc => sc.send({type: 'ping'})],
        ['chat', sc => sc.chat('', '', 'hello')],
        ['userMessage', sc => sc.userMessage('x', '', 1)],
        ['userAction', sc => sc.userAction('op', 'id')],
        ['groupAction', sc => sc.groupAction('lock')],
        ['request', sc => sc.request('everything')],
        ['leave', sc => sc.leave('g')],
    ])) {
        it(`${name} throws before there is a connection and before it is open`, () => {
            const {sc} = record();
            assert.throws(() => call(sc), /Not connected/);
            sc.connect('ws://localhost/ws');
            assert.throws(() => call(sc), /Not connected/);
        });
    }
});

describe('callbacks that throw', () => {
    it('are reported and do not stop the shutdown', () => {
        const {sc, events, socket} = joined();
        const calls = /** @type {string[]} */ ([]);
        for (const name of ['onuser', 'onjoined', 'onclose']) {
            sc[name] = () => {
                calls.push(name);
                throw new Error(name);
            };
        }
        socket.end();
        assert.deepEqual(calls, ['onuser', 'onuser', 'onjoined', 'onclose']);
        assert.deepEqual(reported.map(error => error.message), calls);
        assert.deepEqual(events, []);
    });

    it('do not stop the start', async () => {
        const {sc} = record();
        sc.onconnected = () => {
            throw new Error('onconnected');
        };
        const promise = sc.connect('ws://localhost/ws');
        FakeSocket.last.open();
        FakeSocket.last.deliver({type: 'handshake', version: ['2']});
        assert.equal(await promise, sc);
        assert.equal(reported.length, 1);
    });

    it('do not stop error() from closing', () => {
        const {sc, socket} = connected();
        sc.onerror = () => {
            throw new Error('onerror');
        };
        sc.error(new Error('x'));
        assert.equal(socket.closeCode, 1000);
        assert.equal(reported.length, 1);
    });

    it('go to the console where reportError is missing', () => {
        const {sc, socket} = connected();
        globalThis.reportError = /** @type {any} */ (undefined);
        const error = new Error('x');
        sc.onclose = () => {
            throw error;
        };
        socket.end();
        assert.equal(/** @type {any} */ (console.error).mock.calls[0].arguments[0], error);
    });

    it('may be null', () => {
        const {sc, socket} = joined();
        for (const name of ['onuser', 'onjoined', 'onclose', 'onchat', 'onusermessage', 'onerror'])
            sc[name] = null;
        socket.deliver({type: 'chat', value: 'x'});
        socket.deliver({type: 'usermessage', kind: 'info', value: 'x'});
        socket.end();
        assert.deepEqual(reported, []);
    });
});

describe('liveness', () => {
    it('gives the server ten seconds for its handshake', () => {
        const {sc, events} = record();
        sc.connect('ws://localhost/ws');
        const socket = FakeSocket.last;
        socket.open();
        mock.timers.tick(9_999);
        assert.deepEqual(events, []);
        mock.timers.tick(1);
        assert.equal(socket.closeCode, 1000);
        socket.end();
        assert.deepEqual(names(events), ['onerror', 'onclose']);
        assert.match(events[0][1].message, /Timeout/);
    });

    it('pings after 15 seconds of silence and gives up after 65', () => {
        const {events, socket} = connected();
        mock.timers.tick(10_000);
        assert.deepEqual(socket.take(), []);
        mock.timers.tick(10_000);
        assert.deepEqual(socket.take(), [{type: 'ping'}]);
        mock.timers.tick(40_000);
        assert.equal(socket.closeCode, undefined);
        mock.timers.tick(10_000);
        assert.equal(socket.closeCode, 1000);
        socket.end();
        assert.deepEqual(names(events), ['onerror', 'onclose']);
    });

    it('is content with any message', () => {
        const {events, socket} = connected();
        for (let i = 0; i < 20; i++) {
            mock.timers.tick(10_000);
            socket.deliver({type: 'pong'});
        }
        assert.deepEqual(events, []);
        assert.equal(socket.closeCode, undefined);
    });

    it('answers a ping at once', () => {
        const {socket} = connected();
        socket.deliver({type: 'ping'});
        assert.deepEqual(socket.take(), [{type: 'pong'}]);
    });

    /** Makes the clock jump by an hour although no timer has run. */
    function sleep() {
        const now = Date.now;
        Date.now = () => now() + 3_600_000;
    }

    it('gives the server one more check after the machine has slept', () => {
        const {events, socket} = connected();
        mock.timers.tick(10_000);
        sleep();
        mock.timers.tick(10_000);
        assert.equal(socket.closeCode, undefined);
        assert.deepEqual(socket.take(), [{type: 'ping'}]);
        socket.deliver({type: 'pong'});
        mock.timers.tick(10_000);
        assert.equal(socket.closeCode, undefined);
        assert.deepEqual(events, []);
    });

    it('gives up at the second check after the machine has slept', () => {
        const {events, socket} = connected();
        mock.timers.tick(10_000);
        sleep();
        mock.timers.tick(20_000);
        assert.equal(socket.closeCode, 1000);
        assert.deepEqual(names(events), ['onerror']);
    });
});
