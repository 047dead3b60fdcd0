// Small comforts: louder than sent, push to talk, completion of names.

import assert from 'node:assert/strict';
import {readFile} from 'node:fs/promises';
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
        await ada.page.waitFor(() => window.amplifier.context.state === 'closed' && !document.querySelector('dialog'));

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

        // Microphones that come and go: the list follows, and what is sent is swapped on the connection there is.
        await ada.press('microphone');
        await microphone('true');
        await ada.press('more');
        await ada.choose('Settings');
        await ada.page.evaluate(() => {
            const {mediaDevices} = navigator;
            const [list, open] = [mediaDevices.enumerateDevices.bind(mediaDevices), mediaDevices.getUserMedia.bind(mediaDevices)];
            window.unplugged = '';
            mediaDevices.enumerateDevices = async () => (await list()).filter(({deviceId}) => deviceId !== window.unplugged);
            mediaDevices.getUserMedia = async constraints => {
                if (constraints.audio?.deviceId?.exact === window.unplugged)
                    throw new OverconstrainedError('deviceId', 'unplugged');
                return open(constraints);
            };
        });
        const plug = async (/** @type {string} */ unplugged, /** @type {number} */ count) => {
            await ada.page.evaluate((/** @type {string} */ id) => {
                window.unplugged = id;
                navigator.mediaDevices.dispatchEvent(new Event('devicechange'));
            }, unplugged);
            await ada.page.waitFor((/** @type {number} */ count) => document.querySelectorAll('#device-audio-settings option').length === count, count);
        };
        const wire = () => ada.page.evaluate(() => {
            const open = window.__test.connections.filter(pc => pc.connectionState === 'connected');
            const tracks = open.flatMap(pc => pc.getSenders()).map(({track}) => track).filter(track => track?.kind === 'audio');
            return {
                tracks: tracks.map(({id}) => id), devices: tracks.map(track => track.getSettings().deviceId),
                offers: window.__test.log.filter(line => line.includes('< {"type":"offer"')).length,
            };
        });
        await ada.page.waitFor(() => document.querySelectorAll('#device-audio-settings option').length > 1);
        const microphones = await ada.page.evaluate(() => [...document.querySelectorAll('#device-audio-settings option')].map(({value}) => value));
        const last = microphones.at(-1);
        await plug(last, microphones.length - 1);
        await plug('', microphones.length);
        const before = await wire();
        assert.deepEqual([before.tracks.length, before.offers], [1, 1]);
        const swapped = (/** @type {string} */ from) => ada.page.waitFor((/** @type {string} */ id) => window.__test.connections.some(
            pc => pc.getSenders().some(({track}) => track?.kind === 'audio' && track.readyState === 'live' && track.id !== id)), from);
        await ada.page.evaluate((/** @type {string} */ id) => {
            const select = document.querySelector('#device-audio-settings');
            select.value = id;
            select.dispatchEvent(new Event('change'));
        }, last);
        await swapped(before.tracks[0]);
        const chosen = await wire();
        assert.deepEqual(chosen, {...before, tracks: chosen.tracks, devices: [last]});
        await plug(last, microphones.length - 1);
        await ada.page.evaluate(() => {
            for (const {track} of window.__test.connections.flatMap(pc => pc.getSenders()))
                track?.dispatchEvent(new Event('ended'));
        });
        await swapped(chosen.tracks[0]);
        const other = await wire();
        assert.deepEqual(other, {...before, tracks: other.tracks, devices: other.devices});
        assert.notEqual(other.devices[0], last);
        await keyboard.press('Escape');
        await microphone('true');
        await bob.awaitMedia(0, 1);
        assert.deepEqual([...ada.page.errors, ...bob.page.errors], []);
    });

    it('hints, sounds, notifications; a screen is looked at closely; keys; the chat is saved', async () => {
        // Somebody who speaks all the time.
        const hum = () => {
            const original = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
            navigator.mediaDevices.getUserMedia = async constraints => {
                const media = await original(constraints);
                for (const track of media.getAudioTracks()) {
                    media.removeTrack(track);
                    const context = new AudioContext();
                    const tone = context.createOscillator();
                    const end = context.createMediaStreamDestination();
                    tone.connect(end);
                    tone.start();
                    media.addTrack(end.stream.getAudioTracks()[0]);
                }
                return media;
            };
        };
        const ada = await room.join('Ada', 'red', {query: '?video=off', prepare: page => page.initScript(hum)});
        const bob = await room.join('Bob', 'blue', {query: '?audio=off&video=off', screen: 'yellow'});
        const {keyboard, mouse} = ada.page.native;
        await bob.awaitMedia(0, 1);

        // Ada speaks although she is muted: she is told, and nobody hears her.
        await ada.press('microphone');
        await ada.page.waitFor(() => document.querySelector('.toasts')?.textContent.includes('Only this page hears you'));
        assert.equal(await ada.page.evaluate(() => document.querySelectorAll('[data-self][data-speaking]').length), 0);
        const energy = async () => (await bob.received()).find((/** @type {any} */ {kind}) => kind === 'audio')?.energy ?? 0;
        const silence = await energy();
        await shots(ada.page, 'muted-hint');

        // A sound for a message, a notification while the page is in the background.
        await ada.say('/set sounds "quiet"');
        await ada.say('/set notify "mentions"');
        await ada.press('chat');
        await ada.page.evaluate(() => {
            window.signals = {tones: 0, notes: []};
            const start = OscillatorNode.prototype.start;
            OscillatorNode.prototype.start = function(...args) {
                window.signals.tones++;
                start.apply(this, args);
            };
            window.Notification = class {
                static permission = 'granted';
                constructor(title, {body}) {
                    window.signals.notes.push(`${title}: ${body}`);
                }
                close() {}
            };
            Object.defineProperty(document, 'hidden', {get: () => true, configurable: true});
        });
        await ada.page.waitFor(() => document.querySelector('[data-signals]'));
        await bob.say('hello everybody');
        await ada.page.waitFor(() => window.signals.tones > 0);
        await bob.say('and hello Ada');
        await ada.page.waitFor(() => window.signals.notes.length > 0);
        assert.deepEqual(await ada.page.evaluate(() => window.signals.notes), ['Bob: and hello Ada']);
        await ada.page.evaluate(() => delete document.hidden);
        await ada.press('chat');
        await ada.page.waitFor(() => document.querySelector('.message-mention')?.textContent.includes('and hello Ada'));
        assert.equal(await ada.page.evaluate(() => document.querySelectorAll('.message-mention').length), 1);
        await accessible(ada.page);
        await shots(ada.page, 'mention');

        // A draft outlives the panel; the chat is saved.
        await ada.page.evaluate(() => document.querySelector('[data-composer]').focus());
        await keyboard.type('half a thou');
        await ada.press('chat');
        await ada.press('chat');
        assert.equal(await ada.page.evaluate(() => document.querySelector('[data-composer]').value), 'half a thou');

        // A symbol is put into it, by keys.
        await ada.click('.composer-emoji');
        await ada.page.waitFor(() => document.activeElement.closest('.menu-emoji') !== null);
        await accessible(ada.page);
        const symbol = () => ada.page.evaluate(() => {
            const {x, y} = document.activeElement.getBoundingClientRect();
            return {x, y, text: document.activeElement.textContent};
        });
        const first = await symbol();
        await keyboard.press('ArrowDown');
        const below = await symbol();
        assert.ok(below.x === first.x && below.y > first.y, JSON.stringify([first, below]));
        await keyboard.press('ArrowRight');
        const {text, ...at} = await symbol();
        assert.ok(at.x > below.x && at.y === below.y, JSON.stringify([below, at]));
        await keyboard.press('Enter');
        await keyboard.type('ght');
        assert.deepEqual(await ada.page.evaluate(() => [document.activeElement.value, document.querySelector('.menu-emoji')]), [`half a thou${text}ght`, null]);

        const saving = ada.page.native.waitForEvent('download');
        await ada.click('[data-action="export"]');
        assert.match(await readFile(await (await saving).path(), 'utf8'), /\] Bob: hello everybody\n\[.*\] Bob: and hello Ada\n$/);
        await ada.press('chat');

        // A screen is looked at closely.
        await bob.press('share');
        await ada.awaitPictures(['yellow']);
        const zoom = (/** @type {RegExp} */ wanted) => ada.page.waitFor((/** @type {string} */ pattern) =>
            new RegExp(pattern).test(document.querySelector('[data-kind="screen"]').dataset.zoom ?? ''), wanted.source);
        await ada.page.evaluate(() => document.querySelector('[data-kind="screen"]').focus());
        await keyboard.press('+');
        await zoom(/^1.50$/);
        await keyboard.press('ArrowLeft');
        await ada.page.waitFor(() => /translate\(60px, 0px\) scale\(1.5\)/.test(document.querySelector('[data-kind="screen"] video').style.transform));
        await mouse.move(400, 300);
        await mouse.wheel(0, -300);
        await zoom(/^3/);
        await accessible(ada.page);
        await shots(ada.page, 'zoom');
        await ada.click('[data-action="zoom-reset"]');
        await zoom(/^1.00$/);
        // With two fingers, which draw apart.
        const touch = await ada.page.native.context().newCDPSession(ada.page.native);
        const fingers = (/** @type {string} */ type, /** @type {number[]} */ ...places) => touch.send('Input.dispatchTouchEvent', {
            type, touchPoints: places.map((x, id) => ({x, y: 300, id})),
        });
        await fingers('touchStart', 380, 420);
        await fingers('touchMove', 340, 460);
        await zoom(/^3.00$/);
        await fingers('touchMove', 360, 440);
        await zoom(/^2.00$/);
        await fingers('touchEnd');
        await ada.click('[data-action="zoom-reset"]');
        await zoom(/^1.00$/);

        // What comes, and how.
        await ada.page.evaluate(() => document.querySelector('[data-kind="screen"] .tile-tools button:last-child').click());
        await ada.choose('Details');
        await ada.page.waitFor(() => /320 × 180.*VP8.*direct/s.test(document.querySelector('[data-details]')?.textContent ?? ''));
        await accessible(ada.page);
        await shots(ada.page, 'details');

        // One dialog opens before the browser tells that the other has closed, and stays; a key of one's own.
        await ada.page.evaluate(() => {
            document.querySelector('dialog').close();
            document.querySelector('[data-control="more"]').click();
            [...document.querySelectorAll('.menu-item')].find(item => item.textContent.includes('Settings')).click();
        });
        await ada.page.waitFor(() => document.querySelector('dialog [role="tab"]'));
        await shots(ada.page, 'settings-audio');
        await ada.page.evaluate(() => [...document.querySelectorAll('dialog [role="tab"]')].at(-1).click());
        await ada.page.waitFor(() => document.querySelector('[data-key-for="shortcut.chat"]'));
        await ada.page.evaluate(() => document.querySelector('[data-key-for="shortcut.chat"]').focus());
        await keyboard.press('p');
        await ada.page.waitFor(() => document.querySelector('.key-field .field-error:not([hidden])')?.textContent === 'P is already used: People.');
        await accessible(ada.page);
        await shots(ada.page, 'settings-keys');
        await keyboard.press('x');
        await keyboard.press('Escape');
        await ada.page.waitFor(() => !document.querySelector('dialog'));
        await keyboard.press('c');
        await keyboard.press('x');
        await ada.page.waitFor(() => document.querySelector('[data-composer]'));
        assert.match(await ada.page.evaluate(() => document.querySelector('[data-control="chat"]').dataset.tip), /\(X\)/);

        assert.ok(await energy() - silence < 1e-6, 'a muted microphone was heard');
        assert.deepEqual([...ada.page.errors, ...bob.page.errors], []);

        // The group is on the landing page of this browser, until it is cleared.
        await ada.page.goto(room.server().url);
        await ada.page.waitFor(() => document.querySelector('#recent')?.checkVisibility());
        assert.deepEqual(await ada.page.evaluate(() => [...document.querySelectorAll('#recent-list a')]
            .map(link => [link.querySelector('.group-name').textContent, new URL(link.href).pathname])), [[room.group(), `/group/${room.group()}/`]]);
        await accessible(ada.page);
        await shots(ada.page, 'landing-recent');
        await ada.click('#forget');
        await ada.page.waitFor(() => !document.querySelector('#recent').checkVisibility());
        assert.equal(await ada.page.evaluate(() => localStorage.getItem('visits')), null);
    });
});
