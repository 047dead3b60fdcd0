// protocol.js speaks two dialects: each rule of client-library.md 9, and what is public
// only because older programs use it, against the real server. All of it runs in one page.

import assert from 'node:assert/strict';
import {after, afterEach, before, it} from 'node:test';
import {describeInBrowsers} from './lib/each.mjs';
import {startGalene} from './lib/galene.mjs';
import {installMembers} from './lib/members.mjs';

/* global members */

const group = {
    'wildcard-user': {password: {type: 'wildcard'}, permissions: 'present'},
    users: {op: {password: 'secret', permissions: 'op'}},
};

/** @type {import('./lib/galene.mjs').Galene} */
let server;
before(async () => {
    server = await startGalene({
        closed: {users: group.users}, ...Object.fromEntries(['chromium', 'firefox'].map(name => [name, group])),
    });
});
after(() => server?.stop());

describeInBrowsers('both dialects', context => {
    /** @type {import('./lib/browsers.mjs').Page} */
    let page;
    before(async () => {
        page = await context.browser.newPage();
        await page.goto(server.url + 'example/example.html');
        await page.evaluate(installMembers);
    });
    after(() => page?.close());
    afterEach(() => page.evaluate(() => members.leaveAll()));

    /** Runs a function in the page, with the name of a group; nothing may be left uncaught. */
    async function run(/** @type {Function} */ f) {
        const result = await page.evaluate(f, context.browser.name);
        assert.deepEqual(page.errors, []);
        return result;
    }

    it('9.1 join: the older form is one whose second argument is "join" and whose fourth is a string', async () => {
        const r = await run(async (/** @type {string} */ group) => {
            const result = [];
            for (const args of [
                ['join', 'ada', ''],
                ['join', {type: 'password', password: ''}],
                ['join', 'ada', {colour: 'blue'}],
                ['join', ''],
                ['ada', '', {colour: 'red'}],
            ]) {
                const {sc} = await members.connect();
                sc.join(group, ...args);
                await members.until(() => sc.users[sc.id]);
                result.push([sc.username, sc.users[sc.id].data.colour ?? null]);
            }
            return result;
        });
        assert.deepEqual(r, [['ada', null], ['join', null], ['join', 'blue'], ['join', null], ['ada', 'red']]);
    });

    it('9.2 chat and the lower-case names: with the user name first or without, and the name that is sent is our own', async () => {
        const r = await run(async (/** @type {string} */ group) => {
            const op = await members.join(group, 'op', 'secret');
            const ada = await members.join(group, 'ada');
            await members.until(() => op.sc.users[ada.sc.id]);
            ada.sc.chat('somebody', 'me', '', 'four');
            ada.sc.chat('', '', 'three');
            ada.sc.usermessage('somebody', 'note', '', {n: 4});
            ada.sc.usermessage('note', '', {n: 3});
            ada.sc.usermessage('note', '', {n: 'noecho'}, true);
            ada.sc.usermessage('note', '', {n: 'undefined'}, undefined);
            ada.sc.useraction('somebody', 'setdata', ada.sc.id, {four: true});
            ada.sc.useraction('setdata', ada.sc.id, {three: true});
            op.sc.groupaction('somebody', 'setdata', {three: true});
            op.sc.groupaction('setdata', {two: true});
            ada.sc.userMessage('note', '', {n: 'new'});
            const notes = (/** @type {any} */ member) => member.log
                .filter((/** @type {any[]} */ entry) => entry[0] === 'onusermessage' && entry[6] === 'note')
                .map((/** @type {any[]} */ entry) => [entry[3], entry[8].n]);
            await members.until(() => notes(ada).length === 4 && notes(op).length === 5);
            const {data} = op.sc.users[ada.sc.id];
            const change = await members.until(() => ada.log.findLast(entry => entry[0] === 'onjoined' && entry[5]?.two));
            return {
                chat: op.log.filter(([name]) => name === 'onchat').map(entry => [entry[4], entry[8], entry[9]]),
                own: notes(ada), theirs: notes(op), data, group: change[5], open: [ada, op].map(({sc}) => sc.socket?.readyState),
            };
        });
        assert.deepEqual(r.chat, [['ada', 'me', 'four'], ['ada', '', 'three']]);
        assert.deepEqual(r.own.map((/** @type {any[]} */ [, n]) => n), [4, 3, 'undefined', 'new']);
        assert.deepEqual(r.theirs, [4, 3, 'noecho', 'undefined', 'new'].map(n => ['ada', n]));
        assert.deepEqual(r.data, {four: true, three: true});
        assert.deepEqual(r.group, {three: true, two: true});
        assert.deepEqual(r.open, [1, 1]);
    });

    it('9.3 labels and label: each follows from the other, on both sides', async () => {
        const r = await run(async (/** @type {string} */ group) => {
            const sender = await members.join(group, 'sender');
            const receiver = await members.join(group, 'receiver');
            const result = {};
            receiver.sc.request('everything');
            const media = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 320, height: 240}});
            for (const [name, label, picture] of [['camera', null, 'video'], ['screen', null, 'screenshare'], ['explicit', 'video', 'screenshare'], ['none', null, null]]) {
                const seen = new Promise(resolve => {
                    receiver.sc.ondownstream = stream => {
                        const early = Object.values(stream.labels).sort();
                        const late = [];
                        stream.ondowntrack = function(track) {
                            late.push(this.labels[track.id]);
                            if (late.length === 2)
                                resolve([stream.label, early, late.sort()]);
                        };
                    };
                });
                const up = sender.sc.newUpStream();
                up.label = label;
                up.stream = media;
                for (const track of media.getTracks()) {
                    if (picture)
                        up.labels[track.id] = track.kind === 'video' ? picture : 'audio';
                    up.pc.addTrack(track, media);
                }
                result[name] = [...await members.soon(seen, `tracks of ${name}`), up.label];
                up.close();
            }
            media.getTracks().forEach(track => track.stop());
            return result;
        });
        const pictures = ['audio', 'video'];
        const screen = ['audio', 'screenshare'];
        assert.deepEqual(r, {
            camera: ['camera', pictures, pictures, 'camera'], screen: ['screenshare', screen, screen, 'screenshare'],
            explicit: ['video', pictures, pictures, 'video'], none: [null, pictures, pictures, null],
        });
    });

    it('9.4 permissions: an array that also has boolean members, and is never shared', async () => {
        const r = await run(async (/** @type {string} */ group) => {
            const {sc, log} = await members.join(group, 'op', 'secret');
            const given = [sc.permissions, log.find(([name]) => name === 'onjoined')[3], sc.users[sc.id].permissions];
            const old = given.map(p => [Array.isArray(p), p.op, p.present, p.message, p.caption, p.token, p.record, p.admin, p.system]);
            const names = given.map(p => [...p].sort().join());
            return {
                old, same: new Set(names).size, keys: given.every(p => Object.keys(p).length === p.length),
                json: given.every(p => JSON.stringify(p) === JSON.stringify([...p])), different: new Set(given).size,
                live: sc.permissions.push('caption') && [sc.permissions.caption, sc.users[sc.id].permissions.caption],
            };
        });
        for (const old of r.old)
            assert.deepEqual(old, [true, true, true, true, r.old[0][4], true, r.old[0][6], false, false]);
        assert.deepEqual([r.same, r.keys, r.json, r.different], [1, true, true, 3]);
        assert.equal(r.live[0], true);
        assert.equal(r.live[1], r.old[0][4]);
    });

    it('9.5 onabort: whether the application closes the stream or not, it is closed once', async () => {
        const r = await run(async (/** @type {string} */ group) => {
            const op = await members.join(group, 'op', 'secret');
            const ada = await members.join(group, 'ada');
            const log = {older: [], newer: [], silent: []};
            for (const [name, list] of Object.entries(log)) {
                const up = await members.send(ada.sc, {audio: true}, name);
                const {onclose} = up;
                up.onclose = replace => {
                    list.push(`close ${replace}`);
                    onclose();
                };
                if (name !== 'silent') {
                    up.onabort = function() {
                        list.push('abort');
                        if (name === 'older')
                            this.close();
                    };
                }
                await members.until(() => up.pc.connectionState === 'connected');
            }
            op.sc.userAction('unpresent', ada.sc.id);
            await members.until(() => Object.values(log).every(list => list.length > 0) && !ada.sc.permissions.present);
            ada.sc.chat('', '', 'still here');
            await members.until(() => op.log.some(entry => entry[0] === 'onchat' && entry[9] === 'still here'));
            return {log, up: Object.keys(ada.sc.up).length};
        });
        assert.deepEqual(r, {log: {older: ['abort', 'close false'], newer: ['abort', 'close false'], silent: ['close false']}, up: 0});
    });

    it('9.6 onclearchat: before onusermessage, for everything only, and only from whoever may', async () => {
        const r = await run(async (/** @type {string} */ group) => {
            const op = await members.join(group, 'op', 'secret');
            const ada = await members.join(group, 'ada');
            await members.until(() => op.sc.users[ada.sc.id]);
            ada.sc.userMessage('clearchat', '');
            await members.until(() => op.log.some(entry => entry[6] === 'clearchat'));
            op.sc.groupAction('clearchat', {userId: ada.sc.id});
            op.sc.groupAction('clearchat');
            op.sc.userMessage('end', '');
            await members.until(() => ada.log.some(entry => entry[6] === 'end'));
            return ada.log.filter(entry => entry[0] === 'onclearchat' || entry[6] === 'clearchat')
                .map(entry => entry[0] === 'onclearchat' ? 'onclearchat' : [entry[5], typeof entry[8]?.userId]);
        });
        assert.deepEqual(r, [[false, 'undefined'], [true, 'string'], 'onclearchat', [true, 'undefined']]);
    });

    it('9.7 onstatus: a stream that works is connected, whatever the browser calls it', async () => {
        const r = await run(async (/** @type {string} */ group) => {
            const {sc} = await members.join(group, 'ada');
            const up = await members.send(sc, {audio: true});
            const log = [];
            up.onstatus = status => log.push([status, up.pc.iceConnectionState]);
            await members.until(() => log.some(([status]) => status === 'connected'));
            // Not every browser gets there with every server.
            Object.defineProperty(up.pc, 'iceConnectionState', {configurable: true, value: 'completed'});
            up.pc.oniceconnectionstatechange(new Event('iceconnectionstatechange'));
            delete up.pc.iceConnectionState;
            return log;
        });
        for (const [status, state] of r)
            assert.equal(status, state === 'completed' ? 'connected' : state);
        assert.deepEqual(r.at(-1), ['connected', 'completed']);
    });

    it('9.8 onstream: another name of ondownstream', async () => {
        const r = await run(async (/** @type {string} */ group) => {
            const sender = await members.join(group, 'sender');
            const {sc} = await members.join(group, 'receiver');
            sc.request('audio');
            const log = [];
            sc.onstream = function(stream) {
                log.push(['onstream', stream.label, this === sc]);
            };
            await members.send(sender.sc, {audio: true}, 'first');
            await members.until(() => log.length === 1);
            sc.ondownstream = stream => log.push(['ondownstream', stream.label]);
            await members.send(sender.sc, {audio: true}, 'second');
            await members.until(() => log.length === 2);
            return log;
        });
        assert.deepEqual(r, [['onstream', 'first', true], ['ondownstream', 'second']]);
    });

    it('9.9 adding tracks: the stream is null until it is assigned, which does what setStream does', async () => {
        const r = await run(async (/** @type {string} */ group) => {
            const {sc, log} = await members.join(group, 'ada');
            const media = await navigator.mediaDevices.getUserMedia({audio: true});
            const result = {};
            for (const [name, set] of [['assigned', up => {
                up.stream = media;
            }], ['setStream', up => up.setStream(media)]]) {
                const up = sc.newUpStream();
                up.label = name;
                const before = up.stream;
                log.length = 0;
                set(up);
                result[name] = [before, up.stream === media, log.map(entry => [entry[0], entry[2]]), {...sc.users[sc.id].streams[name]}];
                media.getTracks().forEach(track => up.pc.addTrack(track, up.stream));
                await members.until(() => up.pc.connectionState === 'connected');
                up.close();
            }
            media.getTracks().forEach(track => track.stop());
            return result;
        });
        const each = [null, true, [['onuser', 'change']], {audio: true}];
        assert.deepEqual(r, {assigned: each, setStream: each});
    });

    it('9.10 connect is a promise, onuser has the name, statistics have their older names, request takes words', async () => {
        const r = await run(async (/** @type {string} */ group) => {
            const sc = new ServerConnection();
            const order = [];
            sc.onconnected = () => order.push('onconnected');
            const same = await sc.connect(members.endpoint) === sc;
            order.push('resolved');
            const users = [];
            sc.onuser = (id, kind, username) => kind !== 'change' && users.push([kind, username]);
            sc.join(group, 'receiver', '');
            sc.request('everything-low');
            const down = new Promise(resolve => {
                sc.ondownstream = resolve;
            });
            const sender = await members.join(group, 'sender');
            const up = await members.send(sender.sc, {audio: true, video: {width: 320, height: 240}});
            const stream = await members.soon(down, 'a stream');
            await members.flows(stream, ['audio', 'video']);
            await Promise.all([up.updateStats(), stream.updateStats()]);
            const sent = up.stream.getVideoTracks()[0].id;
            const received = stream.stream.getVideoTracks()[0].id;
            const stats = [
                up.stats[sent]['outbound-rtp'].bytesSent > 0, Object.keys(up.stats).includes(sent),
                stream.stats[received].track === stream.stats[received]['inbound-rtp'], Object.keys(stream.stats[received]).includes('track'),
            ];
            sc.request('');
            await members.until(() => stream.sc === null, 'nothing is sent any more');
            const {id} = sender.sc;
            sender.sc.close();
            await members.until(() => !sc.users[id]);
            sc.close();
            await members.until(() => users.length === 4);
            return {same, order, users, stats};
        });
        assert.deepEqual(r, {
            same: true, order: ['onconnected', 'resolved'],
            users: [['add', 'receiver'], ['add', 'sender'], ['delete', 'sender'], ['delete', 'receiver']], stats: [true, false, true, false],
        });
    });

    it('9.11 onjoined has seven arguments, and onchat nine', async () => {
        const r = await run(async (/** @type {string} */ group) => {
            const {sc, log} = await members.join(group, 'ada');
            sc.chat('', '', 'hello');
            const chat = await members.until(() => log.find(entry => entry[0] === 'onchat' && entry[9] === 'hello'));
            const joined = log.find(([name]) => name === 'onjoined');
            return [joined.length - 1, chat.length - 1, [chat[2] === sc.id, chat[3], chat[4], chat[5] instanceof Date, ...chat.slice(6)]];
        });
        assert.deepEqual(r, [7, 9, [true, '', 'ada', true, false, false, '', 'hello']]);
    });

    it('9.12 what is gone elsewhere: the whole program of the seed, unchanged', async () => {
        const r = await run(async (/** @type {string} */ group) => {
            const log = [];
            const receiver = await members.join(group, 'op', 'secret');
            receiver.sc.request('everything');
            const down = new Promise(resolve => {
                receiver.sc.ondownstream = resolve;
            });
            const media = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 320, height: 240}});
            const sc = new ServerConnection();
            let requested = 'closed';
            sc.onconnected = function() {
                this.join(requested, 'join', 'op', 'wrong');
                this.request('everything');
            };
            sc.onjoined = function(kind, name, perms) {
                log.push([kind, perms.present]);
                if (kind === 'fail') {
                    requested = group;
                    this.join(requested, 'join', 'visitor-7', '');
                } else if (kind === 'join') {
                    const up = this.newUpStream();
                    up.onabort = () => up.close();
                    up.onclose = () => log.push('closed');
                    up.stream = media;
                    for (const track of media.getTracks()) {
                        up.labels[track.id] = track.kind;
                        up.pc.addTrack(track, media);
                    }
                }
            };
            sc.onclearchat = () => log.push('cleared');
            sc.onchat = (id, source, dest, username, time, privileged, history, kind, message) => !history && log.push([username, message]);
            await sc.connect(`ws://${location.host}/ws`);
            await members.flows(await members.soon(down, 'a stream'), ['audio', 'video']);
            sc.chat('visitor-7', '', '', 'hello');
            await members.until(() => log.length === 3);
            receiver.sc.groupAction('clearchat');
            await members.until(() => log.length === 4);
            receiver.sc.userAction('unpresent', sc.id);
            await members.until(() => log.includes('closed'));
            sc.close();
            media.getTracks().forEach(track => track.stop());
            return log.slice(0, 4);
        });
        assert.deepEqual(r, [['fail', false], ['join', true], ['visitor-7', 'hello'], 'cleared']);
    });

    it('what tells how a connection is, and what the application may keep in it', async () => {
        const r = await run(async (/** @type {string} */ group) => {
            const fresh = new ServerConnection();
            const before = [fresh.version, fresh.lastServerMessage, fresh.pingHandler, fresh.socket, fresh.group, fresh.username,
                fresh.rtcConfiguration, fresh.getRTCConfiguration(), fresh.permissions.length, /^[0-9a-f]{32}$/.test(fresh.id)];
            const {sc, log} = await members.join(group, 'ada');
            sc.userdata.mine = 1;
            const up = await members.send(sc, {audio: true});
            up.userdata.mine = 2;
            up.kind = 'whatever';
            await members.until(() => up.pc.connectionState === 'connected');
            const joined = [sc.version, Math.abs(Date.now() - sc.lastServerMessage) < 60_000, typeof sc.pingHandler, sc.socket.readyState,
                sc.group === group, sc.getRTCConfiguration() === sc.rtcConfiguration, sc.findByLocalId(up.localId) === up, sc.findByLocalId('')];
            const configuration = {iceServers: []};
            sc.onpeerconnection = () => configuration;
            joined.push(sc.getRTCConfiguration() === configuration);
            sc.lastServerMessage = null;
            sc.send({type: 'ping'});
            await members.until(() => sc.lastServerMessage !== null, 'a pong');
            const [id] = [sc.id];
            sc.error(new Error('mine'));
            await members.until(() => log.some(([name]) => name === 'onclose'));
            const end = log.filter(([name]) => name === 'onerror' || name === 'onclose').map(([name, what]) => [name, what.message ?? what]);
            const after = [sc.version, sc.pingHandler, sc.socket, sc.group, sc.userdata.mine, up.userdata.mine, up.kind, up.sc];
            await sc.connect(members.endpoint);
            return {before, joined, end, after, again: [sc.id !== id, sc.version]};
        });
        assert.deepEqual(r.before, [null, null, null, null, null, null, null, null, 0, true]);
        assert.deepEqual(r.joined, ['2', true, 'number', 1, true, true, true, null, true]);
        assert.deepEqual(r.end, [['onerror', 'mine'], ['onclose', 1000]]);
        assert.deepEqual(r.after, ['2', null, null, null, 1, 2, 'whatever', null]);
        assert.deepEqual(r.again, [true, '2']);
    });

    it('helpers that are global', async () => {
        const r = await run(async (/** @type {string} */ group) => {
            const ada = await members.join(group, 'ada');
            const bob = await members.join(group, 'bob');
            await members.until(() => ada.sc.users[bob.sc.id]);
            ada.log.length = 0;
            const same = recomputeUserStreams(ada.sc, bob.sc.id);
            ada.sc.users[bob.sc.id].streams = {ghost: {audio: true}};
            const changed = recomputeUserStreams(ada.sc, bob.sc.id);
            const events = ada.log.map(([name, id, kind]) => [name, id === bob.sc.id, kind]);
            const reason = new Promise(resolve => {
                bob.sc.onfiletransfer = file => {
                    file.onevent = (state, data) => state === 'cancelled' && resolve(data);
                };
            });
            const file = ada.sc.sendFile(bob.sc.id, new File(['x'], 'x'));
            sendFileCancel(ada.sc, bob.sc.id, file.id, new Error('changed my mind'));
            const [a, b] = [newLocalId(), newLocalId()];
            return {
                same, changed, events, reason: await members.soon(reason, 'a reason'), ids: [a !== b, /^\d+$/.test(a), /^[0-9a-f]{32}$/.test(newRandomId())],
                hex: toHex(new Uint8Array([0, 15, 255])),
                times: [parseTime('2026-01-02T03:04:05Z').getTime(), parseTime(1000).getTime(), parseTime(null), parseTime('never')],
            };
        });
        assert.deepEqual(r, {
            same: false, changed: true, events: [['onuser', true, 'change']], reason: 'changed my mind', ids: [true, true, true],
            hex: '000fff', times: [Date.UTC(2026, 0, 2, 3, 4, 5), 1000, null, null],
        });
    });

    it('methods that are public by accident are called, so that they can be replaced, and bear ids that are not known', async () => {
        const r = await run(async (/** @type {string} */ group) => {
            const names = {
                ServerConnection: ['gotOffer', 'gotAnswer', 'gotRenegotiate', 'gotClose', 'gotAbort', 'gotRemoteIce', 'fileTransfer'],
                Stream: ['negotiate', 'gotLocalIce', 'flushLocalIceCandidates', 'flushRemoteIceCandidates'],
                TransferredFile: ['event', 'answer', 'send', 'receiveFile', 'receiveData', 'bufferData', 'getBufferedData', 'close'],
            };
            const called = new Set();
            const restore = [];
            for (const [type, methods] of Object.entries(names)) {
                for (const name of methods) {
                    const real = window[type].prototype[name];
                    restore.push(() => {
                        window[type].prototype[name] = real;
                    });
                    window[type].prototype[name] = function(...args) {
                        called.add(`${type}.${name}`);
                        return real.apply(this, args);
                    };
                }
            }
            try {
                const op = await members.join(group, 'op', 'secret');
                const ada = await members.join(group, 'ada');
                await members.until(() => op.sc.users[ada.sc.id]);
                op.sc.request('everything');
                const down = [];
                op.sc.ondownstream = stream => down.push(stream);
                const up = await members.send(ada.sc, {audio: true});
                const completed = [];
                up.onnegotiationcompleted = () => completed.push(up.pc.signalingState);
                await members.until(() => completed.length === 1 && down.length === 1);
                await members.flows(down[0], ['audio']);
                const waiting = [up, down[0]].flatMap(stream => [stream.localIceCandidates.length, stream.remoteIceCandidates.length]);
                ada.sc.gotRenegotiate(up.id);
                await members.until(() => completed.length === 2);
                const received = new Promise(resolve => {
                    op.sc.onfiletransfer = file => {
                        file.onevent = (state, data) => state === 'done' && resolve(data.text());
                        file.receive();
                    };
                });
                ada.sc.sendFile(op.sc.id, new File(['contents'], 'x.txt'));
                const text = await members.soon(received, 'a file');
                op.sc.userAction('unpresent', ada.sc.id);
                await members.until(() => down[0].sc === null && up.sc === null);
                for (const f of ['gotAnswer', 'gotRenegotiate', 'gotClose', 'gotAbort', 'gotRemoteIce'])
                    await ada.sc[f]('nobody', f === 'gotRemoteIce' ? null : 'v=0');
                ada.sc.fileTransfer('nobody', 'nobody', {type: 'cancel', id: 'nothing'});
                await ada.sc.gotOffer('', 'camera', op.sc.id, 'op', 'v=0');
                await members.until(() => Object.keys(op.sc.transferredFiles).length === 0);
                const all = Object.entries(names).flatMap(([type, methods]) => methods.map(name => `${type}.${name}`));
                return {missing: all.filter(name => !called.has(name)), waiting, text, open: ada.sc.socket?.readyState};
            } finally {
                restore.forEach(f => f());
            }
        });
        assert.deepEqual(r, {missing: [], waiting: [0, 0, 0, 0], text: 'contents', open: 1});
    });
});
