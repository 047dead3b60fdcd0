// People meet: three pages of Chromium and one of Firefox in one group, through
// the real server and the real frontend. What is asserted is what people see,
// hear and read: decoded frames, the colour of each picture, the energy of the
// sound, the texts in the chat.

import assert from 'node:assert/strict';
import {after, afterEach, before, beforeEach, describe, it} from 'node:test';
import {launch} from './lib/browsers.mjs';
import {canMakeFilms, chooseFiles, film} from './lib/film.mjs';
import {startGalene} from './lib/galene.mjs';
import {accessible, shots} from './lib/look.mjs';
import {Person} from './lib/person.mjs';

const description = {
    'public': true,
    users: {host: {password: 'let me in', permissions: 'op'}},
    'wildcard-user': {password: {type: 'wildcard'}, permissions: 'present'},
};

describe('a call', {timeout: 300_000}, () => {
    /** @type {import('./lib/galene.mjs').Galene} */
    let galene;
    /** @type {Awaited<ReturnType<typeof launch>>} */
    let chromium;
    /** @type {Awaited<ReturnType<typeof launch>>} */
    let firefox;
    /** @type {Person[]} */
    let people = [];
    let group = 0;

    before(async () => {
        galene = await startGalene({});
        chromium = await launch('chromium');
        firefox = await launch('firefox');
    });
    after(async () => {
        await chromium?.close();
        await firefox?.close();
        await galene?.stop();
    });
    // A group for each test: the history of a public one stays.
    beforeEach(() => galene.setGroup(`atrium${++group}`, description));
    afterEach(async () => {
        await Promise.all(people.map(person => person.close()));
        people = [];
    });

    /**
     * @param {Awaited<ReturnType<typeof launch>>} browser
     * @param {string} name
     * @param {string} camera
     * @param {object} [more]
     */
    async function join(browser, name, camera, more = {}) {
        const person = await Person.join(browser, `${galene.url}group/atrium${group}/`, {name, camera, ...more});
        people.push(person);
        return person;
    }

    it('four people in two browsers see, hear and write to one another', async () => {
        const ada = await join(chromium, 'Ada', 'red');
        const bob = await join(chromium, 'Bob', 'blue');
        const eve = await join(chromium, 'Eve', 'lime');
        await ada.say('hello from Ada');
        const fox = await join(firefox, 'Fox', 'magenta');

        const all = [ada, bob, eve, fox];
        await Promise.all(all.map(person => person.awaitMedia(3)));
        await Promise.all(all.map(person =>
            person.awaitPictures(all.filter(other => other !== person).map(other => other.camera))));

        await fox.say('hello from Firefox');
        for (const person of [ada, fox])
            await person.awaitMessage('hello from Firefox');
        // Fox came after it was said: it is in the history.
        await fox.awaitMessage('hello from Ada');
        await bob.press('chat');
        await bob.awaitMessage('hello from Firefox');
        assert.deepEqual(await bob.messages(), ['hello from Ada', 'hello from Firefox']);

        for (const person of all)
            assert.deepEqual(person.page.errors, [], person.name);

        // Somebody leaves: the others no longer have a tile for them.
        await eve.press('leave');
        await ada.awaitPictures(['blue', 'magenta']);
        await fox.awaitPictures(['blue', 'red']);
    });

    it('a shared screen is seen, by either browser, and ends', async () => {
        const ada = await join(chromium, 'Ada', 'red', {screen: 'yellow'});
        const bob = await join(chromium, 'Bob', 'blue');
        const fox = await join(firefox, 'Fox', 'magenta', {screen: 'cyan'});
        await Promise.all([bob.awaitMedia(2), fox.awaitMedia(2)]);

        await ada.press('share');
        await bob.awaitPictures(['red', 'magenta', 'yellow']);
        await fox.awaitPictures(['red', 'blue', 'yellow']);
        await fox.press('share');
        await bob.awaitPictures(['red', 'magenta', 'yellow', 'cyan']);
        const screens = (await bob.others()).filter((/** @type {any} */ tile) => tile.kind === 'screen');
        assert.equal(screens.length, 2);

        await fox.close();
        people.splice(people.indexOf(fox), 1);
        await bob.awaitPictures(['red', 'yellow']);
    });

    it('files are played to everyone, by either browser', {skip: canMakeFilms ? false : 'ffmpeg is not installed'}, async () => {
        const ada = await join(chromium, 'Ada', 'red');
        const fox = await join(firefox, 'Fox', 'magenta');
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
        const bob = await join(chromium, 'Bob', 'blue');
        await bob.awaitPictures(['red', 'magenta', 'orange']);
        await slide(ada, '.player-seek', '30');
        await ada.page.waitFor(() => document.querySelector('.player-time').textContent === '0:30 of 3:00');
        await ada.click('.player [data-action="pause"]');
        await ada.page.waitFor(() => document.querySelector('.player-time').textContent > '0:30 of 3:00');

        // A second one, from Firefox: both can be chosen; it ends by itself.
        await chooseFiles(fox.page, [{name: 'cyan.webm', data: film('cyan', 180)}]);
        await fox.say('/presentfile');
        await fox.click('.player [data-action="pause"]');
        await bob.awaitPictures(['red', 'magenta', 'orange', 'cyan']);
        await bob.page.waitFor(() => document.querySelector('.screen-tab[aria-pressed="true"]')?.textContent === 'Fox’s file');
        await accessible(bob.page);
        await shots(bob.page, 'screens');
        await bob.page.evaluate(() => document.querySelector('.screen-tab').click());
        await bob.page.waitFor(() => document.querySelector('.screen-tab[aria-pressed="true"]')?.textContent === 'Ada’s file');
        await slide(fox, '.player-seek', '179.5');
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

    it('the camera is switched off and on again', async () => {
        const ada = await join(chromium, 'Ada', 'red');
        const bob = await join(chromium, 'Bob', 'blue');
        await bob.awaitPictures(['red']);
        await ada.press('camera');
        await bob.awaitPictures([]);
        await ada.press('camera');
        await bob.awaitPictures(['red']);
        await ada.awaitPictures(['blue']);

        // The system pauses it, as phones do.
        const pause = (/** @type {boolean} */ muted) => ada.page.evaluate((/** @type {boolean} */ muted) => {
            const [track] = document.querySelector('[data-self] video').srcObject.getVideoTracks();
            Object.defineProperty(track, 'muted', {value: muted, configurable: true});
            track.dispatchEvent(new Event(muted ? 'mute' : 'unmute'));
        }, muted);
        await pause(true);
        await bob.awaitPictures([]);
        await ada.page.waitFor(() => document.querySelector('.toasts')?.textContent.includes('has paused your camera'));
        await pause(false);
        await bob.awaitPictures(['red']);
    });

    it('a lost socket is repaired, with everything that was there', async () => {
        const ada = await join(chromium, 'Ada', 'red');
        const fox = await join(firefox, 'Fox', 'magenta');
        await Promise.all([ada.awaitMedia(1), fox.awaitMedia(1)]);
        await ada.say('before');
        for (const person of [ada, fox]) {
            const sockets = await person.sockets();
            await person.cut();
            await person.page.waitFor((/** @type {number} */ n) => window.__test.sockets.length > n &&
                document.querySelector('[data-connection="joined"]') !== null, sockets, 30_000);
            await Promise.all([ada.awaitMedia(1), fox.awaitMedia(1)]);
            await ada.awaitPictures(['magenta']);
            await fox.awaitPictures(['red']);
        }
        await fox.say('after');
        await ada.awaitMessage('after');
        assert.deepEqual(await ada.messages(), ['before', 'after']);
    });

    it('a password is asked for, and a wrong one is explained', async () => {
        const page = await chromium.newPage();
        await page.goto(`${galene.url}group/atrium${group}/`);
        await page.waitFor(() => document.querySelector('.lobby-join')?.checkVisibility());
        await page.evaluate(() => {
            document.querySelector('#lobby-name').value = 'host';
            document.querySelector('#lobby-password').value = 'wrong';
            document.querySelector('.lobby-join').click();
        });
        await page.waitFor(() => [...document.querySelectorAll('.field-error, .callout')]
            .some(element => element.checkVisibility() && element.textContent.includes('do not match')));
        const host = new Person(page, 'host', 'grey');
        people.push(host);
        await host.enter('let me in');
    });
});

describe('the server', {timeout: 120_000}, () => {
    it('is restarted, and the call goes on', async () => {
        let galene = await startGalene({atrium: description});
        const chromium = await launch('chromium', {whole: true});
        try {
            const url = `${galene.url}group/atrium/`;
            const ada = await Person.join(chromium, url, {name: 'Ada', camera: 'red'});
            const bob = await Person.join(chromium, url, {name: 'Bob', camera: 'blue'});
            await Promise.all([ada.awaitPictures(['blue']), bob.awaitPictures(['red'])]);
            const address = new URL(galene.url).host;
            galene.process.kill('SIGKILL');
            await galene.stop();
            galene = await startGalene({atrium: description}, {flags: ['-http', address]});
            await Promise.all([ada.awaitPictures(['blue']), bob.awaitPictures(['red'])]);
            await Promise.all([ada.awaitMedia(1), bob.awaitMedia(1)]);
        } finally {
            await chromium.close();
            await galene.stop();
        }
    });
});
