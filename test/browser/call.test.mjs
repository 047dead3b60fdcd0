// People meet: three pages of Chromium and one of Firefox in one group, through
// the real server and the real frontend. What is asserted is what people see,
// hear and read: decoded frames, the colour of each picture, the energy of the
// sound, the texts in the chat.

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {launch} from './lib/browsers.mjs';
import {startGalene} from './lib/galene.mjs';
import {meeting} from './lib/meeting.mjs';
import {Person} from './lib/person.mjs';

const description = {'wildcard-user': {password: {type: 'wildcard'}, permissions: 'present'}};

describe('a call', {timeout: 300_000}, () => {
    const room = meeting({browsers: ['chromium', 'firefox']});

    it('four people in two browsers see, hear and write to one another', async () => {
        const ada = await room.join('Ada', 'red');
        const bob = await room.join('Bob', 'blue');
        const eve = await room.join('Eve', 'lime');
        await ada.say('hello from Ada');
        const fox = await room.join('Fox', 'magenta', {browser: 'firefox'});

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
        const ada = await room.join('Ada', 'red', {screen: 'yellow'});
        const bob = await room.join('Bob', 'blue');
        const fox = await room.join('Fox', 'magenta', {browser: 'firefox', screen: 'cyan'});
        await Promise.all([bob.awaitMedia(2), fox.awaitMedia(2)]);

        await ada.press('share');
        await bob.awaitPictures(['red', 'magenta', 'yellow']);
        await fox.awaitPictures(['red', 'blue', 'yellow']);
        await fox.press('share');
        await bob.awaitPictures(['red', 'magenta', 'yellow', 'cyan']);
        const screens = (await bob.others()).filter((/** @type {any} */ tile) => tile.kind === 'screen');
        assert.equal(screens.length, 2);

        await room.leave(fox);
        await bob.awaitPictures(['red', 'yellow']);
    });

    it('the camera is switched off and on again', async () => {
        const ada = await room.join('Ada', 'red');
        const bob = await room.join('Bob', 'blue');
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
        const ada = await room.join('Ada', 'red');
        const fox = await room.join('Fox', 'magenta', {browser: 'firefox'});
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
        const page = await room.browser('chromium').newPage();
        await page.goto(room.url());
        await page.waitFor(() => document.querySelector('.lobby-join')?.checkVisibility());
        await page.evaluate(() => {
            document.querySelector('#lobby-name').value = 'host';
            document.querySelector('#lobby-password').value = 'wrong';
            document.querySelector('.lobby-join').click();
        });
        await page.waitFor(() => [...document.querySelectorAll('.field-error, .callout')]
            .some(element => element.checkVisibility() && element.textContent.includes('do not match')));
        const host = new Person(page, 'host', 'grey');
        room.add(host);
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
