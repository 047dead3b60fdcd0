// protocol.js: joining and leaving, requests, permissions (client-library.md 3.3,
// 9.1, 9.4).

import assert from 'node:assert/strict';
import {afterEach, beforeEach, describe, it, mock} from 'node:test';
import {connected, joined, names} from './lib/fake-socket.mjs';

beforeEach(() => {
    globalThis.reportError = error => {
        throw error;
    };
    mock.method(console, 'warn', () => undefined);
    mock.method(console, 'error', () => undefined);
});

afterEach(() => mock.restoreAll());

/** Ends the connection, so that no timer keeps the test running. */
function end(/** @type {any} */ {socket}) {
    socket.end();
}

describe('join', () => {
    for (const [what, args, expected] of /** @type {[string, any[], any][]} */ ([
        ['a password as a string', ['g', 'ada', 'secret'], {group: 'g', username: 'ada', password: 'secret'}],
        ['no credentials', ['g', 'ada'], {group: 'g', username: 'ada'}],
        ['null credentials', ['g', 'ada', null], {group: 'g', username: 'ada'}],
        ['a password object', ['g', 'ada', {type: 'password', password: 'secret'}],
            {group: 'g', username: 'ada', password: 'secret'}],
        ['a token', ['g', 'ada', {type: 'token', token: 't'}], {group: 'g', username: 'ada', token: 't'}],
        ['a token that carries the name', ['g', null, {type: 'token', token: 't'}], {group: 'g', token: 't'}],
        ['an empty name', ['g', '', ''], {group: 'g', username: '', password: ''}],
        ['user data', ['g', 'ada', '', {raisehand: true}],
            {group: 'g', username: 'ada', password: '', data: {raisehand: true}}],
        ['the older form', ['g', 'join', 'ada', 'secret'], {group: 'g', username: 'ada', password: 'secret'}],
        ['the older form without password', ['g', 'join', 'ada', ''], {group: 'g', username: 'ada', password: ''}],
        ['a user named "join"', ['g', 'join', 'secret'], {group: 'g', username: 'join', password: 'secret'}],
        ['a user named "join" with a token', ['g', 'join', {type: 'token', token: 't'}, {x: 1}],
            {group: 'g', username: 'join', token: 't', data: {x: 1}}],
    ])) {
        it(`takes ${what}, and sends before it returns`, async () => {
            const connection = connected();
            const promise = connection.sc.join(...args);
            assert.deepEqual(connection.socket.take(), [{type: 'join', kind: 'join', ...expected}]);
            await promise;
            end(connection);
        });
    }

    it('rejects an unknown type of credentials', async () => {
        const connection = connected();
        await assert.rejects(connection.sc.join('g', 'ada', {type: 'magic'}), /magic/);
        assert.deepEqual(connection.socket.take(), []);
        end(connection);
    });

    it('rejects when not connected', async () => {
        const connection = connected();
        end(connection);
        await assert.rejects(connection.sc.join('g', 'ada', ''), /Not connected/);
    });
});

describe('join with an authorisation server', () => {
    const credentials = {
        type: 'authServer', authServer: 'https://auth.example/', location: 'https://here.example/group/g/', password: 'p',
    };

    /**
     * @param {Response | Error} answer
     * @param {(connection: any, promise: Promise<void>, fetch: any) => Promise<void>} check
     */
    async function withAnswer(answer, check) {
        const connection = connected();
        const fetch = mock.method(globalThis, 'fetch', async () => {
            if (answer instanceof Error)
                throw answer;
            return answer;
        });
        const promise = connection.sc.join('g', 'ada', credentials, {x: 1});
        promise.catch(() => undefined);
        assert.deepEqual(connection.socket.take(), []);
        await check(connection, promise, fetch);
        end(connection);
    }

    for (const type of ['application/jwt', 'Application/JWT; charset=utf-8']) {
        it(`uses the token it sends as ${type}`, () => withAnswer(
            new Response(' t.o.k \n', {headers: {'Content-Type': type}}),
            async ({socket}, promise, fetch) => {
                await promise;
                assert.deepEqual(socket.take(), [
                    {type: 'join', kind: 'join', group: 'g', username: 'ada', token: 't.o.k', data: {x: 1}},
                ]);
                const [url, init] = fetch.mock.calls[0].arguments;
                assert.equal(url, credentials.authServer);
                assert.equal(init.method, 'POST');
                assert.deepEqual(JSON.parse(init.body), {location: credentials.location, username: 'ada', password: 'p'});
            }));
    }

    it('joins with the password when it has no opinion', () => withAnswer(
        new Response(null, {status: 204}),
        async ({socket}, promise) => {
            await promise;
            assert.equal(socket.take()[0].password, 'p');
        }));

    for (const [what, answer, text] of /** @type {[string, Response | Error, RegExp][]} */ ([
        ['refuses', new Response('no', {status: 403, statusText: 'Forbidden'}), /403 Forbidden/],
        ['sends another type', new Response('t', {headers: {'Content-Type': 'text/html'}}), /text\/html/],
        ['sends nothing', new Response('', {headers: {'Content-Type': 'application/jwt'}}), /empty/],
        ['cannot be reached', new Error('network'), /network/],
    ])) {
        it(`rejects and sends nothing when it ${what}`, () => withAnswer(answer, async ({socket}, promise) => {
            await assert.rejects(promise, text);
            assert.deepEqual(socket.take(), []);
        }));
    }

    it('rejects when the connection ends meanwhile', () => withAnswer(
        new Response('t', {headers: {'Content-Type': 'application/jwt'}}),
        async ({socket}, promise) => {
            socket.end();
            await assert.rejects(promise);
        }));
});

