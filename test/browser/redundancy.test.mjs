// Sound with redundancy (RFC 2198): a browser sends it where the group's codecs prefer
// it, and gets it (media.md 8.3).

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {meeting} from './lib/meeting.mjs';

/** Somebody who makes a sound, and somebody who listens, in one page. */
async function couple(/** @type {{endpoint: string, group: string}} */ {endpoint, group}) {
    const {ServerConnection} = await import(/** @type {any} */ ('/protocol.mjs'));
    const audio = new AudioContext();
    const destination = audio.createMediaStreamDestination();
    const oscillator = audio.createOscillator();
    oscillator.connect(destination);
    oscillator.start();
    const media = destination.stream;
    const join = (/** @type {string} */ name) => new Promise((resolve, reject) => {
        const sc = new ServerConnection();
        sc.onconnected = () => sc.join(group, name, '');
        sc.onjoined = (/** @type {string} */ kind) => kind === 'join' && resolve(sc);
        sc.connect(endpoint).catch(reject);
    });
    const listener = await join('Bob');
    const state = {/** @type {any} */ down: null};
    Object.defineProperty(window, '__red', {value: state});
    listener.request({'': ['audio']});
    listener.ondownstream = (/** @type {any} */ stream) => {
        state.down = stream;
        stream.ondowntrack = (/** @type {any} */ _track, /** @type {any} */ _transceiver, /** @type {MediaStream} */ received) => {
            const element = new Audio();
            element.srcObject = received;
            void element.play();
        };
    };
    const up = (await join('Ada')).newUpStream();
    up.label = 'camera';
    up.setStream(media);
    up.pc.addTransceiver(media.getAudioTracks()[0], {direction: 'sendonly', streams: [media]});
}

describe('redundant sound (chromium)', {timeout: 120_000}, () => {
    const room = meeting({description: {codecs: ['red', 'opus']}});

    it('is sent, and heard', async () => {
        const page = await room.browser().newPage();
        try {
            await page.goto(room.url());
            await page.evaluate(couple, {endpoint: room.server().endpoint, group: room.group()});
            // What has been received already is discarded when it comes again.
            await page.waitFor(async () => {
                const {down} = /** @type {any} */ (window).__red;
                const reports = down ? [...(await down.pc.getStats()).values()] : [];
                const inbound = reports.find(r => r.type === 'inbound-rtp');
                return inbound?.totalAudioEnergy > 0 && inbound.packetsReceived > 50 &&
                    inbound.packetsDiscarded > inbound.packetsReceived / 2;
            });
            assert.deepEqual(page.errors, []);
        } finally {
            await page.close();
        }
    });
});
