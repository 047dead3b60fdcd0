// protocol.js with real peer connections and a fake server, which sends what a
// real one never would (client-library.md 1, 3.7, 4, 6, 9).

import assert from 'node:assert/strict';
import {after, afterEach, before, beforeEach, it} from 'node:test';
import {describeInBrowsers} from './lib/each.mjs';
import {servePages} from './lib/pages.mjs';

/* global lab */

/** @type {Awaited<ReturnType<typeof servePages>>} */
let pages;
before(async () => {
    pages = await servePages();
});
after(() => pages.close());

describeInBrowsers('packaging', context => {
    for (const order of ['classic-first', 'module-first']) {
        it(`${order}: one class, and every name is global`, async () => {
            const page = await context.browser.newPage();
            await page.goto(`${pages.url}${order}.html`);
            const result = await page.evaluate(() => ({
                exported: Object.keys(window.fromModule).sort(),
                global: Object.keys(window.fromModule).every(name => typeof window[name] === 'function'),
                same: ['ServerConnection', 'Stream', 'TransferredFile']
                    .every(name => window[name] === window.fromModule[name]),
            }));
            assert.deepEqual(result.exported, ['ServerConnection', 'Stream', 'TransferredFile', 'newLocalId',
                'newRandomId', 'parseTime', 'recomputeUserStreams', 'sendFileCancel', 'toHex']);
            assert.ok(result.global);
            assert.ok(result.same);
            assert.deepEqual(page.errors, []);
            await page.close();
        });
    }
});

