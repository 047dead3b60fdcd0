// The background is blurred by the library that administrators may install, the real
// one, with its real model (ui.md 1.12; 2, no. 48). Chromium only: the library needs WebGL,
// which Firefox does not have on a machine without a GPU.

import assert from 'node:assert/strict';
import {cp, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, describe, it} from 'node:test';
import {fileURLToPath} from 'node:url';
import {launch} from './lib/browsers.mjs';
import {startGalene} from './lib/galene.mjs';
import {accessible, shots} from './lib/look.mjs';
import {large, Person} from './lib/person.mjs';

const packages = fileURLToPath(new URL('../../node_modules/', import.meta.url));

/** Has the camera show somebody before a wall with stripes, in a shirt with stripes. */
function showSomebody() {
    navigator.mediaDevices.getUserMedia = async () => {
        const canvas = Object.assign(document.createElement('canvas'), {width: 640, height: 360});
        const c = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
        const ellipse = (/** @type {string} */ colour, /** @type {number[]} */ ...shapes) => {
            c.fillStyle = colour;
            for (const [x, y, width, height] of shapes) {
                c.beginPath();
                c.ellipse(x, y, width, height, 0, 0, 2 * Math.PI);
                c.fill();
            }
        };
        const stripes = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number} */ width, /** @type {number} */ height) => {
            c.fillStyle = 'white';
            for (let at = x; at < x + width; at += 12)
                c.fillRect(at, y, 6, height);
        };
        setInterval(() => {
            c.fillStyle = '#446';
            c.fillRect(0, 0, 640, 360);
            stripes(0, 0, 640, 360);
            ellipse('#324', [320, 380, 170, 170]);
            stripes(284, 300, 72, 60);
            c.fillStyle = '#eb9';
            c.fillRect(290, 200, 60, 60);
            ellipse('#421', [320, 105, 68, 58]);
            ellipse('#eb9', [320, 155, 58, 76]);
            ellipse('white', [298, 140, 11, 6], [342, 140, 11, 6]);
            ellipse('#111', [298, 140, 5, 5], [342, 140, 5, 5]);
            ellipse('#a44', [320, 190, 20, 6]);
        }, 100);
        return canvas.captureStream(10);
    };
}

/**
 * Adds window.__received: which part of the range from black to white, in percent, is
 * seen in the wall and in the shirt of the picture that is received.
 */
function addContrasts() {
    const contrasts = (/** @type {HTMLVideoElement | undefined} */ video) => {
        if (!video?.videoWidth)
            return {wall: NaN, shirt: NaN};
        const look = /** @type {OffscreenCanvasRenderingContext2D} */ (new OffscreenCanvas(640, 360).getContext('2d'));
        look.drawImage(video, 0, 0, 640, 360);
        const contrast = (/** @type {number} */ x, /** @type {number} */ y) => {
            const {data} = look.getImageData(x, y, 60, 4);
            const tones = Array.from({length: 240}, (_, i) => data[4 * i + 1]);
            return Math.round(100 * (Math.max(...tones) - Math.min(...tones)) / 255);
        };
        return {wall: contrast(20, 40), shirt: contrast(290, 325)};
    };
    window.__received = () => contrasts(
        [...document.querySelectorAll('[data-user-id]:not([data-self]) video')].find(({videoWidth}) => videoWidth > 0));
}

describe('a blurred background', {timeout: 300_000}, () => {
    /** @type {string} */
    let directory;
    /** @type {import('./lib/galene.mjs').Galene} */
    let galene;
    /** @type {Awaited<ReturnType<typeof launch>>} */
    let chromium;

    before(async () => {
        directory = await mkdtemp(join(tmpdir(), 'galene-blur-'));
        const library = join(directory, 'third-party', 'tasks-vision');
        await cp(join(packages, '@mediapipe', 'tasks-vision'), library, {recursive: true});
        await cp(join(packages, '@stream-io', 'video-filters-web', 'mediapipe', 'models', 'selfie_segmenter.tflite'),
            join(library, 'models', 'selfie_segmenter.tflite'));
        galene = await startGalene({room: {'wildcard-user': {password: {type: 'wildcard'}, permissions: 'present'}}},
            {flags: ['-static', directory]});
        chromium = await launch('chromium');
    });
    after(async () => {
        await chromium?.close();
        await galene?.stop();
        await rm(directory, {recursive: true, force: true});
    });

    it('is offered and reaches the others; where it fails, nothing is shown unawares', async t => {
        const url = `${galene.url}group/room/?audio=off&lang=en`;
        const ada = await Person.join(chromium, url, {name: 'Ada', camera: 'red', size: large});
        const bob = await Person.join(chromium, `${url}&video=off`, {name: 'Bob', camera: 'blue'});
        await bob.awaitPictures(['red']);
        await ada.page.evaluate(showSomebody);
        await bob.page.evaluate(addContrasts);
        await ada.press('more');
        await ada.choose('Settings');
        await ada.click('#tab-video');
        await ada.page.native.locator('#setting-filter option[value=background-blur]').waitFor({state: 'attached'});
        assert.equal(await ada.page.evaluate(() => document.querySelector('#setting-filter').getAttribute('aria-describedby')), null);

        await ada.page.native.selectOption('#setting-filter', 'mirror-h');
        const sharp = await bob.page.waitFor(() => {
            const seen = window.__received();
            return seen.wall > 50 && seen.shirt > 50 && seen;
        }, null, 60_000);
        await ada.page.native.selectOption('#setting-filter', 'background-blur');
        const blurred = await bob.page.waitFor(() => {
            const seen = window.__received();
            return seen.wall < 20 && seen.shirt > 50 && seen;
        }, null, 120_000);
        t.diagnostic(`contrast of wall and shirt before: ${JSON.stringify(sharp)}, after: ${JSON.stringify(blurred)}`);
        const cost = await ada.page.waitFor(() => /takes this device \d+ ms/.exec(document.querySelector('.settings-page').textContent)?.[0]);
        t.diagnostic(cost);
        await accessible(ada.page);
        await shots(ada.page, 'blur');

        // A file of the library is gone: the worker cannot be started again.
        await ada.page.native.keyboard.press('Escape');
        await ada.press('camera');
        await ada.page.waitFor(() => document.querySelector('[data-control=camera]').dataset.state === 'off');
        await ada.page.native.route('**/selfie_segmenter.tflite', (/** @type {any} */ route) => route.fulfill({status: 404}));
        await ada.press('camera');
        await ada.page.waitFor(() => document.body.textContent.includes('Your background cannot be blurred here'));
        assert.equal(await ada.page.evaluate(() => document.querySelector('[data-control=camera]').dataset.state), 'off');
        assert.equal(await ada.page.evaluate(() => JSON.parse(localStorage.getItem('settings')).filter), '');
        await ada.press('camera');
        await bob.page.waitFor(() => window.__received().wall > 50, null, 60_000);
        assert.deepEqual([...ada.page.errors, ...bob.page.errors], []);
        await Promise.all([ada.close(), bob.close()]);
    });
});
