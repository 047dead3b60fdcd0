// What must not be hidden on small screens: the way into a call, and people.

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {addCaptioner} from './lib/captioner.mjs';
import {meeting} from './lib/meeting.mjs';

const quiet = '?audio=off&video=off';

/**
 * Which of some elements are not wholly within the window.
 *
 * @param {import('./lib/browsers.mjs').Page} page
 * @param {string[]} selectors
 */
const outside = (page, selectors) => page.evaluate((/** @type {string[]} */ selectors) => selectors.filter(selector => {
    const {left, right, top, bottom, width} = document.querySelector(selector).getBoundingClientRect();
    return width === 0 || left < 0 || top < 0 || right > innerWidth || bottom > innerHeight;
}), selectors);

/**
 * Waits until no visible element that matches the one is covered by one that matches the
 * other: tiles move to where there is room.
 *
 * @param {import('./lib/browsers.mjs').Page} page
 * @param {string} below
 * @param {string} above
 */
const uncovered = (page, below, above) => page.waitFor((/** @type {string[]} */ selectors) => {
    const [under, over] = selectors.map(selector => [...document.querySelectorAll(selector)]
        .filter(element => element.checkVisibility()).map(element => element.getBoundingClientRect()));
    return under.length > 0 && over.length > 0 && !under.some(a => over.some(b =>
        a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1));
}, [below, above]);

describe('on small screens', {timeout: 180_000}, () => {
    const room = meeting();

    it('the lobby shows how to join, and why one may not, without scrolling', async () => {
        const page = await room.browser('chromium').newPage({width: 320, height: 568});
        await page.goto(room.url());
        await page.waitFor(() => document.querySelector('.lobby-join')?.checkVisibility() &&
            document.querySelector('.device-field select')?.checkVisibility());
        assert.deepEqual(await outside(page, ['.lobby-home', '.preview', '#lobby-name', '#lobby-password', '.lobby-join']), []);
        await page.native.fill('#lobby-name', 'host');
        await page.native.fill('#lobby-password', 'wrong');
        await page.native.click('.lobby-join');
        await page.waitFor(() => document.querySelector('#lobby-password-error')?.checkVisibility());
        assert.deepEqual(await outside(page, ['#lobby-password', '#lobby-password-error', '.lobby-join']), []);

        await page.native.setViewportSize({width: 844, height: 390});
        assert.deepEqual(await outside(page, ['.lobby-home', '#device-audio-lobby', '#device-video-lobby', '#device-output-lobby',
            '.lobby-tools', '#lobby-password-error', '.lobby-join']), []);
        assert.deepEqual(page.errors, []);
    });

    it('captions and banners cover nobody, and a panel does not cover the header', async () => {
        const host = await room.host({name: 'host', camera: 'grey', query: quiet});
        const bob = await room.join('Bob', 'blue', {query: quiet, screen: 'yellow'});
        const {page} = bob;
        await bob.press('share');
        await page.waitFor(() => document.querySelector('.banner')?.checkVisibility());
        await addCaptioner(host, room.group());
        await host.page.evaluate(() => {
            window.speak = setInterval(() => window.captioner.chat('caption', '',
                'The most dangerous phrase in the language is: we have always done it this way.'), 1000);
        });
        await page.waitFor(() => document.querySelector('.captions')?.textContent.includes('dangerous'));
        for (const [width, height] of [[320, 640], [844, 390], [768, 1024], [1280, 800]]) {
            await page.native.setViewportSize({width, height});
            await page.waitFor(() => document.querySelector('.captions').checkVisibility());
            await uncovered(page, '.tile, .pager button', '.captions, .banner');
            await uncovered(page, '.banner', '.captions');
        }
        await bob.press('chat');
        for (const [width, height] of [[844, 390], [768, 1024]]) {
            await page.native.setViewportSize({width, height});
            await page.waitFor(() => document.querySelector('.panel').checkVisibility());
            await uncovered(page, '.header button, .banner button, .captions', '.panel');
        }
        assert.deepEqual(page.errors, []);
    });
});
