// Invitations: made in the dialog and by command, used, extended and revoked.

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {meeting} from './lib/meeting.mjs';
import {Person} from './lib/person.mjs';
import {accessible, shots} from './lib/look.mjs';

describe('invitations', {timeout: 240_000}, () => {
    const room = meeting();

    it('are made, used, listed, extended and revoked', async () => {
        const host = await room.host();
        await host.press('people');
        await host.click('[data-action="invite"]');
        await host.page.waitFor(() => document.querySelector('[data-dialog="invite"]'));
        await host.page.evaluate(() => {
            document.querySelector('#invite-name').value = 'Guest';
            document.querySelector('.invite-form [type="submit"]').click();
        });
        const link = await host.page.waitFor(() => document.querySelector('.invite-link')?.value);
        assert.match(link, /\/group\/room\d+\/\?token=[\w-]+$/);
        assert.ok(await host.page.waitFor(() => document.querySelector('canvas.qr')?.width > 20));
        await host.page.waitFor(() => document.querySelectorAll('[data-token]').length === 1);
        await accessible(host.page);
        await shots(host.page, 'invite');

        // Whoever has the link is asked for nothing, and has the name.
        const page = await room.browser().newPage();
        await page.goto(link);
        await page.waitFor(() => document.querySelector('.lobby-join')?.checkVisibility() &&
            !document.querySelector('#lobby-name').checkVisibility());
        const guest = room.add(new Person(page, 'Guest', 'blue'));
        await guest.enter();
        await host.page.waitFor(() => [...document.querySelectorAll('.person-name')]
            .some(name => name.textContent === 'Guest'));

        // Revoked: nobody comes in with it any more, until it is extended.
        const row = () => host.page.evaluate(() => document.querySelector('.invite-row').className);
        await host.page.evaluate(() => [...document.querySelectorAll('.invite-row button')].at(-1).click());
        await host.page.waitFor(() => document.querySelector('.invite-over'));
        const late = await room.browser().newPage();
        await late.goto(link);
        await late.waitFor(() => document.querySelector('#lobby-password')?.checkVisibility() &&
            document.body.textContent.includes('no longer valid'));
        await late.close();
        await host.page.evaluate(() => document.querySelector('.invite-over button').click());
        await host.page.waitFor(() => !document.querySelector('.invite-over'));
        assert.equal(await row(), 'invite-row');

        // By command.
        await host.page.evaluate(() => document.querySelector('dialog').close());
        await host.say('/invite Carol 2h');
        const text = await host.page.waitFor(() => [...document.querySelectorAll('.message-output .message-text')]
            .map(element => element.textContent).find(text => text.includes('Carol')));
        assert.match(text, /token=/);
        assert.deepEqual(host.page.errors, []);
    });

    it('are not offered to those who may not invite', async () => {
        const ada = await room.join('Ada', 'red');
        await ada.press('people');
        await ada.page.waitFor(() => document.querySelector('[data-action="invite"]'));
        assert.equal(await ada.page.evaluate(() => document.querySelector('[data-action="invite"]').checkVisibility()), false);
        await ada.say('/invite');
        await ada.page.waitFor(() => document.querySelector('.composer-error')?.textContent.includes('/invite'));
    });
});
