// protocol.js: streams that we receive (client-library.md 3.2, 3.6, 3.7, 4, 9.3, 9.8).

import assert from 'node:assert/strict';
import {it} from 'node:test';
import {describeInLab} from './lib/lab.mjs';

/* global lab */

describeInLab('streams that we receive', run => {
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
});
