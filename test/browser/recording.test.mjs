// A call of two browsers is recorded; the files are decoded completely, and both
// browsers play them in the page of recordings.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, it} from 'node:test';
import {meeting} from './lib/meeting.mjs';
import {Person} from './lib/person.mjs';

/** @param {string[]} args */
function ffmpeg(...args) {
    const result = spawnSync(args[0], args.slice(1), {encoding: 'utf8'});
    if (result.error)
        throw result.error;
    return result;
}

/** @typedef {import('./lib/browsers.mjs').BrowserName} BrowserName */

const installed = !spawnSync('ffprobe', ['-version']).error;

describe('recording', {timeout: 300_000, skip: installed ? false : 'ffmpeg is not installed'}, () => {
    const room = meeting({description: {'allow-recording': true}, browsers: ['chromium', 'firefox']});
    const directory = (group = room.group()) => join(room.server().directory, 'recordings', group);

    /**
     * @param {string} ending
     * @param {string} [group]
     */
    async function files(ending, group) {
        try {
            return (await readdir(directory(group))).filter(name => name.endsWith(ending)).sort();
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

    /**
     * Opens the page of the recordings of a group.
     *
     * @param {BrowserName} name
     * @param {string} user
     * @param {string} group
     */
    async function openRecordings(name, user, group) {
        const page = await room.browser(name).newPage();
        const url = new URL(`recordings/${group}/`, room.server().url);
        url.username = user;
        url.password = encodeURIComponent('let me in');
        await page.goto(url.href);
        return page;
    }

    /** Plays all recordings in their page, so many times as quick as they are. */
    const playAll = (/** @type {import('./lib/browsers.mjs').Page} */ page, rate = 1) => page.evaluate((/** @type {number} */ rate) => {
        for (const details of document.querySelectorAll('.recording-play'))
            details.open = true;
        for (const video of document.querySelectorAll('video')) {
            video.muted = true;
            video.playbackRate = rate;
            void video.play();
        }
    }, rate);

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
            const page = await openRecordings(browser, 'host', room.group());
            try {
                const listed = await page.evaluate(() => [...document.querySelectorAll('td a:not([download])')]
                    .map(a => a.textContent).filter(name => name.endsWith('.webm')));
                assert.deepEqual(listed, names);
                await playAll(page);
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

    /** How many frames somebody has sent so far. */
    const sent = (/** @type {Person} */ person) => person.page.evaluate(async () => {
        let frames = 0;
        for (const {reports} of await window.__test.statistics()) {
            for (const report of reports.values()) {
                if (report.type === 'outbound-rtp' && report.kind === 'video')
                    frames += report.framesSent ?? report.framesEncoded ?? 0;
            }
        }
        return frames;
    });

    /**
     * The browsers that can send something.
     *
     * @returns {Promise<Map<string, BrowserName[]>>} by its type
     */
    async function senders() {
        /** @type {Map<string, BrowserName[]>} */
        const able = new Map();
        for (const name of /** @type {const} */ (['chromium', 'firefox'])) {
            const page = await room.browser(name).newPage();
            const types = new Set(await page.evaluate(() => RTCRtpSender.getCapabilities('video').codecs
                .map((/** @type {{mimeType: string}} */ codec) => codec.mimeType)));
            await page.close();
            for (const type of types)
                able.set(type, [...able.get(type) ?? [], name]);
        }
        return able;
    }

    /**
     * Records browsers, whose pictures change in size meanwhile, and looks at the files.
     *
     * @param {string} codec as a group names it
     * @param {string} probed what FFmpeg calls it
     * @param {BrowserName[]} browsers Chromium is the first one
     */
    async function record(codec, probed, browsers) {
        const group = `${room.group()}-${codec}`;
        await room.server().setGroup(group, {
            'allow-recording': true, codecs: [codec, 'opus'], users: {
                chromium: {password: 'let me in', permissions: 'op'}, firefox: {password: 'let me in', permissions: 'present'},
            },
        });
        const colours = {chromium: 'red', firefox: 'blue'};
        const people = await Promise.all(browsers.map(async name =>
            room.add(await Person.join(room.browser(name), `${room.server().url}group/${group}/`,
                {name, camera: colours[name], password: 'let me in'}))));
        const host = people[0];
        await Promise.all(people.map(person => person.awaitPictures(people.filter(other => other !== person)
            .map(other => other.camera))));
        await until(`pictures in ${codec}`, async () => (await Promise.all(people.map(sent))).every(frames => frames > 0));
        const before = await Promise.all(people.map(sent));
        await host.say('/record');
        await until(`files with ${codec}`, async () => (await files('.part', group)).length === people.length);
        const begun = await Promise.all(people.map(sent));
        // The first frames of the other size.
        await Promise.all(people.map(person => person.page.evaluate(() => {
            for (const canvas of window.__test.canvases) {
                canvas.width = 240;
                canvas.height = 136;
            }
        })));
        await until(`frames in ${codec}`, async () =>
            (await Promise.all(people.map(sent))).every((frames, i) => frames >= begun[i] + 20));
        const ended = await Promise.all(people.map(sent));
        await until(`${codec} to be sent`, async () =>
            (await Promise.all(people.map(sent))).every((frames, i) => frames >= ended[i] + 4));
        await host.say('/unrecord');
        await until(`complete files with ${codec}`, async () =>
            (await files('.part', group)).length === 0 && (await files('-session.json', group)).length === 1);
        /** @type {any} */ let index;
        await until(`an index of ${codec}`, async () => {
            const [session] = await files('-session.json', group);
            index = JSON.parse(await readFile(join(directory(group), session), 'utf8'));
            return index.end;
        });
        const after = await Promise.all(people.map(sent));
        await Promise.all(people.map(room.leave));
        assert.deepEqual(index.files.map((/** @type {any} */ f) => f.username).sort(), people.map(person => person.name));
        for (const [i, {name}] of people.entries()) {
            const file = index.files.find((/** @type {any} */ f) => f.username === name);
            const path = join(directory(group), file.name);
            const decoded = ffmpeg('ffmpeg', '-v', 'error', '-i', path, '-fps_mode', 'passthrough', '-enc_time_base', '-1', '-f', 'null', '-');
            assert.equal(decoded.stderr, '', file.name);
            const {stdout} = ffmpeg('ffprobe', '-v', 'error', '-of', 'json', '-count_packets', '-show_streams', '-show_format', '-show_frames',
                '-show_entries', 'frame=media_type,width,height:stream=codec_name,nb_read_packets:format=duration', path);
            const {streams, frames, format} = JSON.parse(stdout);
            assert.deepEqual(streams.map((/** @type {any} */ s) => s.codec_name), [probed, 'opus'], file.name);
            assert.ok(Math.abs(file.duration - Number(format.duration)) < 0.04, `${file.name}: ${file.duration} s, and ${format.duration} s by ffprobe`);
            const pictures = frames.filter((/** @type {any} */ f) => f.media_type === 'video');
            assert.equal(pictures.length, Number(streams[0].nb_read_packets), `${file.name}: pictures decoded, and recorded`);
            assert.ok(pictures.length >= ended[i] - begun[i] && pictures.length <= after[i] - before[i],
                `${file.name}: ${pictures.length} pictures, of ${before[i]}, ${begun[i]} to ${ended[i]}, ${after[i]} sent`);
            assert.equal(`${pictures.at(-1).width} × ${pictures.at(-1).height}`, '240 × 136', `${file.name} in the end`);
            assert.equal(pictures[0].width, 320, `${file.name} at first`);
        }
        await Promise.all(/** @type {const} */ (['chromium', 'firefox']).map(name => play(name, group, codec)));
    }

    /**
     * Plays the recordings of a group in their page, to the end.
     *
     * @param {BrowserName} name
     * @param {string} group
     * @param {string} codec
     */
    async function play(name, group, codec) {
        const page = await openRecordings(name, 'chromium', group);
        try {
            await playAll(page, 4);
            try {
                // They last as long as the recording did on this machine.
                await page.waitFor(() => [...document.querySelectorAll('video')].every(video => video.ended || video.error), undefined, 120_000);
            } finally {
                const states = await page.evaluate(() => [...document.querySelectorAll('video')].map(video =>
                    `${video.error?.message ?? ''} ${video.videoWidth} × ${video.videoHeight}`.trim()));
                assert.ok(states.length > 0 && states.every(state => state === '240 × 136'), `${codec} in ${name}: ${states.join(', ')}`);
            }
        } finally {
            await page.close();
        }
    }

    it('pictures are recorded completely in each codec, and so are changes of their size (R-4.6, R-4.7)', async t => {
        const able = await senders();
        const codecs = [['vp9', 'video/VP9', 'vp9'], ['av1', 'video/AV1', 'av1'], ['h264', 'video/H264', 'h264']]
            .filter(([, type]) => able.get(type)?.[0] === 'chromium');
        assert.ok(codecs.length >= 2, 'there is nothing to record');
        // One after another: what takes longer makes longer films.
        for (const [codec, type, probed] of codecs) {
            const browsers = able.get(type) ?? [];
            t.diagnostic(`${codec} is sent by ${browsers.join(' and ')}`);
            await record(codec, probed, browsers);
        }
    });
});
