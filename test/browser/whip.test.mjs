// Streams over HTTP: a page that publishes with WHIP, without any of our scripts, is
// seen by people in the call page, and another page watches it with WHEP.

import assert from 'node:assert/strict';
import {after, before, describe, it} from 'node:test';
import {launch} from './lib/browsers.mjs';
import {startGalene} from './lib/galene.mjs';
import {Person} from './lib/person.mjs';

const description = {
    users: {host: {password: 'let me in', permissions: 'op'}},
    'wildcard-user': {password: {type: 'wildcard'}, permissions: 'present'},
};

/**
 * Runs in a page: makes a session as RFC 9725 has it, and trickles its candidates.
 *
 * @param {{endpoint: string, colour: string}} options the colour is published; without
 *     one, the page watches
 */
async function stream({endpoint, colour}) {
    const pc = new RTCPeerConnection();
    if (colour) {
        const canvas = document.createElement('canvas');
        canvas.width = 640;
        canvas.height = 360;
        const context = canvas.getContext('2d');
        let frame = 0;
        setInterval(() => {
            context.fillStyle = colour;
            context.fillRect(0, 0, 640, 360);
            context.fillStyle = 'white';
            context.fillRect((frame++ * 8) % 640, 0, 16, 24);
        }, 50);
        pc.addTransceiver(canvas.captureStream(20).getVideoTracks()[0], {direction: 'sendonly'});
    } else {
        const video = document.createElement('video');
        video.muted = true;
        document.body.append(video);
        pc.ontrack = event => {
            video.srcObject = new MediaStream([event.track]);
            video.play();
        };
        pc.addTransceiver('video', {direction: 'recvonly'});
    }
    const candidates = [];
    const gathered = new Promise(resolve => {
        pc.onicecandidate = ({candidate}) =>
            candidate?.candidate ? candidates.push(candidate.candidate) : candidate || resolve(undefined);
    });
    await pc.setLocalDescription(await pc.createOffer());
    const response = await fetch(endpoint, {
        method: 'POST', headers: {'Content-Type': 'application/sdp'}, body: pc.localDescription.sdp,
    });
    if (response.status !== 201)
        throw new Error(`${response.status}: ${await response.text()}`);
    const session = new URL(response.headers.get('Location'), endpoint).href;
    await pc.setRemoteDescription({type: 'answer', sdp: await response.text()});
    await gathered;
    const value = name => new RegExp(`a=${name}:(.*)\r\n`).exec(pc.localDescription.sdp)[1];
    const patch = await fetch(session, {
        method: 'PATCH',
        headers: {'Content-Type': 'application/trickle-ice-sdpfrag', 'If-Match': response.headers.get('ETag')},
        body: `a=ice-ufrag:${value('ice-ufrag')}\r\na=ice-pwd:${value('ice-pwd')}\r\n` +
            `m=video 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:${value('mid')}\r\n` +
            candidates.map(candidate => `a=${candidate}\r\n`).join('') + 'a=end-of-candidates\r\n',
    });
    if (patch.status !== 204)
        throw new Error(`PATCH ${patch.status}: ${await patch.text()}`);
    window.__stream = {pc, session};
}

/** Runs in a page: the colour of the picture that is watched, or null. */
function watched() {
    const video = document.querySelector('video');
    if (!video || video.videoWidth === 0)
        return null;
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = 1;
    const context = canvas.getContext('2d', {willReadFrequently: true});
    context.drawImage(video, video.videoWidth / 4, video.videoHeight / 2, 1, 1, 0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

describe('streams over HTTP', {timeout: 200_000}, () => {
    /** @type {import('./lib/galene.mjs').Galene} */
    let galene;
    /** @type {Record<string, Awaited<ReturnType<typeof launch>>>} */
    const browsers = {};

    before(async () => {
        galene = await startGalene({});
        browsers.chromium = await launch('chromium');
        browsers.firefox = await launch('firefox');
    });
    after(async () => {
        await browsers.chromium?.close();
        await browsers.firefox?.close();
        await galene?.stop();
    });

    for (const [publisher, watcher] of [['chromium', 'firefox'], ['firefox', 'chromium']]) {
        it(`${publisher} publishes, people and a page in ${watcher} see it`, async () => {
            const group = `over-http-${publisher}`;
            await galene.setGroup(group, description);
            const ada = await Person.join(browsers.chromium, `${galene.url}group/${group}/`, {name: 'Ada', camera: 'red'});
            const encoder = await browsers[publisher].newPage();
            await encoder.goto(galene.url);
            await encoder.evaluate(stream, {endpoint: `${galene.url}group/${group}/.whip`, colour: 'lime'});
            await ada.awaitPictures(['lime']);

            // The encoder comes before cameras.
            const player = await browsers[watcher].newPage();
            await player.goto(galene.url);
            await player.evaluate(stream, {endpoint: `${galene.url}group/${group}/.whep`, colour: ''});
            const deadline = Date.now() + 30_000;
            for (;;) {
                const pixel = await player.evaluate(watched);
                if (pixel && pixel[0] < 60 && pixel[1] > 180 && pixel[2] < 60)
                    break;
                assert.ok(Date.now() < deadline, `the player shows ${pixel}`);
                await new Promise(resolve => setTimeout(resolve, 100));
            }

            const status = await encoder.evaluate(async () =>
                (await fetch(window.__stream.session, {method: 'DELETE'})).status);
            assert.equal(status, 200);
            await ada.awaitPictures([]);
            for (const page of [encoder, player])
                assert.deepEqual(page.errors, []);
            await Promise.all([ada.close(), encoder.close(), player.close()]);
        });
    }
});
