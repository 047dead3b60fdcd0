// protocol.js and the example clients against the real server (client-library.md
// 2, 10, 11).

import assert from 'node:assert/strict';
import {after, afterEach, before, beforeEach, it} from 'node:test';
import {authKey, serveTokens, signToken} from './lib/authserver.mjs';
import {describeInBrowsers} from './lib/each.mjs';
import {startGalene} from './lib/galene.mjs';
import {installMembers} from './lib/members.mjs';

/* global members */

const anybody = {'wildcard-user': {password: {type: 'wildcard'}, permissions: 'present'}};
const operator = {users: {op: {password: 'secret', permissions: 'op'}}};

/** @type {import('./lib/galene.mjs').Galene} */
let server;
/** @type {Awaited<ReturnType<typeof serveTokens>>} */
let tokens;
before(async () => {
    tokens = await serveTokens();
    server = await startGalene({
        open: {...anybody, ...operator, displayName: 'Open house', public: true},
        other: anybody,
        closed: operator,
        school: {users: {ada: {password: 'ask', permissions: 'message'}}, authKeys: [authKey], authServer: tokens.url},
        // What is said in these is not heard by other tests.
        ...Object.fromEntries(['history-chromium', 'history-firefox', 'talk-chromium', 'talk-firefox']
            .map(name => [name, {...anybody, ...operator, displayName: 'Talk'}])),
        elsewhere: {redirect: 'https://other.example/group/x/'},
    });
});
after(async () => {
    await server?.stop();
    await tokens?.close();
});

