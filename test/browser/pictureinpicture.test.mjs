// The call in a window in front of others (ui.md 33): who speaks, oneself, the toggles.

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {meeting} from './lib/meeting.mjs';

describe('picture in picture', {timeout: 240_000}, () => {
    const room = meeting();

    it('shows the others and oneself, has toggles, and goes with the call', async () => {
        const ada = await room.join('Ada', 'red');
        await room.join('Bob', 'blue');
        await ada.awaitPictures(['blue']);

        const open = async () => {
            await ada.page.native.click('[data-control="more"]');
            await ada.page.native.click('.menu-item:has-text("Picture in picture")');
            await ada.page.waitFor(() => window.documentPictureInPicture.window?.document.querySelector('.pip'));
        };
        await open();
        /** Waits until a picture in the window has a colour. */
        const seen = (/** @type {string} */ selector, /** @type {string} */ colour) => ada.page.waitFor(
            (/** @type {{selector: string, colour: string}} */ {selector, colour}) => {
                const video = window.documentPictureInPicture.window.document.querySelector(selector);
                const context = Object.assign(document.createElement('canvas'), {width: 1, height: 1}).getContext('2d');
                context.fillStyle = colour;
                context.fillRect(0, 0, 1, 1);
                const wanted = [...context.getImageData(0, 0, 1, 1).data];
                if (!video?.videoWidth || video.hidden)
                    return false;
                context.drawImage(video, video.videoWidth / 4, video.videoHeight / 2, 1, 1, 0, 0, 1, 1);
                return [...context.getImageData(0, 0, 1, 1).data].every((v, i) => Math.abs(v - wanted[i]) < 50);
            }, {selector, colour}, 60_000);
        await seen('.pip > video', 'blue');
        await seen('.pip-own video', 'red');

        const press = (/** @type {string} */ selector) => ada.page.evaluate((/** @type {string} */ selector) =>
            window.documentPictureInPicture.window.document.querySelector(selector).click(), selector);
        const microphone = () => ada.page.evaluate(() =>
            document.querySelector('.controls [data-control="microphone"]').dataset.state);
        const before = await microphone();
        await press('[data-control="microphone"]');
        await ada.page.waitFor((/** @type {string} */ before) =>
            !['busy', before].includes(document.querySelector('.controls [data-control="microphone"]').dataset.state), before);

        await press('.pip-controls .button');
        await ada.page.waitFor(() => window.documentPictureInPicture.window === null);
        await open();
        await ada.press('leave');
        await ada.page.waitFor(() => window.documentPictureInPicture.window === null);
        assert.deepEqual(ada.page.errors, []);
    });
});