describe('onjoined', () => {
    const message = {
        type: 'joined', kind: 'join', group: 'g', username: 'Ada', permissions: ['op', 'present'],
        status: {name: 'g', locked: true}, data: {topic: 'rings'}, rtcConfiguration: {iceServers: []},
    };

    it('join: state is set, and nobody is there yet', () => {
        const connection = connected();
        let seen;
        connection.sc.onjoined = function(/** @type {any[]} */ ...args) {
            seen = [args, this.group, this.username, [...this.permissions], this.rtcConfiguration, Object.keys(this.users)];
        };
        connection.socket.deliver(message);
        assert.deepEqual(seen, [
            ['join', 'g', ['op', 'present'], message.status, message.data, null, null],
            'g', 'Ada', ['op', 'present'], {iceServers: []}, [],
        ]);
        end(connection);
    });

    it('join: no status, data or permissions', () => {
        const connection = connected();
        connection.socket.deliver({type: 'joined', kind: 'join', group: 'g', username: ''});
        assert.deepEqual(connection.events, [['onjoined', 'join', 'g', [], {}, null, null, null]]);
        assert.equal(connection.sc.username, '');
        end(connection);
    });

    it('change: everything is updated', () => {
        const connection = joined();
        connection.socket.deliver({...message, kind: 'change'});
        assert.deepEqual(connection.events, [
            ['onjoined', 'change', 'g', ['op', 'present'], message.status, message.data, null, null]]);
        assert.deepEqual([...connection.sc.permissions], ['op', 'present']);
        assert.equal(connection.sc.username, 'Ada');
        assert.deepEqual(connection.sc.rtcConfiguration, {iceServers: []});
        end(connection);
    });

    it('change of another group: ignored with a warning', () => {
        const connection = joined();
        connection.socket.deliver({...message, kind: 'change', group: 'other'});
        assert.deepEqual(connection.events, []);
        assert.equal(/** @type {any} */ (console.warn).mock.callCount(), 1);
        end(connection);
    });

    it('fail: not joined, and one may try again', () => {
        const connection = connected();
        connection.socket.deliver({
            type: 'joined', kind: 'fail', group: 'g', username: '', error: 'duplicate-username', value: 'taken',
        });
        assert.deepEqual(connection.events, [['onjoined', 'fail', 'g', [], {}, null, 'duplicate-username', 'taken']]);
        assert.equal(connection.sc.group, null);
        assert.equal(connection.socket.closeCode, undefined);
        connection.socket.deliver(message);
        assert.equal(connection.sc.group, 'g');
        end(connection);
    });

    it('redirect: not joined', () => {
        const connection = connected();
        connection.socket.deliver({type: 'joined', kind: 'redirect', group: 'g', username: '', value: 'https://x.example/'});
        assert.deepEqual(connection.events, [['onjoined', 'redirect', 'g', [], {}, null, null, 'https://x.example/']]);
        assert.equal(connection.sc.group, null);
        end(connection);
    });

    it('a second join is a protocol error', () => {
        const connection = joined();
        connection.socket.deliver(message);
        assert.deepEqual(names(connection.events), ['onerror']);
        assert.equal(connection.socket.closeCode, 1000);
        end(connection);
    });
});

describe('leave', () => {
    it('resets the group, so that one can join again, and leaves only once', () => {
        const connection = joined();
        const {sc, socket, events} = connection;
        sc.leave('g');
        assert.deepEqual(socket.take(), [{type: 'join', kind: 'leave', group: 'g'}]);
        assert.equal(sc.group, 'g');
        socket.deliver({type: 'joined', kind: 'leave', group: 'g', username: 'ada'});
        assert.deepEqual(names(events), ['onuser delete', 'onuser delete', 'onjoined leave']);
        assert.equal(sc.group, null);
        assert.deepEqual(Object.keys(sc.users), []);
        assert.deepEqual([...sc.permissions], []);

        sc.join('h', 'ada', '');
        socket.deliver({type: 'joined', kind: 'join', group: 'h', username: 'ada'});
        assert.equal(sc.group, 'h');
        sc.leave();
        assert.equal(socket.take().at(-1).group, 'h');
        socket.deliver({type: 'joined', kind: 'leave', group: 'h', username: 'ada'});
        events.length = 0;
        end(connection);
        assert.deepEqual(names(events), ['onclose']);
    });

    it('throws when there is nothing to leave', () => {
        const connection = connected();
        assert.throws(() => connection.sc.leave(), /Not in a group/);
        end(connection);
    });
});

