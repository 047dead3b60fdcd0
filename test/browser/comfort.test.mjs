// Small comforts: louder than sent, push to talk, completion of names.

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {accessible, shots} from './lib/look.mjs';
import {meeting} from './lib/meeting.mjs';

describe('comforts', {timeout: 240_000}, () => {
    const room = meeting();

    it('somebody quiet is made louder, Space talks, names are completed', async () => {
        const ada = await room.join('Ada', 'red', {query: '?audio=off&video=off'});
        const bob = await room.join('Bob Builder', 'blue', {query: '?video=off'});
        const {keyboard} = ada.page.native;
        await ada.awaitMedia(0, 1);

        // Louder: what leaves the amplifier is listened to.
        await ada.page.evaluate(() => {
            const create = AudioContext.prototype.createGain;
            AudioContext.prototype.createGain = function() {
                const gain = create.call(this);
                const analyser = this.createAnalyser();
                gain.connect(analyser);
                window.amplifier = {gain, analyser, context: this};
                return gain;
            };
        });
        const setVolume = async (/** @type {number} */ volume) => {
            await ada.page.evaluate(() => document.querySelector('.tile:not([data-self]) .tile-tools button:last-child').click());
            await ada.choose('Volume');
            await ada.page.waitFor(() => document.querySelector('#volume'));
            await ada.page.evaluate((/** @type {number} */ volume) => {
                const input = document.querySelector('#volume');
                input.value = String(volume);
                input.dispatchEvent(new Event('input', {bubbles: true}));
            }, volume);
        };
        await setVolume(200);
        await accessible(ada.page);
        await shots(ada.page, 'volume');
        await keyboard.press('Escape');
        await ada.page.waitFor(() => {
            const {gain, analyser} = window.amplifier ?? {};
            if (gain?.gain.value !== 2)
                return false;
            const samples = new Float32Array(analyser.fftSize);
            analyser.getFloatTimeDomainData(samples);
            return samples.some(sample => Math.abs(sample) > 0.01);
        });
        await setVolume(100);
        await keyboard.press('Escape');
        await ada.page.waitFor(() => window.amplifier.context.state === 'closed');

        // Names.
        await ada.press('chat');
        await ada.page.waitFor(() => document.querySelector('[data-composer]'));
        await ada.page.evaluate(() => document.querySelector('[data-composer]').focus());
        await keyboard.type('hello @bo');
        await ada.page.waitFor(() => document.querySelector('.completion')?.textContent.includes('@Bob Builder'));
        await accessible(ada.page);
        await keyboard.press('Tab');
        await keyboard.type('there');
        await keyboard.press('Enter');
        await ada.awaitMessage('hello @Bob Builder there');

        // Push to talk.
        await ada.say('/set pushToTalk true');
        await ada.press('chat');
        await ada.page.evaluate(() => document.activeElement.blur());
        const microphone = (/** @type {string} */ pressed) => ada.page.waitFor((/** @type {string} */ wanted) =>
            document.querySelector('[data-control="microphone"]').getAttribute('aria-pressed') === wanted, pressed);
        await microphone('false');
        await keyboard.down('Space');
        await microphone('true');
        await bob.awaitMedia(0, 1);
        await keyboard.up('Space');
        await microphone('false');
        assert.deepEqual([...ada.page.errors, ...bob.page.errors], []);
    });
});
