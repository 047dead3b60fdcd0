// Spatial layers within one stream: a receiver that asks for the small picture gets
// the lowest layer, and all of them again, without an exchange of descriptions (R-1.40,
// Those of AV1 are told by the dependency descriptor.

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {meeting} from '../lib/meeting.mjs';

/** Somebody who sends a picture in layers, and somebody who watches it, in one page. */
async function couple(/** @type {{endpoint: string, group: string, mime: string, mode: string}} */ {endpoint, group, mime, mode}) {
    const {ServerConnection} = await import(/** @type {any} */ ('/protocol.mjs'));
    const canvas = document.createElement('canvas');
    // So small that all layers fit into the least that a sender is ever allowed.
    canvas.width = 480;
    canvas.height = 270;
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    let frame = 0;
    setInterval(() => {
        context.fillStyle = 'navy';
        context.fillRect(0, 0, 480, 270);
        context.fillStyle = 'gold';
        context.fillRect((frame++ * 8) % 450, 100, 30, 30);
    }, 100);
    const media = canvas.captureStream(10);
    const join = (/** @type {string} */ name) => new Promise((resolve, reject) => {
        const sc = new ServerConnection();
        sc.onconnected = () => sc.join(group, name, '');
        sc.onjoined = (/** @type {string} */ kind) => kind === 'join' && resolve(sc);
        sc.connect(endpoint).catch(reject);
    });
    const watcher = await join('Bob');
    const state = {watcher, offers: 0, /** @type {any} */ down: null, /** @type {any} */ up: null};
    Object.defineProperty(window, '__svc', {value: state});
    watcher.request({'': ['video']});
    watcher.ondownstream = (/** @type {any} */ stream) => {
        state.down = stream;
        const video = document.createElement('video');
        video.muted = true;
        video.autoplay = true;
        document.body.append(video);
        stream.ondowntrack = (/** @type {any} */ _track, /** @type {any} */ _transceiver, /** @type {MediaStream} */ received) => {
            video.srcObject = received;
        };
    };
    watcher.socket.addEventListener('message', (/** @type {MessageEvent} */ event) => {
        if (JSON.parse(event.data).type === 'offer')
            state.offers++;
    });

    const up = (await join('Ada')).newUpStream();
    state.up = up;
    up.label = 'camera';
    up.setStream(media);
    const transceiver = up.pc.addTransceiver(media.getVideoTracks()[0], {direction: 'sendonly', streams: [media],
        sendEncodings: [{scalabilityMode: mode, maxBitrate: 1_000_000}]});
    transceiver.setCodecPreferences(RTCRtpReceiver.getCapabilities('video')?.codecs
        .filter(codec => [mime, 'video/rtx'].includes(codec.mimeType)));
    const parameters = transceiver.sender.getParameters();
    parameters.degradationPreference = 'maintain-resolution';
    await transceiver.sender.setParameters(parameters);
}

/** What is sent and received, for the message of a test that fails. */
function diagnosis(/** @type {import('./lib/browsers.mjs').Page} */ page) {
    return page.evaluate(async () => {
        const {up, down} = /** @type {any} */ (window).__svc;
        const shown = ['type', 'frameWidth', 'framesPerSecond', 'framesEncoded', 'framesDecoded', 'keyFramesEncoded', 'keyFramesDecoded',
            'pliCount', 'packetsLost', 'targetBitrate', 'qualityLimitationReason', 'scalabilityMode', 'availableOutgoingBitrate'];
        const lines = [];
        for (const stream of [up, down]) {
            for (const report of stream ? (await stream.pc.getStats()).values() : []) {
                if (/bound-rtp$|^candidate-pair/.test(report.type))
                    lines.push(shown.filter(name => name in report).map(name => `${name} ${report[name]}`).join(', '));
            }
        }
        return lines.join('\n');
    });
}

/** Waits for frames of a width that go on being decoded, and returns their codec. */
async function awaitWidth(/** @type {import('../lib/browsers.mjs').Page} */ page, /** @type {number} */ width) {
    const report = () => page.waitFor(async (/** @type {number} */ wanted) => {
        const {down} = /** @type {any} */ (window).__svc;
        const reports = down ? [...(await down.pc.getStats()).values()] : [];
        const inbound = reports.find(r => r.type === 'inbound-rtp' && r.frameWidth === wanted && r.framesDecoded > 0);
        return inbound && {frames: inbound.framesDecoded, codec: reports.find(r => r.id === inbound.codecId)?.mimeType};
    }, width, 30_000).catch(async error => {
        throw new Error(`${error.message}\n${await diagnosis(page)}`);
    });
    const {frames, codec} = await report();
    for (let last = frames; last < frames + 5;)
        last = (await report()).frames;
    return codec;
}

describe('spatial layers (chromium)', {timeout: 180_000}, () => {
    const room = meeting({description: {codecs: ['vp9', 'av1']}});

    for (const [mime, mode] of [['video/VP9', 'L2T3'], ['video/AV1', 'L2T3'], ['video/AV1', 'L2T3_KEY']]) {
        it(`${mime} ${mode}: layers are left out and sent again on request, without offers`, async () => {
            const page = await room.browser().newPage();
            try {
                await page.goto(room.url());
                await page.evaluate(couple, {endpoint: room.server().endpoint, group: room.group(), mime, mode});
                const request = (/** @type {string} */ what) => page.evaluate((/** @type {string} */ video) =>
                    /** @type {any} */ (window).__svc.watcher.request({'': [video]}), what);
                assert.equal(await awaitWidth(page, 480), mime);
                await request('video-low');
                await awaitWidth(page, 240);
                await request('video');
                await awaitWidth(page, 480);
                assert.equal(await page.evaluate(() => /** @type {any} */ (window).__svc.offers), 1);
                assert.deepEqual(page.errors, []);
            } finally {
                await page.close();
            }
        });
    }
});