describeInBrowsers('streams', context => {
    /** @type {import('./lib/browsers.mjs').Page} */
    let page;

    beforeEach(async () => {
        page = await context.browser.newPage();
        await page.goto(pages.url + 'lab.html');
    });
    afterEach(() => page.close());

    /** Runs a function in the page; it must not leave uncaught exceptions. */
    async function run(/** @type {Function} */ f) {
        const result = await page.evaluate(f);
        assert.deepEqual(page.errors, []);
        return result;
    }

    it('up: offer, candidates, connection, close', async () => {
        const r = await run(async () => {
            const {sc, socket, events} = lab.joined();
            const server = lab.answering(socket);
            const media = await lab.media();
            const stream = sc.newUpStream();
            const before = {stream: stream.stream, up: stream.up, listed: sc.up[stream.id] === stream,
                found: sc.findByLocalId(stream.localId) === stream, label: stream.label, labels: stream.labels};
            const log = [];
            stream.onnegotiationcompleted = () => log.push('completed');
            stream.onstatus = status => log.push(status);
            stream.onclose = function(replace) {
                log.push(['close', replace, this.sc === sc]);
            };
            stream.label = 'camera';
            stream.setStream(media);
            const afterSet = structuredClone({events, streams: {...sc.users[sc.id].streams}});
            for (const track of media.getTracks())
                stream.pc.addTrack(track, media);
            await lab.until(() => log.includes('connected'), 'a connection');
            await lab.settle(500);
            const sent = socket.sent.splice(0);
            events.length = 0;
            stream.close();
            const result = {
                before, afterSet, log, id: stream.id,
                types: sent.map(message => message.type),
                offer: sent.find(message => message.type === 'offer'),
                firstIce: sent.findIndex(message => message.type === 'ice') > sent.findIndex(message => message.type === 'offer'),
                afterClose: {sent: socket.sent.splice(0), events: [...events], streams: {...sc.users[sc.id].streams},
                    sc: stream.sc, up: Object.keys(sc.up), live: media.getTracks().every(track => track.readyState === 'live')},
            };
            server.close();
            sc.close();
            await lab.until(() => events.some(([name]) => name === 'onclose'));
            return result;
        });
        assert.deepEqual(r.before, {stream: null, up: true, listed: true, found: true, label: null, labels: {}});
        assert.deepEqual(r.afterSet.streams, {camera: {audio: true, video: true}});
        assert.equal(r.afterSet.events.length, 1);
        assert.deepEqual(r.afterSet.events[0].slice(0, 1).concat(r.afterSet.events[0].slice(2)), ['onuser', 'change', 'ada']);
        assert.ok(r.log.includes('completed'));
        assert.ok(!r.log.includes('completed') || r.log.indexOf('completed') < r.log.length);
        assert.equal(r.log.filter((/** @type {any} */ entry) => entry === 'completed').length, 1);
        assert.deepEqual(r.types.filter((/** @type {string} */ type) => type !== 'ice'), ['offer']);
        assert.equal(r.firstIce, true);
        assert.equal(r.offer.label, 'camera');
        assert.equal(r.offer.username, 'ada');
        assert.equal(r.offer.replace ?? null, null);
        assert.deepEqual(r.afterClose.sent, [{type: 'close', id: r.id}]);
        assert.deepEqual(r.log.at(-1), ['close', false, true]);
        assert.equal(r.afterClose.sc, null);
        assert.deepEqual(r.afterClose.up, []);
        assert.deepEqual(r.afterClose.streams, {});
        assert.equal(r.afterClose.live, true);
        assert.equal(r.afterClose.events.length, 1);
    });

    it('up, as in the seed: plain assignment, labels by track, addTrack', async () => {
        const r = await run(async () => {
            const result = {};
            for (const [name, value] of [['camera', null], ['screenshare', 'screenshare']]) {
                const {sc, socket} = lab.joined();
                const server = lab.answering(socket);
                const media = await lab.media();
                const up = sc.newUpStream();
                up.stream = media;
                up.kind = 'whatever';
                const streams = {...sc.users[sc.id].streams};
                for (const track of media.getTracks()) {
                    up.labels[track.id] = value && track.kind === 'video' ? value : track.kind;
                    up.pc.addTrack(track, up.stream);
                }
                const offer = await lab.until(() => socket.sent.find(message => message.type === 'offer'));
                result[name] = {wire: offer.label, label: up.label, streams, after: {...sc.users[sc.id].streams}};
                server.close();
                sc.close();
            }
            return result;
        });
        for (const label of ['camera', 'screenshare']) {
            assert.equal(r[label].wire, label);
            assert.equal(r[label].label, label);
            assert.deepEqual(r[label].streams, {'': {audio: true, video: true}});
            assert.deepEqual(r[label].after, {[label]: {audio: true, video: true}});
        }
    });

    it('up: an explicit label wins, and no labels leave it null', async () => {
        const r = await run(async () => {
            const result = [];
            for (const [label, labels] of [['video', {x: 'screenshare'}], [null, {}]]) {
                const {sc, socket} = lab.joined();
                const media = await lab.media({audio: true});
                const up = sc.newUpStream();
                up.label = label;
                Object.assign(up.labels, labels);
                up.setStream(media);
                up.pc.addTrack(media.getTracks()[0], media);
                const offer = await lab.until(() => socket.sent.find(message => message.type === 'offer'));
                result.push([offer.label ?? null, up.label]);
                sc.close();
            }
            return result;
        });
        assert.deepEqual(r, [['video', 'video'], [null, null]]);
    });

    it('up: a replaced stream closes before newUpStream returns, without a close message', async () => {
        const r = await run(async () => {
            const {sc, socket} = lab.joined();
            const server = lab.answering(socket);
            const media = await lab.media({audio: true});
            const log = [];
            const make = localId => {
                const stream = sc.newUpStream(localId);
                stream.label = 'camera';
                stream.onclose = replace => log.push(['close', stream.id, replace]);
                log.push(['made', stream.id]);
                return stream;
            };
            const first = make('mine');
            first.setStream(media);
            first.pc.addTrack(media.getTracks()[0], media);
            await lab.until(() => first.localDescriptionSent);
            // Never offered: the third replaces what the second was to replace.
            const second = make('mine');
            const third = make('mine');
            third.setStream(media);
            third.pc.addTrack(media.getTracks()[0], media);
            await lab.until(() => third.localDescriptionSent);
            const offers = socket.sent.filter(message => message.type === 'offer');
            const closes = socket.sent.filter(message => message.type === 'close');
            const result = {ids: [first.id, second.id, third.id], log, replace: offers.map(offer => offer.replace ?? null),
                closes, localIds: [first.localId, second.localId, third.localId], up: Object.keys(sc.up), after: third.replace};
            server.close();
            sc.close();
            return result;
        });
        const [first, second, third] = r.ids;
        assert.deepEqual(r.log, [['made', first], ['close', first, true], ['made', second], ['close', second, true], ['made', third]]);
        assert.deepEqual(r.replace, [null, first]);
        assert.deepEqual(r.closes, []);
        assert.deepEqual(r.localIds, ['mine', 'mine', 'mine']);
        assert.deepEqual(r.up, [third]);
        assert.equal(r.after, null);
    });

    it('up: closing a replacement that was never offered closes the original', async () => {
        const r = await run(async () => {
            const {sc, socket} = lab.joined();
            const media = await lab.media({audio: true});
            const first = sc.newUpStream('x');
            first.pc.addTrack(media.getTracks()[0], media);
            await lab.until(() => first.localDescriptionSent);
            sc.newUpStream('x').close();
            const closes = socket.sent.filter(message => message.type === 'close');
            sc.close();
            return {closes, id: first.id};
        });
        assert.deepEqual(r.closes, [{type: 'close', id: r.id}]);
    });

    it('up: abort calls onabort, then closes once; both styles', async () => {
        const r = await run(async () => {
            const {sc, socket} = lab.joined();
            const server = lab.answering(socket);
            const media = await lab.media({audio: true});
            const result = {};
            for (const style of ['application closes', 'library closes', 'no callback', 'callback throws']) {
                const log = [];
                const stream = sc.newUpStream();
                stream.onclose = replace => log.push(`close ${replace}`);
                if (style === 'application closes') {
                    stream.onabort = function() {
                        log.push('abort');
                        this.close();
                    };
                } else if (style === 'library closes') {
                    stream.onabort = () => log.push('abort');
                } else if (style === 'callback throws') {
                    window.reportError = error => log.push(error.message);
                    stream.onabort = () => {
                        throw new Error('thrown');
                    };
                }
                stream.pc.addTrack(media.getTracks()[0], media);
                await lab.until(() => stream.localDescriptionSent);
                socket.deliver({type: 'abort', id: stream.id});
                log.push(socket.sent.filter(message => message.type === 'close' && message.id === stream.id).length);
                result[style] = log;
            }
            server.close();
            sc.close();
            return result;
        });
        assert.deepEqual(r, {
            'application closes': ['abort', 'close false', 1],
            'library closes': ['abort', 'close false', 1],
            'no callback': ['close false', 1],
            'callback throws': ['thrown', 'close false', 1],
        });
    });

    it('up: a failed negotiation goes to onerror, then closes', async () => {
        const r = await run(async () => {
            const {sc, socket} = lab.joined();
            const media = await lab.media({audio: true});
            const log = [];
            const stream = sc.newUpStream();
            stream.onerror = error => log.push(['error', error instanceof Error]);
            stream.onclose = () => log.push(['close']);
            stream.pc.addTrack(media.getTracks()[0], media);
            await lab.until(() => stream.localDescriptionSent);
            socket.deliver({type: 'answer', id: stream.id, sdp: 'nonsense'});
            await lab.until(() => log.length === 2);
            sc.close();
            return log;
        });
        assert.deepEqual(r, [['error', true], ['close']]);
    });

    it('up: renegotiation is asked for by the server', async () => {
        const r = await run(async () => {
            const {sc, socket} = lab.joined();
            const server = lab.answering(socket);
            const media = await lab.media({audio: true});
            const stream = sc.newUpStream();
            stream.label = 'camera';
            stream.pc.addTrack(media.getTracks()[0], media);
            await lab.until(() => stream.pc.signalingState === 'stable' && stream.pc.remoteDescription);
            const ufrag = sdp => /^a=ice-ufrag:(\S+)/m.exec(sdp)[1];
            socket.deliver({type: 'renegotiate', id: stream.id});
            const offers = await lab.until(() => {
                const all = socket.sent.filter(message => message.type === 'offer');
                return all.length === 2 && all;
            });
            server.close();
            sc.close();
            return {kinds: offers.map(offer => offer.kind || ''), ids: offers[0].id === offers[1].id,
                restarted: ufrag(offers[0].sdp) !== ufrag(offers[1].sdp)};
        });
        assert.deepEqual(r, {kinds: ['', 'renegotiate'], ids: true, restarted: true});
    });

    it('down: labels are there at ondownstream, and right at ondowntrack', async () => {
        const r = await run(async () => {
            const result = {};
            const media = await lab.media();
            for (const label of ['camera', 'screenshare']) {
                const {sc, socket, events} = lab.joined();
                const server = lab.answering(socket);
                const log = [];
                sc.ondownstream = function(stream) {
                    log.push(['stream', this === sc, stream.id, stream.label, stream.source, stream.username,
                        stream.up, stream.stream, Object.values(stream.labels).sort()]);
                    stream.ondowntrack = function(track, transceiver, mediaStream) {
                        log.push(['track', track.kind, this.labels[track.id], this.stream === mediaStream,
                            transceiver.receiver.track === track]);
                    };
                };
                await server.offer(`down-${label}`, {media, label, source: 'bob', username: 'bob'});
                await lab.until(() => log.length === 3);
                result[label] = {log, bob: {...sc.users.bob.streams}, eve: {...sc.users.eve.streams},
                    own: {...sc.users[sc.id].streams}, changes: events.filter(([name]) => name === 'onuser')};
                server.close();
                sc.close();
            }
            return result;
        });
        for (const [label, picture] of [['camera', 'video'], ['screenshare', 'screenshare']]) {
            const {log, bob, eve, own, changes} = r[label];
            assert.deepEqual(log[0], ['stream', true, `down-${label}`, label, 'bob', 'bob', false, null, ['audio', picture].sort()]);
            assert.deepEqual(log.slice(1).sort(), [
                ['track', 'audio', 'audio', true, true],
                ['track', 'video', picture, true, true],
            ]);
            assert.deepEqual(bob, {[label]: {audio: true, video: true}});
            assert.deepEqual(eve, {});
            assert.deepEqual(own, {});
            assert.ok(changes.every((/** @type {any[]} */ change) => change[1] === 'bob' && change[2] === 'change'));
        }
    });

    it('down: a user who sends only sound has no camera, whatever others send', async () => {
        const r = await run(async () => {
            const {sc, socket} = lab.joined();
            const server = lab.answering(socket);
            const tracks = {};
            sc.ondownstream = stream => {
                stream.ondowntrack = () => {
                    tracks[stream.id] = (tracks[stream.id] ?? 0) + 1;
                };
            };
            await server.offer('b', {media: await lab.media(), label: 'camera', source: 'bob', username: 'bob'});
            await server.offer('e', {media: await lab.media({audio: true}), label: 'camera', source: 'eve', username: 'eve'});
            await lab.until(() => tracks.b === 2 && tracks.e === 1);
            const result = {bob: {...sc.users.bob.streams}, eve: {...sc.users.eve.streams}};
            socket.deliver({type: 'close', id: 'b'});
            result.after = {...sc.users.bob.streams};
            server.close();
            sc.close();
            return result;
        });
        assert.deepEqual(r, {
            bob: {camera: {audio: true, video: true}},
            eve: {camera: {audio: true}},
            after: {},
        });
    });

    it('down: ondownstream once, also when the stream is renegotiated; onstream is the alias', async () => {
        const r = await run(async () => {
            const {sc, socket} = lab.joined();
            const server = lab.answering(socket);
            const log = [];
            sc.onstream = stream => {
                log.push('onstream');
                stream.onnegotiationcompleted = () => log.push('completed');
            };
            await server.offer('d', {media: await lab.media({audio: true}), source: 'bob', username: 'bob'});
            await server.offer('d', {media: await lab.media(), source: 'bob', username: 'bob'});
            await lab.until(() => log.filter(entry => entry === 'completed').length === 2);
            const labels = Object.values(sc.down.d.labels).sort();
            sc.ondownstream = () => log.push('ondownstream');
            await server.offer('e', {media: await lab.media({audio: true}), source: 'eve', username: 'eve'});
            server.close();
            sc.close();
            return {log: log.filter(entry => entry !== 'completed'), labels};
        });
        assert.deepEqual(r.log, ['onstream', 'ondownstream']);
        assert.deepEqual([...new Set(r.labels)], ['audio', 'video']);
    });

    it('down: a replacement comes with the same local id, right after onclose(true)', async () => {
        const r = await run(async () => {
            const {sc, socket} = lab.joined();
            const server = lab.answering(socket);
            const log = [];
            sc.ondownstream = stream => {
                log.push(['down', stream.id, stream.localId]);
                stream.onclose = replace => log.push(['close', stream.id, replace]);
            };
            const media = await lab.media({audio: true});
            await server.offer('first', {media, source: 'bob', username: 'bob'});
            await server.offer('second', {media, source: 'bob', username: 'bob', replace: 'first'});
            await server.offer('third', {media, source: 'bob', username: 'bob', replace: 'unknown'});
            const down = Object.keys(sc.down);
            server.close();
            sc.close();
            return {log: log.slice(0, 4), down};
        });
        const [, , localId] = r.log[0];
        assert.deepEqual(r.log.slice(0, 3), [['down', 'first', localId], ['close', 'first', true], ['down', 'second', localId]]);
        assert.notEqual(r.log[3][2], localId);
        assert.deepEqual(r.down, ['second', 'third']);
    });

    it('down: refusals', async () => {
        const r = await run(async () => {
            const {sc, socket} = lab.joined();
            const result = {};
            // An id that is ours.
            const up = sc.newUpStream();
            socket.deliver({type: 'offer', id: up.id, source: 'bob', sdp: 'v=0'});
            result.ours = [...socket.sent.splice(0), Object.keys(sc.down).length].map(x => x.type ?? x);
            // A description that is none.
            const log = [];
            sc.ondownstream = stream => {
                stream.onerror = error => log.push(error instanceof Error);
                stream.onclose = replace => log.push(replace);
            };
            socket.deliver({type: 'offer', id: 'bad', source: 'bob', sdp: 'nonsense'});
            result.bad = await lab.until(() => socket.sent.find(message => message.type === 'abort'));
            socket.deliver({type: 'close', id: 'bad'});
            result.log = log;
            // No peer connection.
            socket.sent.length = 0;
            const real = window.RTCPeerConnection;
            window.RTCPeerConnection = function() {
                throw new Error('no more');
            };
            socket.deliver({type: 'offer', id: 'none', source: 'bob', sdp: 'v=0'});
            await lab.settle(50);
            try {
                sc.newUpStream();
                result.up = 'no exception';
            } catch (error) {
                result.up = error.message;
            }
            window.RTCPeerConnection = real;
            result.none = socket.sent.splice(0);
            sc.close();
            return result;
        });
        assert.deepEqual(r.ours, ['abort', 0]);
        assert.deepEqual(r.bad, {type: 'abort', id: 'bad'});
        assert.deepEqual(r.log, [true, false]);
        assert.deepEqual(r.none, [{type: 'abort', id: 'none'}]);
        assert.equal(r.up, 'no more');
    });

    it('down: a request before the answer waits; after the end it does nothing', async () => {
        const r = await run(async () => {
            const {sc, socket} = lab.joined();
            const server = lab.answering(socket);
            let stream;
            sc.ondownstream = s => {
                stream = s;
                s.request(['audio']);
                s.request('everything-low');
            };
            await server.offer('d', {media: await lab.media(), label: 'camera', source: 'bob', username: 'bob'});
            await lab.until(() => socket.sent.some(message => message.type === 'requestStream'));
            const types = socket.sent.splice(0).filter(message => message.type !== 'ice');
            stream.request('audio');
            stream.request(null);
            stream.abort();
            stream.restartIce();
            const later = socket.sent.splice(0).filter(message => message.type !== 'ice');
            socket.deliver({type: 'close', id: 'd'});
            stream.request(['audio']);
            stream.close();
            const afterwards = socket.sent.splice(0).filter(message => message.type !== 'ice');
            const errors = [];
            const up = sc.newUpStream();
            for (const f of [() => up.request(['audio']), () => up.abort()]) {
                try {
                    f();
                } catch (error) {
                    errors.push(error.message);
                }
            }
            const negotiate = await stream.negotiate().then(() => 'fine', () => 'rejected');
            server.close();
            sc.close();
            return {types: types.map(({type, request}) => [type, request]), later, afterwards, errors: errors.length, negotiate};
        });
        assert.deepEqual(r.types, [['answer', null], ['requestStream', ['audio', 'video-low']]].map(([type, request]) =>
            type === 'answer' ? [type, r.types[0][1]] : [type, request]));
        assert.deepEqual(r.later, [
            {type: 'requestStream', id: 'd', request: ['audio']},
            {type: 'requestStream', id: 'd', request: null},
            {type: 'abort', id: 'd'},
            {type: 'renegotiate', id: 'd'},
        ]);
        assert.deepEqual(r.afterwards, []);
        assert.equal(r.errors, 2);
        assert.equal(r.negotiate, 'rejected');
    });

    it('addTracks: two layers with simulcast, one without rid otherwise, none for screens', async () => {
        const r = await run(async () => {
            const {sc} = lab.joined();
            const media = await lab.media();
            const encodings = (label, options) => {
                const stream = sc.newUpStream();
                stream.label = label;
                stream.addTracks(media, options);
                const result = stream.pc.getTransceivers().map(t => [t.direction, t.sender.track.kind,
                    t.sender.getParameters().encodings.map(e => [e.rid ?? null, e.maxBitrate ?? null, e.scaleResolutionDownBy ?? 1])]);
                const set = stream.stream === media;
                stream.close();
                return [set, Object.fromEntries(result.map(([direction, kind, list]) => [kind, [direction, list]]))];
            };
            const result = {
                simulcast: encodings('camera', {simulcast: true, maxVideoBitrate: 700_000, maxAudioBitrate: 128_000}),
                single: encodings('camera', {maxVideoBitrate: 300_000}),
                screen: encodings('screenshare', {simulcast: true, maxVideoBitrate: 300_000}),
            };
            sc.close();
            return result;
        });
        assert.deepEqual(r.simulcast[1].video, ['sendonly', [['h', 700_000, 1], ['l', 100_000, 2]]]);
        assert.equal(r.simulcast[1].audio[1][0][1], 128_000);
        assert.deepEqual(r.single[1].video, ['sendonly', [[null, 300_000, 1]]]);
        assert.deepEqual(r.screen[1].video, ['sendonly', [[null, 300_000, 1]]]);
        assert.ok(r.simulcast[0] && r.single[0] && r.screen[0]);
    });

    it('statistics: rates from the second round on, older names not enumerable', async () => {
        const r = await run(async () => {
            const {sc, socket} = lab.joined();
            const server = lab.answering(socket);
            const media = await lab.media();
            const up = sc.newUpStream();
            up.label = 'camera';
            up.addTracks(media);
            const down = await new Promise(resolve => {
                sc.ondownstream = resolve;
                server.offer('d', {media, label: 'camera', source: 'bob', username: 'bob'});
            });
            await lab.until(() => up.pc.connectionState === 'connected' && down.pc.connectionState === 'connected');
            await lab.settle(500);
            const result = {};
            for (const [name, stream] of [['up', up], ['down', down]]) {
                const rounds = [];
                stream.onstats = function(stats) {
                    rounds.push([this === stream, stats === stream.stats, structuredClone(stats)]);
                };
                await stream.updateStats();
                await lab.settle(1500);
                await stream.updateStats();
                const both = [stream.updateStats(), stream.updateStats()];
                result[`${name}Skipped`] = both[0] === both[1];
                await Promise.all(both);
                result[name] = rounds.slice(0, 2);
                const id = (name === 'up' ? media : stream.stream).getVideoTracks()[0].id;
                result[`${name}Alias`] = name === 'up' ?
                    [Object.keys(stream.stats).includes(id), stream.stats[id]['outbound-rtp'].bytesSent > 0] :
                    [Object.keys(stream.stats[id]).includes('track'), stream.stats[id].track === stream.stats[id]['inbound-rtp']];
                stream.onstats = () => rounds.push('again');
                stream.setStatsInterval(50);
                await lab.until(() => rounds.at(-1) === 'again');
                stream.setStatsInterval(0);
                result[`${name}Handler`] = stream.statsHandler;
            }
            server.close();
            sc.close();
            return result;
        });
        for (const [isThis, isStats, stats] of r.up.concat(r.down)) {
            assert.ok(isThis && isStats);
            assert.equal(Object.keys(stats).length, 2);
        }
        for (const entry of Object.values(r.up[0][2]))
            assert.equal('rate' in entry['outbound-rtp'], false);
        assert.ok(Object.values(r.up[1][2]).every(entry => entry['outbound-rtp'].rate > 0), JSON.stringify(r.up[1][2]));
        assert.ok(Object.keys(r.up[1][2]).every(key => /-\d+$/.test(key)));
        for (const entry of Object.values(r.down[0][2]))
            assert.equal('audioEnergy' in entry['inbound-rtp'], false);
        const energies = Object.values(r.down[1][2]).map(entry => entry['inbound-rtp'].audioEnergy).filter(x => x !== undefined);
        assert.ok(energies.length >= 1 && energies.every(energy => energy >= 0 && energy <= 1), JSON.stringify(r.down[1][2]));
        assert.ok(Object.values(r.down[1][2]).every(entry => entry['inbound-rtp'].rate > 0), JSON.stringify(r.down[1][2]));
        assert.deepEqual(r.upAlias, [false, true]);
        assert.deepEqual(r.downAlias, [false, true]);
        assert.ok(r.upSkipped && r.downSkipped);
        assert.equal(r.upHandler, null);
        assert.equal(r.downHandler, null);
    });

    it('the end of the connection closes all streams first, even when callbacks throw', async () => {
        const r = await run(async () => {
            const {sc, socket} = lab.joined();
            const server = lab.answering(socket);
            const media = await lab.media({audio: true});
            const log = [];
            window.reportError = error => log.push(`reported ${error.message}`);
            const up = sc.newUpStream();
            up.setStream(media);
            up.pc.addTrack(media.getTracks()[0], media);
            sc.ondownstream = stream => {
                stream.onclose = function(replace) {
                    log.push(`down ${replace} ${this.sc === sc}`);
                    throw new Error('down');
                };
            };
            await server.offer('d', {media, source: 'bob', username: 'bob'});
            up.onclose = function(replace) {
                log.push(`up ${replace} ${this.sc === sc}`);
                throw new Error('up');
            };
            const down = sc.down.d;
            sc.onuser = null;
            sc.onjoined = kind => log.push(kind);
            sc.onclose = code => log.push(`close ${code} ${Object.keys(sc.up).length} ${Object.keys(sc.down).length}`);
            socket.sent.length = 0;
            socket.end(1011, '');
            server.close();
            return {log, sc: [up.sc, down.sc], states: [up.pc.signalingState, down.pc.signalingState],
                sent: socket.sent.filter(message => message.type !== 'ice')};
        });
        assert.deepEqual(r.log, ['up false true', 'reported up', 'down false true', 'reported down', 'leave', 'close 1011 0 0']);
        assert.deepEqual(r.sc, [null, null]);
        assert.deepEqual(r.states, ['closed', 'closed']);
        assert.deepEqual(r.sent, []);
    });

    it('onpeerconnection chooses the configuration', async () => {
        const r = await run(async () => {
            const {sc, socket} = lab.joined();
            socket.deliver({type: 'joined', kind: 'change', group: 'g', username: 'ada',
                rtcConfiguration: {iceServers: [{urls: ['stun:127.0.0.1:3478']}]}});
            const own = {iceServers: [], iceTransportPolicy: 'relay'};
            const result = [];
            for (const callback of [null, () => null, () => undefined, () => own, () => {
                throw new Error('x');
            }]) {
                sc.onpeerconnection = callback;
                window.reportError = () => undefined;
                const stream = sc.newUpStream();
                result.push(stream.pc.getConfiguration().iceTransportPolicy + stream.pc.getConfiguration().iceServers.length);
                stream.close();
            }
            sc.close();
            return result;
        });
        assert.deepEqual(r, ['all1', 'all1', 'all1', 'relay0', 'all1']);
    });

    it('many joins and leaves leave nothing', async () => {
        const r = await run(async () => {
            const media = await lab.media({audio: true});
            const {sc, socket, events} = lab.joined();
            let open = 0;
            const server = lab.answering(socket);
            for (let i = 0; i < 20; i++) {
                const up = sc.newUpStream();
                up.pc.addTrack(media.getTracks()[0], media);
                await server.offer(`d${i}`, {media, source: 'bob', username: 'bob'});
                const down = sc.down[`d${i}`];
                sc.leave();
                socket.deliver({type: 'joined', kind: 'leave', group: 'g', username: 'ada'});
                open += [up, down].filter(stream => stream.sc !== null || stream.pc.signalingState !== 'closed').length;
                sc.join('g', 'ada', '');
                socket.deliver({type: 'joined', kind: 'join', group: 'g', username: 'ada', rtcConfiguration: {}});
            }
            const left = [open, Object.keys(sc.up).length, Object.keys(sc.down).length, Object.keys(sc.users).length,
                Object.keys(sc.transferredFiles).length, sc.group];
            server.close();
            socket.end(1000, '');
            return {left, timer: sc.pingHandler, leaves: events.filter(event => event[1] === 'leave').length};
        });
        assert.deepEqual(r.left, [0, 0, 0, 0, 0, 'g']);
        assert.equal(r.timer, null);
        assert.equal(r.leaves, 21);
    });
});
