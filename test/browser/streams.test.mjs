// protocol.js: statistics, configuration and the end of streams (client-library.md 2,
// 3.2, 6).

import assert from 'node:assert/strict';
import {it} from 'node:test';
import {describeInLab} from './lib/lab.mjs';

/* global lab */

describeInLab('all streams', run => {
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

    it('onstatus says connected where the browser says completed; a failure restarts ICE', async () => {
        const r = await run(async () => {
            const {sc} = lab.joined();
            const stream = sc.newUpStream();
            const log = [];
            stream.onstatus = status => log.push(status);
            stream.restartIce = () => log.push('restart');
            let state;
            Object.defineProperty(stream.pc, 'iceConnectionState', {get: () => state});
            for (state of ['checking', 'connected', 'completed', 'disconnected', 'failed', 'closed'])
                stream.pc.oniceconnectionstatechange(new Event('iceconnectionstatechange'));
            sc.close();
            return log;
        });
        assert.deepEqual(r, ['checking', 'connected', 'connected', 'disconnected', 'failed', 'restart', 'closed']);
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
