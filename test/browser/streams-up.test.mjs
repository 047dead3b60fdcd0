// protocol.js: streams that we send (client-library.md 3.7, 4, 7, 9.3, 9.5, 9.9).

import assert from 'node:assert/strict';
import {it} from 'node:test';
import {describeInLab} from './lib/lab.mjs';

/* global lab */

describeInLab('streams that we send', run => {
    it('up: offer, candidates, connection, close', async () => {
        const r = await run(async () => {
            const {sc, socket, events} = lab.joined();
            const server = lab.answering(socket);
            const media = await lab.media();
            const stream = sc.newUpStream();
            const before = {stream: stream.stream, up: stream.up, listed: sc.up[stream.id] === stream,
                found: sc.findByLocalId(stream.localId) === stream, label: stream.label, labels: stream.labels};
            const log = [];
            stream.onnegotiationcompleted = () => log.push('negotiated');
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
        assert.equal(r.log.filter((/** @type {any} */ entry) => entry === 'negotiated').length, 1);
        assert.equal(r.log.includes('completed'), false);
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
});