describeInBrowsers('protocol.js and the server', context => {
    /** @type {import('./lib/browsers.mjs').Page} */
    let page;

    beforeEach(async () => {
        page = await context.browser.newPage();
        await page.goto(server.url + 'example/example.html');
        await page.evaluate(installMembers);
    });
    afterEach(async () => {
        await page.evaluate(() => members.leaveAll()).catch(() => undefined);
        await page.close();
    });

    /** Runs a function in the page; it must not leave uncaught exceptions. */
    async function run(/** @type {Function} */ f, /** @type {any} */ argument = null) {
        const result = await page.evaluate(f, argument);
        assert.deepEqual(page.errors, []);
        return result;
    }

    it('order of events when joining, and what they bring', async () => {
        const r = await run(async (/** @type {string} */ group) => {
            const bob = await members.join(group, 'bob');
            bob.sc.chat('', '', 'hello');
            await members.until(() => bob.log.some(([name]) => name === 'onchat'));
            const ada = await members.connect();
            let users;
            ada.sc.onjoined = function(...args) {
                ada.log.push(['onjoined', ...args]);
                users = Object.keys(this.users).length;
            };
            ada.sc.join(group, 'ada', '', {colour: 'blue'});
            await members.until(() => Object.keys(ada.sc.users).length === 2);
            const chat = ada.log.find(([name]) => name === 'onchat');
            return {
                names: ada.log.map(([name]) => name), users, joined: ada.log.find(([name]) => name === 'onjoined'),
                first: ada.log.find(([name]) => name === 'onuser'), id: ada.sc.id, bob: bob.sc.id,
                chat: [typeof chat[1], chat[2], chat[3], chat[4], chat[5] instanceof Date, ...chat.slice(6)],
                data: ada.sc.users[ada.sc.id].data, username: ada.sc.username, config: typeof ada.sc.rtcConfiguration,
            };
        }, `history-${context.browser.name}`);
        assert.deepEqual(r.names, ['onconnected', 'onjoined', 'onchat', 'onuser', 'onuser']);
        assert.equal(r.users, 0);
        const [, kind, group, permissions, status, , error, message] = r.joined;
        assert.deepEqual([kind, group, [...permissions].sort(), error, message], ['join', `history-${context.browser.name}`, ['message', 'present'], null, null]);
        assert.equal(status.displayName, 'Talk');
        assert.deepEqual(r.first, ['onuser', r.id, 'add', 'ada']);
        assert.deepEqual(r.chat, ['string', r.bob, '', 'bob', true, false, true, '', 'hello']);
        assert.deepEqual(r.data, {colour: 'blue'});
        assert.equal(r.username, 'ada');
        assert.equal(r.config, 'object');
    });

    it('the program of the seed: wrong password, then right; requests next to join', async () => {
        const r = await run(async () => {
            const {sc, log} = await members.connect();
            const tries = ['wrong', 'secret'];
            sc.onjoined = function(kind, group, permissions, status, data, error, message) {
                log.push(['onjoined', kind, message, permissions.op, permissions.present]);
                if (kind === 'fail')
                    this.join('closed', 'join', 'op', tries.shift());
            };
            sc.join('closed', 'join', 'op', tries.shift());
            sc.request('everything');
            await members.until(() => sc.users[sc.id]);
            await members.settle(300);
            return {log: log.filter(([name]) => name !== 'onuser' && name !== 'onconnected'), open: sc.socket?.readyState};
        });
        assert.deepEqual(r.log, [['onjoined', 'fail', 'not authorised', false, false], ['onjoined', 'join', null, true, true]]);
        assert.equal(r.open, 1);
    });

    it('join with a token: from an authorisation server, which may leave it to the group, or at hand', async () => {
        // Pages of the group may speak with its authorisation server.
        await page.goto(`${server.url}group/school/`);
        await page.evaluate(installMembers);
        await page.evaluate(() => import(String('/protocol.mjs')).then(() => undefined));
        const location = `${server.url}group/school/`;
        const r = await run(async (/** @type {string} */ token) => {
            const status = await (await fetch('.status')).json();
            const result = [];
            for (const [username, credentials] of [
                ...['token', 'ask', 'wrong'].map(password =>
                    ['ada', {type: 'authServer', authServer: status.authServer, location: status.location, password}]),
                [null, {type: 'token', token}], [null, {type: 'token', token: 'x.y.z'}],
            ]) {
                const {sc, log} = await members.connect();
                try {
                    await sc.join('school', username, credentials);
                    const joined = await members.until(() => log.find(([name]) => name === 'onjoined'));
                    result.push([joined[1], sc.username, [...sc.permissions].sort()]);
                } catch (error) {
                    result.push([error.message, sc.socket.readyState, log.length]);
                }
            }
            return result;
        }, signToken({sub: 'grace', aud: location, permissions: ['present', 'op']}));
        assert.deepEqual(r, [
            ['join', 'ada', ['present']], ['join', 'ada', ['message']], ['the authorisation server answered 403 Forbidden', 1, 1],
            ['join', 'grace', ['op', 'present']], ['fail', null, []],
        ]);
        assert.deepEqual(tokens.asked.splice(0), ['token', 'ask', 'wrong'].map(password =>
            ({method: 'POST', type: 'application/json', location, username: 'ada', password})));
    });

    it('no such group, and a group that is elsewhere', async () => {
        const r = await run(async () => {
            const {sc, log} = await members.connect();
            sc.join('nosuchgroup', 'ada', '');
            await members.until(() => log.some(([name]) => name === 'onjoined'));
            sc.join('elsewhere', 'ada', '');
            await members.until(() => log.filter(([name]) => name === 'onjoined').length === 2);
            return {joined: log.filter(([name]) => name === 'onjoined').map(entry => [entry[1], entry[7]]), group: sc.group};
        });
        assert.deepEqual(r.joined, [['fail', 'group does not exist'], ['redirect', 'https://other.example/group/x/']]);
        assert.equal(r.group, null);
    });

    it('media flow from the seed\'s sender to a receiver; streams are known and end', async () => {
        const r = await run(async () => {
            const sender = await members.join('open', 'sender');
            const receiver = await members.connect();
            const down = [];
            receiver.sc.onstream = stream => down.push(stream);
            receiver.sc.join('open', 'join', 'receiver', '');
            receiver.sc.request('everything');
            const media = await navigator.mediaDevices.getUserMedia({audio: true, video: {width: 320, height: 240}});
            const up = sender.sc.newUpStream();
            up.onabort = () => up.close();
            up.stream = media;
            for (const track of media.getTracks()) {
                up.labels[track.id] = track.kind;
                up.pc.addTrack(track, media);
            }
            const stream = await members.until(() => down[0]);
            const labels = [...new Set(Object.values(stream.labels))].sort();
            await members.flows(stream, ['audio', 'video']);
            const status = [];
            const result = {
                labels, label: stream.label, source: stream.source === sender.sc.id, username: stream.username, id: stream.id === up.id,
                streams: {...receiver.sc.users[sender.sc.id].streams}, own: {...sender.sc.users[sender.sc.id].streams}, count: down.length,
            };
            stream.onclose = replace => status.push(replace);
            up.close();
            await members.until(() => status.length > 0);
            result.closed = status;
            result.after = {...receiver.sc.users[sender.sc.id].streams};
            media.getTracks().forEach(track => track.stop());
            return result;
        });
        assert.deepEqual(r, {
            labels: ['audio', 'video'], label: 'camera', source: true, username: 'sender', id: true,
            streams: {camera: {audio: true, video: true}}, own: {camera: {audio: true, video: true}}, count: 1,
            closed: [false], after: {},
        });
    });

    it('three members, one with sound only: nobody shows a camera that is not there', async () => {
        const r = await run(async () => {
            const [a, b, c] = [await members.join('open', 'a'), await members.join('open', 'b'), await members.join('open', 'c')];
            for (const {sc} of [a, b, c]) {
                sc.ondownstream = () => undefined;
                sc.request('everything');
            }
            await members.send(a.sc, {audio: true, video: {width: 320, height: 240}});
            await members.send(b.sc, {audio: true, video: {width: 320, height: 240}});
            await members.send(c.sc, {audio: true});
            const full = entry => entry?.camera?.audio && entry.camera.video;
            await members.until(() => full(a.sc.users[b.sc.id].streams) && full(b.sc.users[a.sc.id].streams) &&
                full(c.sc.users[a.sc.id].streams) && full(c.sc.users[b.sc.id].streams) &&
                a.sc.users[c.sc.id].streams.camera && b.sc.users[c.sc.id].streams.camera);
            return [a, b, c].map(({sc}) => ({...sc.users[c.sc.id].streams}));
        });
        assert.deepEqual(r, [{camera: {audio: true}}, {camera: {audio: true}}, {camera: {audio: true}}]);
    });

    it('a replaced stream: onclose(true), then a stream with the same local id', async () => {
        const r = await run(async () => {
            const sender = await members.join('open', 'sender');
            const receiver = await members.join('open', 'receiver');
            const log = [];
            const seen = [];
            receiver.sc.ondownstream = stream => {
                log.push(['down', stream.localId]);
                seen.push(stream);
                stream.onclose = replace => log.push(['close', replace]);
            };
            receiver.sc.request('everything');
            const first = await members.send(sender.sc, {audio: true});
            await members.until(() => seen.length === 1);
            await members.flows(seen[0], ['audio']);
            const media = await navigator.mediaDevices.getUserMedia({audio: true});
            const second = sender.sc.newUpStream(first.localId);
            second.label = 'camera';
            second.addTracks(media);
            await members.until(() => seen.length === 2);
            await members.flows(seen[1], ['audio']);
            media.getTracks().forEach(track => track.stop());
            return {log, same: first.localId === second.localId, up: Object.keys(sender.sc.up).length, down: Object.keys(receiver.sc.down).length};
        });
        const [, localId] = r.log[0];
        assert.deepEqual(r.log, [['down', localId], ['close', true], ['down', localId]]);
        assert.ok(r.same);
        assert.deepEqual([r.up, r.down], [1, 1]);
    });

    it('unpresent: onabort, then one onclose, and the permission is gone', async () => {
        const r = await run(async () => {
            const op = await members.join('open', 'op', 'secret');
            const ada = await members.join('open', 'ada');
            const stream = await members.send(ada.sc, {audio: true});
            const log = [];
            stream.onabort = () => log.push('abort');
            const closed = stream.onclose;
            stream.onclose = replace => {
                log.push(`close ${replace}`);
                closed();
            };
            await members.until(() => stream.pc.connectionState === 'connected');
            op.sc.userAction('unpresent', ada.sc.id);
            await members.until(() => log.includes('close false') && !ada.sc.permissions.present);
            await members.settle(300);
            return {log, open: ada.sc.socket?.readyState, up: Object.keys(ada.sc.up).length,
                change: ada.log.some(([name, kind]) => name === 'onjoined' && kind === 'change')};
        });
        assert.deepEqual(r, {log: ['abort', 'close false'], open: 1, up: 0, change: true});
    });

    it('messages: private chat, clearing, data of users and of the group, lock', async () => {
        const r = await run(async (/** @type {string} */ group) => {
            const op = await members.join(group, 'op', 'secret');
            const ada = await members.join(group, 'ada');
            await members.until(() => op.sc.users[ada.sc.id]);
            op.sc.chat('op', 'me', ada.sc.id, 'waves');
            const chat = await members.until(() => ada.log.find(([name]) => name === 'onchat'));
            op.sc.groupaction('clearchat');
            await members.until(() => ada.log.some(([name]) => name === 'onclearchat'));
            ada.sc.userAction('setdata', ada.sc.id, {raisehand: true});
            await members.until(() => op.sc.users[ada.sc.id].data.raisehand);
            op.sc.groupAction('setdata', {topic: 'rings'});
            const change = await members.until(() => ada.log.find(([name, kind]) => name === 'onjoined' && kind === 'change'));
            ada.sc.usermessage('ada', 'note', op.sc.id, {n: 1});
            const note = await members.until(() => op.log.find(entry => entry[0] === 'onusermessage' && entry[6] === 'note'));
            ada.sc.groupAction('lock');
            const refused = await members.until(() => ada.log.find(entry => entry[0] === 'onusermessage' && entry[6] === 'error'));
            return {chat: [chat[1], chat[3] === ada.sc.id, chat[4], chat[6], chat[7], chat[8], chat[9]],
                topic: change[5].topic, note: [note[3], note[5], note[8]], refused: [refused[1], refused[5], refused[8]]};
        }, `talk-${context.browser.name}`);
        assert.deepEqual(r.chat, [null, true, 'op', true, false, 'me', 'waves']);
        assert.equal(r.topic, 'rings');
        assert.deepEqual(r.note, ['ada', false, {n: 1}]);
        assert.deepEqual(r.refused, [null, true, 'not authorised']);
    });

    it('kick: kicked, everybody goes, leave, close with 1000', async () => {
        const r = await run(async () => {
            const op = await members.join('open', 'op', 'secret');
            const ada = await members.join('open', 'ada');
            await members.until(() => op.sc.users[ada.sc.id]);
            ada.log.length = 0;
            op.sc.userAction('kick', ada.sc.id, 'enough');
            await members.until(() => ada.log.some(([name]) => name === 'onclose'));
            const kicked = ada.log[0];
            return {names: ada.log.map(entry => entry[0] + (entry[0] === 'onjoined' ? ` ${entry[1]}` : '')),
                kicked: [kicked[1] === op.sc.id, kicked[3], kicked[5], kicked[6], kicked[8]], close: ada.log.at(-1), socket: ada.sc.socket};
        });
        assert.deepEqual([...new Set(r.names)], ['onusermessage', 'onuser', 'onjoined leave', 'onclose']);
        assert.deepEqual(r.kicked, [true, 'op', true, 'kicked', 'enough']);
        assert.deepEqual(r.close, ['onclose', 1000, 'kicked out (enough) by op']);
        assert.equal(r.socket, null);
    });

    it('leave, then join another group on the same connection', async () => {
        const r = await run(async () => {
            const {sc, log} = await members.join('open', 'ada');
            const stream = await members.send(sc, {audio: true});
            await members.until(() => stream.localDescriptionSent);
            log.length = 0;
            sc.leave('open');
            await members.until(() => log.some(([name, kind]) => name === 'onjoined' && kind === 'leave'));
            const left = [sc.group, stream.sc, Object.keys(sc.users).length];
            sc.join('other', 'bob', '');
            await members.until(() => sc.users[sc.id]);
            sc.chat('', '', 'hello');
            const chat = await members.until(() => log.find(([name]) => name === 'onchat'));
            sc.close();
            await members.until(() => log.some(([name]) => name === 'onclose'));
            return {left, group: chat[4], leaves: log.filter(([name, kind]) => name === 'onjoined' && kind === 'leave').map(entry => entry[2])};
        });
        assert.deepEqual(r, {left: [null, null, 0], group: 'bob', leaves: ['open', 'other']});
    });

    it('a file goes from one member to another', async () => {
        const r = await run(async () => {
            const [a, b] = [await members.join('open', 'ann'), await members.join('open', 'ben')];
            await members.until(() => a.sc.users[b.sc.id]);
            const describe = (file, own, other) => ({
                sc: file.sc === own.sc, userid: file.userid === other.sc.id, username: file.username, up: file.up, state: file.state,
                name: file.name, mimetype: file.mimetype, size: file.size, datalen: file.datalen, file: file.file?.name ?? null,
                version: file.version, candidates: file.candidates.length, data: file.data.length, pc: file.pc !== null, dc: file.dc !== null,
                found: own.sc.getTransferredFile(file.userid, file.id) === file, fullid: own.sc.transferredFiles[file.fullid()] === file,
            });
            const offered = new Promise(resolve => {
                b.sc.onfiletransfer = file => resolve(file);
            });
            const progress = [];
            a.sc.onfiletransfer = file => {
                file.onevent = state => progress.at(-1) !== state && progress.push(state);
            };
            const sent = a.sc.sendFile(b.sc.id, new File(['0123456789'], 'a.txt', {type: 'text/plain'}));
            const got = await members.soon(offered, 'an offer');
            const result = {before: [describe(sent, a, b), describe(got, b, a)]};
            const states = [];
            let text;
            got.onevent = function(state, data) {
                if (state === 'connected' && !result.connected)
                    result.connected = [this.pc !== null, this.dc.readyState, this.state];
                states.push(state);
                if (data)
                    text = data.text();
            };
            await got.receive();
            await members.until(() => sent.state === 'closed' && got.state === 'closed');
            result.states = [progress, [...new Set(states)], await text];
            result.after = [sent, got].map(file => [file.datalen, file.pc, file.dc, file.data.length]);
            // Stopped without, and with, a word to the other side.
            a.sc.onfiletransfer = null;
            const second = new Promise(resolve => {
                b.sc.onfiletransfer = resolve;
            });
            const again = a.sc.sendFile(b.sc.id, new File(['x'], 'b.txt'));
            const other = await members.soon(second, 'another offer');
            again.fail('for myself');
            result.failed = [again.state, other.state];
            other.cancel('enough');
            result.cancelled = other.state;
            return result;
        });
        const common = {sc: true, userid: true, name: 'a.txt', mimetype: 'text/plain', size: 10, datalen: 0, version: '1',
            candidates: 0, data: 0, pc: false, dc: false, found: true, fullid: true};
        assert.deepEqual(r.before, [
            {...common, username: 'ben', up: true, state: 'inviting', file: 'a.txt'}, {...common, username: 'ann', up: false, state: '', file: null},
        ]);
        assert.deepEqual(r.connected, [true, 'open', 'connected']);
        assert.deepEqual(r.states, [['inviting', 'connecting', 'connected', 'done', 'closed'], ['connecting', 'connected', 'done', 'closed'], '0123456789']);
        assert.deepEqual(r.after, [[10, null, null, 0], [10, null, null, 0]]);
        assert.deepEqual(r.failed, ['closed', '']);
        assert.equal(r.cancelled, 'closed');
    });

    for (const name of ['example.html', 'module.html']) {
        it(`the example client ${name}`, async () => {
            const pages = [await context.browser.newPage(), await context.browser.newPage()];
            for (const [i, each] of pages.entries()) {
                await each.goto(`${server.url}example/${name}?group=open`);
                await each.evaluate((/** @type {string} */ username) => {
                    /** @type {any} */ (document.getElementById('username')).value = username;
                    document.getElementById('connect')?.click();
                }, `person ${i}`);
                await each.waitFor(() => document.getElementById('status')?.textContent?.startsWith('Connected to Open house'));
            }
            await pages[0].waitFor(() => document.querySelectorAll('#users li').length === 2);
            await pages[0].evaluate(() => {
                document.getElementById('present')?.click();
                /** @type {any} */ (document.getElementById('message')).value = 'good morning';
                document.getElementById('send')?.click();
            });
            for (const each of pages)
                await each.waitFor(() => /person 0: good morning$/.test(document.querySelector('#chat p:last-child')?.textContent ?? ''));
            await pages[1].waitFor(() => {
                const video = document.querySelector('video');
                return video && video.videoWidth > 0 && video.currentTime > 0;
            });
            await pages[0].evaluate(() => document.getElementById('unpresent')?.click());
            await pages[1].waitFor(() => !document.querySelector('video'));
            await pages[1].evaluate(() => document.getElementById('disconnect')?.click());
            await pages[1].waitFor(() => document.getElementById('status')?.textContent?.startsWith('Disconnected'));
            for (const each of pages) {
                assert.deepEqual(each.errors, []);
                await each.close();
            }
        });
    }
});

describeInBrowsers('protocol.js without a server', context => {
    it('server that stops: leave, then close; and one that is not there', async () => {
        const own = await startGalene({open: anybody});
        const page = await context.browser.newPage();
        try {
            await page.goto(own.url + 'example/example.html');
            await page.evaluate(installMembers);
            await page.evaluate(async () => {
                window.ada = await members.join('open', 'ada');
                window.ada.log.length = 0;
            });
            await own.stop();
            await page.waitFor(() => window.ada.log.some((/** @type {any[]} */ [name]) => name === 'onclose'));
            const r = await page.evaluate(async () => {
                const names = window.ada.log.map((/** @type {any[]} */ entry) => entry[0]);
                const error = await members.connect().then(() => 'connected', (/** @type {Error} */ e) => e.message);
                return {names, socket: window.ada.sc.socket, users: Object.keys(window.ada.sc.users).length, error};
            });
            assert.deepEqual(r.names.filter((/** @type {string} */ name) => name !== 'onerror' && name !== 'onusermessage'),
                ['onuser', 'onjoined', 'onclose']);
            assert.equal(r.socket, null);
            assert.equal(r.users, 0);
            assert.match(r.error, /1006/);
        } finally {
            await page.close();
            await own.stop();
        }
    });
});
