// Files from one browser to the other, by the menu and by dropping them.

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {accessible, shots} from './lib/look.mjs';
import {meeting} from './lib/meeting.mjs';

describe('files', {timeout: 240_000}, () => {
    const room = meeting();

    it('are dropped on somebody, accepted, refused and saved', async () => {
        const ada = await room.join('Ada', 'red', {query: '?audio=off&video=off'});
        const bob = await room.join('Bob', 'blue', {query: '?audio=off&video=off'});

        const drop = (/** @type {string} */ name) => ada.page.evaluate((/** @type {string} */ name) => {
            const tile = [...document.querySelectorAll('.tile:not([data-self])')][0];
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File(['x'.repeat(100_000), 'end'], name, {type: 'text/plain'}));
            for (const type of ['dragover', 'drop'])
                tile.dispatchEvent(new DragEvent(type, {dataTransfer, bubbles: true, cancelable: true}));
        }, name);
        await ada.page.waitFor(() => document.querySelector('.tile:not([data-self])')?.checkVisibility());
        await drop('notes.txt');
        await ada.page.waitFor(() => document.querySelector('#send-person')?.selectedOptions[0].textContent === 'Bob');
        assert.match(await ada.page.evaluate(() => document.querySelector('.send-form').textContent), /network address/);
        await accessible(ada.page);
        await ada.click('.send-form [type="submit"]');
        await drop('secret.txt');
        await ada.click('.send-form [type="submit"]');

        // Bob is told, wherever he looks, and what accepting means.
        await bob.page.waitFor(() => [...document.querySelectorAll('[aria-live="polite"] p, .toast-text')]
            .some(element => element.textContent.includes('notes.txt')));
        await bob.press('more');
        await bob.choose('Files');
        await bob.page.waitFor(() => document.querySelectorAll('[data-file][data-state="offered"]').length === 2);
        assert.match(await bob.page.evaluate(() => document.querySelector('.file').textContent), /network address/);
        await accessible(bob.page);
        await shots(bob.page, 'files');
        // The latest is on top.
        await bob.page.evaluate(() => {
            const [secret, notes] = document.querySelectorAll('.file');
            secret.querySelector('[data-action="cancel"]').click();
            notes.querySelector('[data-action="accept"]').click();
        });
        await bob.page.waitFor(() => document.querySelector('[data-state="done"]'), null, 60_000);
        const saved = await bob.page.evaluate(async () => {
            let blob = null;
            const create = URL.createObjectURL;
            URL.createObjectURL = (/** @type {Blob} */ now) => create.call(URL, blob = now);
            document.querySelector('[data-action="save"]').click();
            const text = await blob.text();
            return [text.length, text.slice(-4)];
        });
        assert.deepEqual(saved, [100_003, 'xend']);
        await ada.page.waitFor(() => ['done', 'cancelled'].every(state => document.querySelector(`.file[data-state="${state}"]`)));
        assert.deepEqual([...ada.page.errors, ...bob.page.errors], []);
    });
});
