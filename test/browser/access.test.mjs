// What assistive technology is told of a call, and the call in forced colours, on
// the smallest window, and with wider text (ui-design.md 3 and 6; WCAG 1.4.10,
// 1.4.12, 4.1.3).

import assert from 'node:assert/strict';
import {join} from 'node:path';
import {describe, it} from 'node:test';
import {accessible} from './lib/look.mjs';
import {meeting} from './lib/meeting.mjs';

/** @typedef {import('./lib/person.mjs').Person} Person */
/** @typedef {import('./lib/browsers.mjs').Page} Page */

const quiet = '?audio=off&video=off';

/** Keeps what live regions say: they forget it after some seconds. */
const listen = (/** @type {Page} */ page) => page.initScript(() => {
    window.said = [];
    new MutationObserver(changes => {
        for (const {target, addedNodes} of changes) {
            const region = target instanceof Element && target.closest('[aria-live]');
            for (const node of region ? addedNodes : [])
                window.said.push(`${region.getAttribute('aria-live')}: ${node.textContent}`);
        }
    }).observe(document, {childList: true, subtree: true});
});

const hears = (/** @type {Person} */ person, /** @type {string} */ text) => person.page.waitFor(
    (/** @type {string} */ wanted) => window.said.includes(wanted), text).catch(async error => {
    throw new Error(`${person.name} does not hear “${text}” but ${await person.page.evaluate(() => window.said.join(' | '))}`, {cause: error});
});

describe('announcements', {timeout: 120_000}, () => {
    const room = meeting({description: {'allow-recording': true}});

    it('say who comes and goes, and everything else that eyes would see', async () => {
        const host = await room.host({name: 'host', camera: 'grey', query: quiet, prepare: listen});
        await host.press('hand');
        const bob = await room.join('Bob', 'blue', {query: '?video=off', prepare: listen});
        await bob.press('hand');
        await hears(host, 'polite: Bob raised a hand');
        await bob.press('share');
        await hears(host, 'polite: Bob is sharing a screen');
        await bob.say('good morning');
        await hears(host, 'polite: Bob: good morning');
        await bob.say('/react 👍');
        await hears(host, 'polite: Reactions: 👍 1');
        await host.say('/mute Bob');
        await hears(bob, 'assertive: host has muted you.');
        await host.say('/record');
        await hears(bob, 'assertive: Recording has started');
        await host.say('/unrecord');
        await hears(bob, 'assertive: Recording has stopped');
        await host.cut();
        await hears(host, 'assertive: Connection lost, reconnecting');
        await hears(host, 'assertive: You are connected again.');
        await bob.press('leave');
        await hears(host, 'polite: Bob left');
        await bob.click('.after .button-primary');
        await bob.enter();
        await hears(host, 'polite: Bob joined');
        // What was so before one came is no news.
        assert.deepEqual(await bob.page.evaluate(() => window.said.filter(line => line.includes('host raised'))), []);
        // Nothing was said twice, and nothing else on the page speaks.
        const said = await host.page.evaluate(() => window.said);
        assert.deepEqual(said.filter((/** @type {string} */ line, /** @type {number} */ i) => said.indexOf(line) !== i), []);
        await host.press('chat');
        assert.deepEqual(await host.page.evaluate(() => [...document.querySelectorAll('[aria-live], [role=alert], [role=status], [role=log]')]
            .filter(element => element.getAttribute('aria-live') !== 'off')
            .map(element => element.getAttribute('aria-live'))), ['polite', 'assertive']);
        assert.deepEqual([...host.page.errors, ...bob.page.errors], []);
    });
});

