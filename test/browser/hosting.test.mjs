// What operators do for everyone, and what everyone does: the host panel,
// spotlight, hands, reactions, captions, quotations.

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {addCaptioner} from './lib/captioner.mjs';
import {accessible, shots} from './lib/look.mjs';
import {meeting} from './lib/meeting.mjs';
import {Person} from './lib/person.mjs';

describe('hosting', {timeout: 300_000}, () => {
    const room = meeting();
    const quiet = '?audio=off&video=off';
    const seen = (/** @type {Person} */ person, /** @type {string} */ text) =>
        person.page.waitFor((/** @type {string} */ wanted) => document.body.innerText.includes(wanted), text);

    it('the host panel locks, mutes and clears; people are shown large', async () => {
        const host = await room.host({name: 'host', camera: 'grey', query: quiet});
        const bob = await room.join('Bob', 'blue');
        const eve = await room.join('Eve', 'lime', {query: quiet});
        await host.press('more');
        await host.choose('Host');
        await host.page.waitFor(() => document.querySelector('[data-host]'));
        await accessible(host.page);
        await shots(host.page, 'host');

        await host.page.evaluate(() => {
            document.querySelector('#host-lock-message').value = 'We begin at ten';
        });
        await host.click('[data-action="lock"]');
        await host.page.waitFor(() => document.querySelector('[data-action="unlock"]').checkVisibility());
        const page = await room.browser().newPage();
        await page.goto(room.url());
        const late = room.add(new Person(page, 'Late', 'red'));
        late.enter().catch(() => {});
        await seen(late, 'We begin at ten');
        await host.click('[data-action="unlock"]');

        await host.click('[data-action="mute-all"]');
        await bob.page.waitFor(() => document.querySelector('[data-banner="muted"]')?.checkVisibility());
        await host.click('[data-action="clear"]');
        await host.click('dialog .button-danger');

        await host.say('/spotlight Bob');
        for (const person of [host, eve]) {
            await person.page.waitFor(() => document.querySelector('.stage').dataset.layout === 'spotlight');
            await person.awaitPictures(['blue']);
        }
        await host.say('/spotlight Bob');
        await eve.page.waitFor(() => document.querySelector('.stage').dataset.layout === 'grid');

        await bob.press('hand');
        await host.say('/lowerhand Bob');
        await seen(bob, 'host has lowered your hand');
        await host.say('/askunmute Bob');
        await seen(bob, 'host asks you to speak');

        // Whoever is removed is told by whom and why, and may come back.
        await host.say('/kick Eve Thank you for having come');
        await eve.page.waitFor(() => document.querySelector('[data-reason="kicked"] h1')?.textContent === 'host removed you');
        await seen(eve, 'Thank you for having come');
        await accessible(eve.page);
        await shots(eve.page, 'removed');
        await host.page.waitFor(() => document.querySelectorAll('.tile').length === 2);
        await eve.click('.after .button-primary');
        await eve.enter();
        await host.page.waitFor(() => document.querySelectorAll('.tile').length === 3);
        for (const person of [host, bob, eve])
            assert.deepEqual(person.page.errors, [], person.name);
    });

    it('reactions, captions and quotations', async () => {
        const host = await room.host({name: 'host', camera: 'grey', query: quiet});
        const bob = await room.join('Bob', 'blue', {query: quiet});
        await bob.press('react');
        await bob.page.native.keyboard.press('2');
        await host.page.waitFor(() => document.querySelector('.tile:not([data-self]) [data-reaction="❤️"]'));
        await bob.press('react');
        await bob.choose('🎉');
        await host.page.waitFor(() => [...document.querySelectorAll('[aria-live="polite"] p')]
            .some(line => line.textContent.includes('🎉 1')));

        // Captions come from a program; here from a second connection with the permission.
        await addCaptioner(host, room.group());
        await host.page.evaluate(() => window.captioner.chat('caption', '', 'We are talking about cats.'));
        await bob.page.waitFor(() => document.querySelector('.captions')?.checkVisibility() &&
            document.querySelector('.captions').textContent.includes('cats'));
        await bob.say('/set captionSize "huge"');
        await bob.page.waitFor(() => parseFloat(getComputedStyle(document.querySelector('.captions')).fontSize) > 30);
        await shots(bob.page, 'captions');
        // What there is no room for goes from the beginning; who says it stays.
        await host.page.evaluate(() => window.captioner.chat('caption', '', `${'Cats purr. '.repeat(100)}The end.`));
        await bob.page.waitFor(() => document.querySelector('.captions')?.textContent.endsWith('The end.'));
        assert.deepEqual(await bob.page.evaluate(() => {
            const band = document.querySelector('.captions');
            const [first] = band.children;
            return [first.textContent.startsWith('host: …'),
                first.getBoundingClientRect().top >= band.getBoundingClientRect().top];
        }), [true, true]);
        await bob.press('more');
        await bob.choose('Transcript');
        await bob.page.waitFor(() => document.querySelector('.transcript-lines')?.textContent.includes('cats'));
        await accessible(bob.page);
        await bob.press('more');
        await bob.choose('Notifications');
        await bob.page.waitFor(() => document.querySelector('dialog')?.open);
        await accessible(bob.page);
        await bob.page.evaluate(() => document.querySelector('dialog').close());

        await host.say('cats are fine');
        await bob.press('chat');
        await bob.awaitMessage('cats are fine');
        await bob.page.evaluate(() => document.querySelector('[data-message-id] .message-more').click());
        await bob.choose('Quote');
        await bob.page.evaluate(() => {
            const composer = document.querySelector('[data-composer]');
            composer.value += 'dogs too';
            composer.dispatchEvent(new Event('input', {bubbles: true}));
            document.querySelector('.composer-send').click();
        });
        await host.page.waitFor(() => document.querySelector('.message .quote')?.textContent === 'host: cats are fine');
        await shots(bob.page, 'quote');
        await accessible(bob.page);
        for (const person of [host, bob])
            assert.deepEqual(person.page.errors, [], person.name);
    });
});
