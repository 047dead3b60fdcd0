// A call of two browsers is recorded; the files are decoded completely, and both
// browsers play them in the page of recordings.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, it} from 'node:test';
import {meeting} from './lib/meeting.mjs';

/** @param {string[]} args */
function ffmpeg(...args) {
    const result = spawnSync(args[0], args.slice(1), {encoding: 'utf8'});
    if (result.error)
        throw result.error;
    return result;
}

const installed = !spawnSync('ffprobe', ['-version']).error;

describe('recording', {timeout: 300_000, skip: installed ? false : 'ffmpeg is not installed'}, () => {
    const room = meeting({description: {'allow-recording': true}, browsers: ['chromium', 'firefox']});
    const directory = () => join(room.server().directory, 'recordings', room.group());

    /** @param {string} ending */
    async function files(ending) {
        try {
            return (await readdir(directory())).filter(name => name.endsWith(ending)).sort();
        } catch {
            return []; // there is no such directory yet
        }
    }

    /**
     * @param {string} what
     * @param {() => Promise<boolean>} condition
     */
    async function until(what, condition) {
        for (const deadline = Date.now() + 60_000; !await condition();) {
            if (Date.now() > deadline)
                throw new Error(`${what}: waited in vain\n${room.server().log()}`);
            await new Promise(resolve => setTimeout(resolve, 100));
        }
    }

    it('what two people say and show can be watched afterwards', async () => {
        const host = await room.host({name: 'host', camera: 'red'});
        const bob = await room.join('Bob', 'blue', {browser: 'firefox'});
        await host.awaitPictures(['blue']);
        await bob.awaitPictures(['red']);
        await host.say('/record');
        await bob.page.waitFor(() => document.querySelector('.rec')?.checkVisibility());
        await until('two files', async () => (await files('.webm.part')).length === 2);
        await new Promise(resolve => setTimeout(resolve, 4000)); // something to watch
        await host.say('/unrecord');
        await until('complete files', async () =>
            (await files('.part')).length === 0 && (await files('.webm')).length === 2);

        // The index is completed once the files are.
        const [session] = await files('-session.json');
        /** @type {any} */ let index;
        await until('a complete index', async () => {
            index = JSON.parse(await readFile(join(directory(), session), 'utf8'));
            return index.files.length === 2 && index.files.every((/** @type {any} */ file) => file.duration);
        });
        for (const name of await files('.webm')) {
            const path = join(directory(), name);
            const decoded = ffmpeg('ffmpeg', '-v', 'error', '-i', path, '-fps_mode', 'passthrough', '-enc_time_base', '-1', '-f', 'null', '-');
            assert.equal(decoded.stderr, '', name);
            const streams = ffmpeg('ffprobe', '-v', 'error', '-of', 'json', '-show_entries',
                'stream=codec_name,start_time:format=duration', path);
            const probed = JSON.parse(streams.stdout);
            assert.deepEqual(probed.streams.map((/** @type {any} */ s) => s.codec_name), ['vp8', 'opus']);
            assert.ok(Number(probed.format.duration) > 3, `${name} lasts ${probed.format.duration} s`);
            const file = index.files.find((/** @type {any} */ f) => f.name === name);
            assert.ok(Math.abs(file.duration - Number(probed.format.duration)) < 0.04, `${name}: ${file.duration} s, and ${probed.format.duration} s by ffprobe`);
        }

        const names = await files('.webm');
        for (const browser of /** @type {const} */ (['chromium', 'firefox'])) {
            const page = await room.browser(browser).newPage();
            try {
                const url = new URL(`recordings/${room.group()}/`, room.server().url);
                url.username = 'host';
                url.password = encodeURIComponent('let me in');
                await page.goto(url.href);
                const listed = await page.evaluate(() => [...document.querySelectorAll('td a:not([download])')]
                    .map(a => a.textContent).filter(name => name.endsWith('.webm')));
                assert.deepEqual(listed, names);
                await page.evaluate(() => {
                    for (const details of document.querySelectorAll('.recording-play'))
                        details.open = true;
                    for (const video of document.querySelectorAll('video')) {
                        video.muted = true;
                        void video.play();
                    }
                });
                await page.waitFor(() => [...document.querySelectorAll('video')].every(video =>
                    video.currentTime > 0.5 && video.videoWidth > 0 && video.duration > 3));
                // One can seek.
                await page.evaluate(() => {
                    for (const video of document.querySelectorAll('video')) {
                        video.pause();
                        video.currentTime = 2.5;
                    }
                });
                await page.waitFor(() => [...document.querySelectorAll('video')].every(video =>
                    !video.seeking && Math.abs(video.currentTime - 2.5) < 0.2 && video.readyState >= 2));
                assert.deepEqual(page.errors, []);
                assert.deepEqual(page.console.filter(line => line.includes('Content-Security-Policy')), []);
            } finally {
                await page.close();
            }
        }
    });
});