describe('the call page', {timeout: 120_000}, () => {
    const room = meeting();
    const shot = async (/** @type {Page} */ page, /** @type {string} */ name) => {
        if (process.env.TEST_SHOTS)
            await page.native.screenshot({path: join(process.env.TEST_SHOTS, `${name}.png`)});
    };

    it('in forced colours, in the smallest window, with wider text', async () => {
        const ada = await room.join('Ada', 'red', {query: '?audio=off'});
        const bob = await room.join('Bob', 'blue', {query: quiet});
        await bob.awaitPictures(['red']);
        const {page} = ada;

        await page.native.emulateMedia({forcedColors: 'active'});
        await ada.press('chat');
        await page.waitFor(() => document.querySelector('[data-composer]'));
        // The colours are the system's; axe reads those of the style sheet.
        await accessible(page, {without: ['color-contrast']});
        await shot(page, 'forced');
        // Whoever is not speaking has no ring.
        assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('.tile:not([data-speaking])')]
            .map(tile => getComputedStyle(tile, '::after').borderTopWidth).filter(width => width !== '0px')), []);
        // Every control has an edge, which colours cannot take away.
        assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('.controls button, .composer-box, .header button')]
            .filter(element => element.checkVisibility() && ![element, ...element.children].some(part => {
                const {borderTopStyle, borderTopWidth} = getComputedStyle(part);
                return borderTopStyle !== 'none' && parseFloat(borderTopWidth) >= 1;
            })).map(element => element.className)), []);
        await page.native.emulateMedia({forcedColors: 'none'});

        // 1280 × 1024 at 400 %, and a small phone.
        for (const [width, height] of [[320, 256], [320, 640]]) {
            await page.native.setViewportSize({width, height});
            for (const wider of [false, true]) {
                await page.evaluate((/** @type {boolean} */ wider) => {
                    const sheet = new CSSStyleSheet();
                    sheet.replaceSync('* {line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important;} p {margin-bottom: 2em !important;}');
                    document.adoptedStyleSheets = wider ? [sheet] : [];
                }, wider);
                for (const panel of [true, false]) {
                    if (await page.evaluate(() => !document.querySelector('.panel').hidden) !== panel) {
                        await ada.press('chat');
                        await page.waitFor((/** @type {boolean} */ open) => document.querySelector('.panel').hidden !== open, panel);
                    }
                    const title = `${width}x${height}${wider ? '-wide' : ''}${panel ? '-chat' : ''}`;
                    // Where nobody moves the header goes; and a message that comes and goes by itself may lie over anything.
                    await page.native.mouse.move(1, 1);
                    await page.native.mouse.move(2, 1);
                    await page.waitFor(() => !document.querySelector('.call-idle') && !document.querySelector('.toasts')?.childElementCount);
                    await accessible(page);
                    await shot(page, `small-${title}`);
                    const found = await page.evaluate((/** @type {string} */ wanted) => {
                        const hidden = [...document.querySelectorAll(wanted)].filter(element => element.checkVisibility()).filter(element => {
                            const {left, right, top, bottom} = element.getBoundingClientRect();
                            const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
                            return left < -1 || right > innerWidth + 1 || top < -1 || bottom > innerHeight + 1 ||
                                !(element.contains(at) || at?.contains(element));
                        });
                        return {scrolls: document.documentElement.scrollWidth > innerWidth, hidden: hidden.map(element => element.outerHTML.slice(0, 80))};
                    }, panel ? '[data-composer], .composer-send, .composer-head button, .panel-header button' : '.controls button, .header button, .header-title');
                    assert.deepEqual(found, {scrolls: false, hidden: []}, title);
                    if (panel)
                        continue;
                    // Tiles: the buttons beside the name, the menu a sheet across the window.
                    const tile = await page.evaluate(() => {
                        const box = (/** @type {string} */ selector) => document.querySelector(`.tile:not([data-self]) ${selector}`).getBoundingClientRect();
                        const [label, tools] = [box('.tile-label'), box('.tile-tools')];
                        document.querySelector('.tile:not([data-self]) .tile-tools button:last-child').click();
                        document.getAnimations().forEach(animation => animation.finish());
                        const {left, right, bottom} = document.querySelector('.menu').getBoundingClientRect();
                        return {
                            apart: label.width > 0 && tools.width > 0 &&
                                (label.right <= tools.left || tools.right <= label.left || label.bottom <= tools.top || tools.bottom <= label.top),
                            sheet: [left, innerWidth - right, innerHeight - bottom],
                        };
                    });
                    assert.deepEqual(tile, {apart: true, sheet: [0, 0, 0]}, title);
                    await shot(page, `small-${title}-menu`);
                    await page.native.keyboard.press('Escape');
                }
            }
        }
        await ada.press('camera');
        assert.deepEqual([...page.errors, ...bob.page.errors], []);
    });
});
