// Films that somebody plays to everyone in the call, from either browser.

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {canMakeFilms, chooseFiles, film} from './lib/film.mjs';
import {accessible, shots} from './lib/look.mjs';
import {meeting} from './lib/meeting.mjs';

/** @typedef {import('./lib/person.mjs').Person} Person */

describe('files played to everyone', {timeout: 300_000, skip: canMakeFilms ? false : 'ffmpeg is not installed'}, () => {
    const room = meeting({browsers: ['chromium', 'firefox']});

    it('are seen and heard, whichever browser plays them', async () => {
        const ada = await room.join('Ada', 'red');
        const fox = await room.join('Fox', 'magenta', {browser: 'firefox'});
        await Promise.all([ada.awaitMedia(1), fox.awaitMedia(1)]);
        /** Moves the slider of the only player. */
        const slide = (/** @type {Person} */ person, /** @type {string} */ slider, /** @type {string} */ value) =>
            person.page.evaluate((/** @type {string[]} */ [slider, value]) => {
                const input = document.querySelector(`.player ${slider}`);
                input.value = value;
                input.dispatchEvent(new Event('input'));
            }, [slider, value]);
        const says = (/** @type {Person} */ person, /** @type {string} */ text) =>
            person.page.waitFor((/** @type {string} */ wanted) => document.querySelector('.toasts')?.textContent.includes(wanted), text);

        await chooseFiles(ada.page, [{name: 'orange.webm', data: film('orange', 180)}]);
        await ada.say('/presentfile');
        await fox.awaitPictures(['red', 'orange']);
        await says(ada, 'Your microphone is off');
        await ada.press('microphone');
        // Others hear it however loud it is here.
        await slide(ada, '.player-volume', '0');
        await fox.awaitMedia(2);
        await accessible(ada.page);
        await ada.press('chat');
        await shots(ada.page, 'player');

        // Paused, and gone on in another place: who comes meanwhile sees it.
        await ada.click('.player [data-action="pause"]');
        const bob = await room.join('Bob', 'blue');
        await bob.awaitPictures(['red', 'magenta', 'orange']);
        await slide(ada, '.player-seek', '30');
        await ada.page.waitFor(() => document.querySelector('.player-time').textContent === '0:30 of 3:00');
        await ada.click('.player [data-action="pause"]');
        await ada.page.waitFor(() => document.querySelector('.player-time').textContent > '0:30 of 3:00');

        // A second one, from Firefox: both can be chosen; it ends by itself.
        await chooseFiles(fox.page, [{name: 'cyan.webm', data: film('cyan', 20)}]);
        await fox.say('/presentfile');
        await fox.click('.player [data-action="pause"]');
        await bob.awaitPictures(['red', 'magenta', 'orange', 'cyan']);
        await bob.page.waitFor(() => document.querySelector('.screen-tab[aria-pressed="true"]')?.textContent === 'Fox’s file');
        await accessible(bob.page);
        await shots(bob.page, 'screens');
        await bob.page.evaluate(() => document.querySelector('.screen-tab').click());
        await bob.page.waitFor(() => document.querySelector('.screen-tab[aria-pressed="true"]')?.textContent === 'Ada’s file');
        await slide(fox, '.player-seek', '19.5');
        await fox.click('.player [data-action="pause"]');
        await bob.awaitPictures(['red', 'magenta', 'orange']);
        await fox.page.waitFor(() => document.querySelector('.player') === null);

        await ada.click('.player [data-action="stop"]');
        await bob.awaitPictures(['red', 'magenta']);
        await chooseFiles(ada.page, [{name: 'letter.webm', data: btoa('This is no film.')}]);
        await ada.say('/presentfile');
        await says(ada, 'cannot play letter.webm');
        await ada.page.evaluate(() => {
            delete HTMLMediaElement.prototype.captureStream;
        });
        await ada.say('/presentfile');
        await says(ada, 'cannot play files to others');
        for (const person of [ada, bob, fox])
            assert.deepEqual(person.page.errors, [], person.name);
    });
});