describe('request', () => {
    for (const [what, expected] of /** @type {[any, any][]} */ ([
        [{screenshare: ['audio', 'video'], '': ['audio']}, {screenshare: ['audio', 'video'], '': ['audio']}],
        ['', {'': []}],
        ['audio', {'': ['audio']}],
        ['screenshare', {screenshare: ['audio', 'video'], '': ['audio']}],
        ['everything', {'': ['audio', 'video']}],
        ['everything-low', {'': ['audio', 'video-low']}],
        [null, {'': []}],
    ])) {
        it(`sends ${JSON.stringify(what)}`, () => {
            const connection = joined();
            connection.sc.request(what);
            assert.deepEqual(connection.socket.take(), [{type: 'request', request: expected}]);
            end(connection);
        });
    }

    it('throws for an unknown word', () => {
        const connection = joined();
        assert.throws(() => connection.sc.request('nonsense'), /nonsense/);
        end(connection);
    });

    /** @param {any} connection */
    function letIn({socket}) {
        socket.deliver({type: 'joined', kind: 'join', group: 'g', username: 'ada', rtcConfiguration: {}});
    }

    it('before joining is remembered, and sent after onjoined', () => {
        const connection = connected();
        const {sc, socket} = connection;
        sc.join('g', 'join', 'ada', '');
        sc.request('everything');
        assert.deepEqual(socket.take().map(message => message.type), ['join']);
        /** @type {any} */
        let sentDuringCallback;
        sc.onjoined = () => {
            sentDuringCallback = socket.take();
        };
        letIn(connection);
        assert.deepEqual(sentDuringCallback, []);
        assert.deepEqual(socket.take(), [{type: 'request', request: {'': ['audio', 'video']}}]);
        end(connection);
    });

    it('survives a join that fails, and is sent after the next one', () => {
        const connection = connected();
        const {sc, socket} = connection;
        sc.join('g', 'join', 'ada', 'wrong');
        sc.request('audio');
        socket.take();
        socket.deliver({type: 'joined', kind: 'fail', group: 'g', username: '', value: 'not authorised'});
        assert.deepEqual(socket.take(), []);
        letIn(connection);
        assert.deepEqual(socket.take(), [{type: 'request', request: {'': ['audio']}}]);
        end(connection);
    });

    it('is not sent when onjoined has made another one', () => {
        const connection = connected();
        const {sc, socket} = connection;
        sc.request('everything');
        sc.onjoined = function(/** @type {string} */ kind) {
            if (kind === 'join')
                this.request('audio');
        };
        letIn(connection);
        assert.deepEqual(socket.take(), [{type: 'request', request: {'': ['audio']}}]);
        end(connection);
    });

    it('is not sent when onjoined has closed the connection', () => {
        const connection = connected();
        const {sc, socket} = connection;
        sc.request('everything');
        sc.onjoined = function() {
            this.close();
        };
        letIn(connection);
        assert.deepEqual(socket.take(), []);
        end(connection);
    });
});

describe('permissions', () => {
    it('are an array that also has boolean members', () => {
        const connection = connected();
        const {sc, socket} = connection;
        /** @type {any} */
        let given;
        sc.onjoined = (/** @type {any[]} */ ...args) => {
            given = args[2];
        };
        socket.deliver({type: 'joined', kind: 'join', group: 'g', username: 'ada', permissions: ['op', 'present']});
        socket.deliver({type: 'user', kind: 'add', id: sc.id, username: 'ada', permissions: ['message', 7]});
        for (const permissions of [given, sc.permissions]) {
            assert.ok(Array.isArray(permissions));
            assert.equal(permissions.op, true);
            assert.equal(permissions.present, true);
            for (const name of ['message', 'caption', 'token', 'record', 'admin', 'system'])
                assert.equal(permissions[name], false, name);
            assert.equal(JSON.stringify(permissions), '["op","present"]');
            assert.deepEqual(Object.keys(permissions), ['0', '1']);
        }
        assert.equal(sc.users[sc.id].permissions.message, true);
        assert.equal(sc.users[sc.id].permissions.length, 1);
        end(connection);
        assert.equal(sc.permissions.op, false);
    });

    it('are never shared', () => {
        const connection = connected();
        const {sc, socket} = connection;
        /** @type {any} */
        let given;
        sc.onjoined = (/** @type {any[]} */ ...args) => {
            given ??= args[2];
        };
        socket.deliver({type: 'joined', kind: 'join', group: 'g', username: 'ada', permissions: ['op']});
        socket.deliver({type: 'user', kind: 'add', id: 'x', username: 'x', permissions: ['op']});
        socket.deliver({type: 'user', kind: 'add', id: 'y', username: 'y', permissions: ['op']});
        given.push('admin');
        sc.users.x.permissions.push('token');
        assert.deepEqual([...sc.permissions], ['op']);
        assert.deepEqual([...sc.users.y.permissions], ['op']);
        assert.equal(sc.users.x.permissions.token, true);
        end(connection);
    });
});
