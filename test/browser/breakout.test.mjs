// Subgroups: sending people there, a notice to all of them, and coming back, by
// oneself or because the host calls (ui.md 2, no. 50).

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {accessible, shots} from './lib/look.mjs';
import {meeting} from './lib/meeting.mjs';

/** @typedef {import('./lib/person.mjs').Person} Person */

describe('subgroups', {timeout: 120_000}, () => {
    const room = meeting({description: {'auto-subgroups': true}});
    const quiet = '?audio=off&video=off';
    const banner = (/** @type {Person} */ person) =>
        person.page.waitFor(() => document.querySelector('[data-banner="breakout"]')?.checkVisibility());
    const isIn = (/** @type {Person} */ person, /** @type {string} */ group) =>
        person.page.waitFor((/** @type {string} */ wanted) => document.querySelector('[data-connection="joined"]') &&
            decodeURIComponent(location.pathname) === `/group/${wanted}/`, group);

    it('people are sent there, told, called back, and come back by themselves', async () => {
        const host = await room.host({name: 'host', camera: 'grey', query: quiet});
        const bob = await room.join('Bob', 'blue', {query: '?audio=off'});
        await host.awaitPictures(['blue']);
        await host.press('more');
        await host.choose('Host');
        await host.click('[data-action="breakout"]');
        await host.page.waitFor(() => document.querySelector('.breakout-people input'));
        await host.page.native.check('.breakout-people input');
        await host.page.native.fill('#breakout-name', 'red room');
        await shots(host.page, 'breakout');
        await accessible(host.page);
        await host.click('[data-action="send"]');

        await banner(bob);
        await accessible(bob.page);
        await shots(bob.page, 'breakout-asked');
        await bob.click('.banner .button-primary');
        await isIn(bob, `${room.group()}/red room`);
        await host.awaitPictures([]);
        // What was off stays off, and what was on stays on.
        assert.deepEqual(await bob.page.evaluate(() => ['microphone', 'camera'].map(name =>
            document.querySelector(`[data-control="${name}"]`).getAttribute('aria-pressed'))), ['false', 'true']);

        await host.click('[data-action="subgroups"]');
        await host.page.waitFor(() => document.querySelector('.host-row')?.textContent.includes('red room1'));
        await shots(host.page, 'breakout-list');
        await accessible(host.page);
        await host.click('[data-action="tell"]');
        await host.page.native.fill('#ask-input', 'five minutes left');
        await host.page.native.keyboard.press('Enter');
        await bob.page.waitFor(() => document.querySelector('.toasts')?.textContent.includes('host: five minutes left'));
        await shots(bob.page, 'breakout-there');

        // Back by oneself; the picture is there again.
        await bob.click('[data-action="back"]');
        await isIn(bob, room.group());
        await host.awaitPictures(['blue']);
        assert.equal(await bob.page.evaluate(() => document.querySelector('[data-action="back"]').checkVisibility()), false);

        // There once more, the host too, as host: a password is not asked for again.
        await host.click('[data-action="divide"]');
        await bob.page.waitFor(() => document.querySelector('[data-banner="breakout"] .banner-text')?.textContent.match(/ [12]\.$/));
        await bob.click('.banner .button-primary');
        await isIn(bob, `${room.group()}/${await bob.page.waitFor(() => location.pathname.match(/\/([12])\/$/)?.[1])}`);
        await host.click('[data-action="subgroups"]');
        await host.page.waitFor(() => document.querySelector('.host-row')?.textContent.match(/^[12]1/));
        await host.click('.host-row .button');
        await host.awaitPictures(['blue']);
        await host.page.waitFor(() => document.querySelector('[data-action="back"]').checkVisibility());
        await host.click('[data-action="back"]');
        await isIn(host, room.group());
        await host.press('more');
        await host.choose('Host');
        await host.click('[data-action="breakout"]');
        await host.click('[data-action="call-back"]');
        await banner(bob);
        await bob.click('.banner .button-primary');
        await host.awaitPictures(['blue']);
        for (const person of [host, bob])
            assert.deepEqual(person.page.errors, [], person.name);
    });
});
