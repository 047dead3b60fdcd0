// The troubleshooter before and in the call, and effects on the camera's picture
// (ui.md 1.12; 2, nos. 48 and 54).

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {describeInBrowsers} from './lib/each.mjs';
import {accessible, shots} from './lib/look.mjs';
import {meeting} from './lib/meeting.mjs';
import {servePages} from './lib/pages.mjs';

/**
 * Whether all elements are within a window of a size.
 *
 * @param {import('./lib/browsers.mjs').Page} page
 * @param {[number, number]} size
 * @param {string} selector
 */
async function inside(page, [width, height], selector) {
    const before = page.native.viewportSize();
    await page.native.setViewportSize({width, height});
    const all = await page.evaluate((/** @type {string} */ selector) => [...document.querySelectorAll(selector)].every(element => {
        const {top, right, bottom, left} = element.getBoundingClientRect();
        return top >= 0 && left >= 0 && right <= innerWidth && bottom <= innerHeight;
    }), selector);
    await page.native.setViewportSize(before);
    return all;
}

describe('troubleshooter', {timeout: 120_000}, () => {
    const room = meeting();
    /** What each check has found, once all have. */
    const findings = (/** @type {import('./lib/browsers.mjs').Page} */ page) => page.waitFor(() => {
        const rows = [...document.querySelectorAll('[data-check]')];
        return rows.length > 0 && rows.every(row => row.dataset.state !== 'running') &&
            Object.fromEntries(rows.map(row => [row.dataset.check, row.dataset.state]));
    });

    it('tries devices in the lobby; in the call, media and relay too; effects reach the others', async () => {
        const page = await room.browser().newPage();
        await page.goto(room.url());
        await page.waitFor(() => document.querySelector('.lobby-join')?.checkVisibility());
        await page.native.click('.lobby-tools button');
        assert.deepEqual(await findings(page),
            {browser: 'good', microphone: 'good', camera: 'good', server: 'good', media: 'note', relay: 'note'});
        assert.equal(await page.evaluate(() => document.querySelector('.check-result').dataset.state), 'good');
        await accessible(page);
        await shots(page, 'check-lobby');
        assert.deepEqual(page.errors, []);
        await page.close();

        const ada = await room.join('Ada', 'red');
        const bob = await room.join('Bob', 'blue', {query: '?video=off'});
        await bob.awaitPictures(['red']);
        await ada.say('/relay-test');
        await ada.page.waitFor(() => document.querySelector('.message-output')?.textContent ===
            'Relay: This server offers none. Strict networks may block the call.');
        await ada.press('more');
        await ada.choose('Check devices and network');
        assert.equal((await findings(ada.page)).media, 'good');
        await accessible(ada.page);
        await shots(ada.page, 'check-call');
        // Buttons stay in sight where not everything does.
        assert.ok(await inside(ada.page, [844, 390], 'dialog button'));
        await ada.page.native.keyboard.press('Escape');

        await ada.press('more');
        await ada.choose('Settings');
        assert.ok(await inside(ada.page, [320, 568], '[role=tab]'));
        await ada.click('#tab-video');
        await ada.page.waitFor(() => document.querySelector('#setting-filter'));
        // This camera cannot blur, and that is not offered.
        assert.deepEqual(await ada.page.evaluate(() => [...document.querySelector('#setting-filter').options].map(o => o.value)),
            ['', 'mirror-h', 'mirror-v', 'rotate']);
        const before = await ada.page.waitFor(() => document.querySelector('.preview-video').srcObject?.getVideoTracks()[0].id);
        await ada.page.native.selectOption('#setting-filter', 'rotate');
        await ada.page.waitFor((/** @type {string} */ old) => {
            const track = document.querySelector('.preview-video').srcObject?.getVideoTracks()[0];
            return track && track.id !== old;
        }, before);
        await accessible(ada.page);
        await shots(ada.page, 'effect');
        await bob.awaitPictures(['red']);
        await bob.awaitMedia(1);
        assert.deepEqual([...ada.page.errors, ...bob.page.errors], []);
    });
});

describeInBrowsers('effects', context => {
    it('turn the picture as they say, and end with the camera', async () => {
        const pages = await servePages();
        const page = await context.browser.newPage();
        try {
            await page.goto(`${pages.url}404.html`);
            const result = await page.evaluate(async () => {
                const {filtered} = await import('/js/media/filters.js');
                const quarters = [['red', 'blue'], ['lime', 'white']];
                const seen = {};
                for (const name of ['mirror-h', 'mirror-v', 'rotate']) {
                    const canvas = Object.assign(document.createElement('canvas'), {width: 64, height: 64});
                    const context = canvas.getContext('2d');
                    const timer = setInterval(() => quarters.forEach((row, y) => row.forEach((colour, x) => {
                        context.fillStyle = colour;
                        context.fillRect(32 * x, 32 * y, 32, 32);
                    })), 30);
                    const camera = canvas.captureStream().getVideoTracks()[0];
                    const track = await filtered(camera, name);
                    const video = Object.assign(document.createElement('video'), {muted: true, srcObject: new MediaStream([track])});
                    await video.play();
                    const look = new OffscreenCanvas(64, 64).getContext('2d', {willReadFrequently: true});
                    const colour = (x, y) => {
                        const [r, g, b] = look.getImageData(x, y, 1, 1).data.map(v => v > 127 ? 1 : 0);
                        return {'100': 'red', '001': 'blue', '010': 'lime', '111': 'white'}[`${r}${g}${b}`];
                    };
                    while (!colour(16, 16)) {
                        look.drawImage(video, 0, 0, 64, 64);
                        await new Promise(resolve => requestAnimationFrame(resolve));
                    }
                    seen[name] = [colour(16, 16), colour(48, 16), colour(16, 48), colour(48, 48)].join(' ');
                    track.stop();
                    seen[name] += ` ${track.readyState} ${camera.readyState}`;
                    clearInterval(timer);
                }
                return seen;
            });
            assert.deepEqual(result, {
                'mirror-h': 'blue red white lime ended ended',
                'mirror-v': 'lime white red blue ended ended',
                rotate: 'white lime blue red ended ended',
            });
            assert.deepEqual(page.errors, []);
        } finally {
            await page.close();
            await pages.close();
        }
    });
});
