// A whole call with the keyboard alone: joining, muting, writing, sharing, moderating,
// leaving (ui.md 2, nos. 5 and 24; ui-design.md 6). Only keys are pressed, and what is
// asserted is what the others see, hear and read.

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {meeting} from './lib/meeting.mjs';
import {instrument, Person} from './lib/person.mjs';

describe('a call by keyboard', {timeout: 120_000}, () => {
    const room = meeting();

    it('from the lobby to the way out', async () => {
        const page = await room.browser().newPage();
        await page.initScript(instrument, {camera: 'red', screen: 'yellow', size: {width: 320, height: 180, rate: 10}});
        const host = room.add(new Person(page, 'host', 'red'));
        const {keyboard} = page.native;

        /** Presses Tab until something has the focus, which must be seen to have it. */
        const tabTo = async (/** @type {string} */ selector) => {
            for (let i = 0; i < 60; i++) {
                await keyboard.press('Tab');
                const at = await page.evaluate((/** @type {string} */ wanted) => {
                    const {activeElement} = document;
                    if (!activeElement.matches(wanted))
                        return activeElement.tagName + (activeElement.getAttribute('aria-label') ?? activeElement.textContent).slice(0, 30);
                    // A field may have its ring around the box that it is in, a button of the bar around its face.
                    const ring = [activeElement, ...activeElement.children, activeElement.parentElement, activeElement.parentElement.parentElement]
                        .map(element => getComputedStyle(element)).some(style => style.outlineStyle !== 'none' && style.outlineWidth !== '0px');
                    const {x, y, width, height} = activeElement.getBoundingClientRect();
                    const top = document.elementFromPoint(x + width / 2, y + height / 2);
                    return {
                        visible: activeElement.matches(':focus-visible') && ring,
                        uncovered: activeElement.contains(top) || top?.contains(activeElement),
                    };
                }, selector);
                if (typeof at === 'object') {
                    assert.deepEqual(at, {visible: true, uncovered: true}, selector);
                    return;
                }
            }
            assert.fail(`Tab does not lead to ${selector}`);
        };
        const pressed = (/** @type {string} */ name, /** @type {string} */ state) => page.waitFor(
            (/** @type {string[]} */ [name, state]) => document.querySelector(`[data-control="${name}"]`)
                .getAttribute('aria-pressed') === state, [name, state]);

        // In.
        await page.goto(room.url());
        await page.waitFor(() => document.querySelector('.lobby-join')?.checkVisibility());
        await pressed('microphone', 'true');
        await keyboard.press('Control+d');
        await pressed('microphone', 'false');
        await keyboard.press('Control+d');
        await pressed('microphone', 'true');
        await page.evaluate(() => document.activeElement.blur());
        await tabTo('#lobby-name');
        await keyboard.type('host');
        await tabTo('#lobby-password');
        await keyboard.type('let me in');
        await keyboard.press('Enter');
        await page.waitFor(() => document.querySelector('[data-connection="joined"]'));
        const bob = await room.join('Bob', 'blue');
        await bob.awaitPictures(['red']);
        await bob.awaitMedia(1);
        await host.awaitMedia(1);

        // Muted: nothing is heard any more; and heard again.
        await keyboard.press('m');
        await pressed('microphone', 'false');
        const energy = async () => (await bob.received()).find(({kind}) => kind === 'audio').energy;
        await bob.page.waitFor(async () => {
            const read = async () => {
                const all = await window.__test.statistics();
                return all.flatMap(({reports}) => [...reports.values()])
                    .find(({type, kind}) => type === 'inbound-rtp' && kind === 'audio').totalAudioEnergy;
            };
            const before = await read();
            await new Promise(resolve => setTimeout(resolve, 400));
            return await read() - before < 1e-6;
        });
        const silent = await energy();
        await keyboard.press('m');
        await pressed('microphone', 'true');
        await bob.awaitMedia(1);
        assert.ok(await energy() > silent);

        // Writing.
        await keyboard.press('c');
        await tabTo('[data-composer]');
        await keyboard.type('no mouse here');
        await keyboard.press('Enter');
        await bob.press('chat');
        await bob.awaitMessage('no mouse here');
        await keyboard.press('Escape');
        await page.waitFor(() => document.querySelector('.panel').hidden);

        // Sharing, and no longer.
        for (let i = 0; !await page.evaluate(() => document.activeElement.matches('.controls, .controls *')); i++) {
            assert.ok(i < 4, 'F6 does not lead to the controls');
            await keyboard.press('F6');
        }
        await tabTo('[data-control="share"]');
        await keyboard.press('Enter');
        await bob.awaitPictures(['red', 'yellow']);
        await tabTo('.banner .button');
        await keyboard.press('Space');
        await bob.awaitPictures(['red']);

        // Moderating.
        await keyboard.press('p');
        await tabTo('.person:not(:first-child) [aria-haspopup]');
        await keyboard.press('Enter');
        const label = () => page.evaluate(() => document.activeElement.querySelector('.menu-label')?.textContent);
        for (let i = 0; await label() !== 'Mute'; i++) {
            assert.ok(i < 20, 'arrows do not lead to Mute');
            await keyboard.press('ArrowDown');
        }
        await keyboard.press('Enter');
        await bob.page.waitFor(() => document.querySelector('[data-banner="muted"]')?.checkVisibility());
        assert.ok(await page.evaluate(() => document.activeElement.matches('.person [aria-haspopup]')), 'the focus is lost');
        await keyboard.press('Escape');

        // Out.
        await keyboard.press('F6');
        await tabTo('[data-control="leave"]');
        await keyboard.press('Enter');
        await page.waitFor(() => document.activeElement?.matches('.after h1'));
        await bob.awaitPictures([]);
        await tabTo('.after .button-primary');
        await keyboard.press('Enter');
        await page.waitFor(() => document.querySelector('.lobby-join')?.checkVisibility());
        assert.deepEqual([...page.errors, ...bob.page.errors], []);
    });
});
