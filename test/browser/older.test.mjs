// A server that speaks the protocol and nothing of what we have added to it: people
// meet all the same, and what needs the additions is missing without an error
// (ui-design.md 1.6 and 9.2).

import assert from 'node:assert/strict';
import {after, before, describe, it} from 'node:test';
import {meeting} from './lib/meeting.mjs';
import {reduced, serveOlder} from './lib/older.mjs';
import {Person} from './lib/person.mjs';

describe('an older server', {timeout: 120_000}, () => {
    const room = meeting();
    /** @type {Awaited<ReturnType<typeof serveOlder>>} */
    let older;
    before(async () => {
        older = await serveOlder(room.server().url);
    });
    after(() => older?.close());

    it('passes on what is in the protocol, and nothing else', () => {
        for (const [message, expected] of [
            [{type: 'usermessage', kind: 'speaker', value: {id: 'a'}}, null],
            [{type: 'usermessage', kind: 'mute', dest: 'a', time: 'now'}, {type: 'usermessage', kind: 'mute', dest: 'a'}],
            [{type: 'joined', kind: 'fail', value: 'not authorised', error: 'not-authorised'}, {type: 'joined', kind: 'fail', value: 'not authorised'}],
            [{type: 'user', id: 'a', data: {muted: true, raisehand: 5}}, {type: 'user', id: 'a', data: {raisehand: true}}],
            [{type: 'chat', time: 'now', value: 'x'}, {type: 'chat', time: 'now', value: 'x'}],
        ])
            assert.deepEqual(reduced(message), expected);
    });

    it('people join, see, hear and write to one another; what is optional is missing', async () => {
        const url = `${older.url}group/${room.group()}/`;
        const join = async (/** @type {string} */ name, /** @type {string} */ camera, password = '') =>
            room.add(await Person.join(room.browser(), url, {name, camera, password, screen: 'yellow'}));

        // A refusal without an identifier is explained by what it says.
        const page = await room.browser().newPage();
        await page.goto(url);
        await page.waitFor(() => document.querySelector('.lobby-join')?.checkVisibility());
        await page.native.fill('#lobby-name', 'host');
        await page.native.fill('#lobby-password', 'wrong');
        await page.native.keyboard.press('Enter');
        await page.waitFor(() => document.querySelector('#lobby-password-error')?.checkVisibility() &&
            document.querySelector('#lobby-password-error').textContent.includes('do not match'));
        await page.close();

        const host = await join('host', 'red', 'let me in');
        const bob = await join('Bob', 'blue');
        await Promise.all([host.awaitPictures(['blue']), bob.awaitPictures(['red'])]);
        await Promise.all([host.awaitMedia(1), bob.awaitMedia(1)]);
        await host.say('hello');
        await bob.press('chat');
        await bob.awaitMessage('hello');

        await bob.press('share');
        await host.awaitPictures(['blue', 'yellow']);
        await bob.press('hand');
        await host.page.waitFor(() => document.querySelector('[data-kind="person"]:not([data-self])')?.getAttribute('aria-label')?.includes('hand raised'));

        // Reactions, requests to speak and spotlights go nowhere; what is old works.
        await host.say('/react 👍');
        await host.say('/askunmute Bob');
        await host.say('/spotlight Bob');
        await host.say('/mute Bob');
        await bob.page.waitFor(() => document.querySelector('[data-banner="muted"]')?.checkVisibility());
        await host.say('/clear');
        await bob.page.waitFor(() => document.querySelector('[data-message-id]') === null);

        await host.cut();
        await host.page.waitFor(() => window.__test.sockets.length > 1 && document.querySelector('[data-connection="joined"]') !== null);
        await Promise.all([host.awaitPictures(['blue', 'yellow']), bob.awaitPictures(['red'])]);
        assert.ok(older.dropped.includes('reaction') && older.dropped.includes('askunmute'), older.dropped.join());
        for (const person of [host, bob])
            assert.deepEqual(person.page.errors, [], person.name);
    });
});
