// Takes pictures of the screens: the real server with the real pages, one browser,
// a clock that stands still, painted people (stage.mjs).

import {existsSync} from 'node:fs';
import {mkdir, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {chromium} from 'playwright-core';
import {startGalene} from '../browser/lib/galene.mjs';
import {groups, now} from './scenes.mjs';
import {stage} from './stage.mjs';

/** Addresses in the pictures must not depend on the port; under this name pages may use devices. */
const origin = 'http://galene.localhost/';

/** Not chromium-headless-shell: it needs half the time of the processor, but other fonts in italics. */
const programs = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** @typedef {import('./stage.mjs').Scene} Scene */

/** @typedef {import('./views.mjs').View} View */

/** A page in which a screen is built. */
export class Stage {
    /**
     * @param {any} page of Playwright
     * @param {string} lang
     */
    constructor(page, lang) {
        this.page = page;
        this.lang = lang;
        /** @type {string[]} */
        this.errors = [];
        page.on('pageerror', (/** @type {Error} */ error) => this.errors.push(error.stack ?? String(error)));
    }

    /**
     * @param {string} path
     * @param {object} [options]
     * @param {Scene} [options.scene] of a call
     * @param {string} [options.hash]
     * @param {string} [options.query]
     * @param {Record<string, any>} [options.answers] end of a path → what is answered there, or with which status
     */
    async goto(path, {scene, hash = '', query = '', answers = {}} = {}) {
        if (scene)
            await this.page.addInitScript(stage, {...scene, people: scene.people ?? [], settings: {name: 'Ada Lovelace', ...scene.settings}});
        for (const [end, answer] of Object.entries(answers)) {
            await this.page.route((/** @type {URL} */ url) => url.pathname.endsWith(end), (/** @type {any} */ route) =>
                typeof answer === 'number' ? route.fulfill({status: answer}) : route.fulfill({json: answer}));
        }
        const url = new URL(path, origin);
        for (const [name, value] of new URLSearchParams(query))
            url.searchParams.set(name, value);
        url.searchParams.set('lang', this.lang);
        await this.page.goto(`${url}${hash}`);
        // Whoever uses a pointer sees fewer rings than whoever uses keys.
        await this.page.mouse.click(1, 1);
    }

    /** The lobby, with its devices. */
    async lobby(/** @type {Scene} */ scene, /** @type {Parameters<Stage['goto']>[1]} */ options = {}) {
        await this.goto('group/tea/', {scene, ...options});
        await this.page.locator('.lobby-join:enabled').waitFor();
    }

    /** A call in which everybody is seen. */
    async join(/** @type {Scene} */ scene) {
        await this.lobby(scene);
        await this.press('.lobby-join');
        await this.page.locator('[data-connection=joined]').waitFor();
        await this.page.waitForFunction((/** @type {number} */ others) => {
            const shown = [...document.querySelectorAll('.tile video')].filter(video => !video.hidden && video.srcObject && video.checkVisibility());
            return document.querySelectorAll('.tile').length > others && shown.every(video => video.videoWidth > 0) &&
                ![...document.querySelectorAll('.tile')].some(tile => tile.dataset.state === 'connecting');
        }, scene.people?.filter(({permissions}) => !permissions?.includes('system') && permissions?.includes('present') !== false).length ?? 0);
        // A tile begins with initials, and keeps them where the settings of the scene leave pictures out.
        const pictured = scene.people?.filter(({camera, data, ice}) => camera && !data?.cameraoff && !ice).map(({id}) => id) ?? [];
        await this.page.waitForFunction((/** @type {string[]} */ ids) => ids.every(id =>
            [...document.querySelectorAll(`.tile[data-user-id="${id}"]`)].filter(tile => tile.checkVisibility())
                .every(tile => [...tile.querySelectorAll('video')].some(video => !video.hidden && video.videoWidth > 0))),
        pictured, {timeout: 5_000}).catch((/** @type {Error} */ error) => {
            if (error.name !== 'TimeoutError')
                throw error;
        });
        if (scene.people?.some(({speaking, permissions}) => speaking && !permissions))
            await this.page.waitForFunction(() => document.querySelector('[data-speaking]') || !document.querySelector('[data-user-id=grace]')?.checkVisibility());
    }

    /** What the server says of the group. */
    status() {
        return {name: 'tea', displayName: 'Tea time', description: 'Everybody is welcome, every afternoon',
                location: `${origin}group/tea/`, endpoint: 'ws://galene.localhost/ws', clientCount: 3};
    }

    /** Clicks with the pointer; what is hidden at this size is clicked all the same. */
    async press(/** @type {string} */ selector) {
        const found = this.page.locator(selector).first();
        await found.waitFor({state: 'attached'});
        const at = await found.evaluate((/** @type {HTMLElement} */ element) => {
            element.scrollIntoView({block: 'nearest'});
            const {x, y, width, height} = element.getBoundingClientRect();
            const [centreX, centreY] = [x + width / 2, y + height / 2];
            if (element.contains(document.elementFromPoint(centreX, centreY)))
                return [centreX, centreY];
            element.click();
            return null;
        });
        if (at)
            await this.page.mouse.click(...at);
    }

    /** Chooses the item of the open menu that has an icon. */
    async choose(/** @type {string} */ icon) {
        await this.press(`.menu-item:has(use[href="#icon-${icon}"])`);
    }

    /** Opens the list of people, which is in the bar or in its menu. */
    people() {
        return this.press('[data-control=people]');
    }

    /** Has the server say something. */
    server(/** @type {object} */ message) {
        return this.page.evaluate((/** @type {object} */ what) => window.__server.send(what), message);
    }

    /** From now on nothing happens by itself. */
    freeze() {
        return this.page.evaluate(() => window.__server.freeze());
    }
}

/** Files that look as if something had been recorded. */
async function record(/** @type {string} */ directory) {
    const folder = join(directory, 'recordings', 'tea');
    await mkdir(folder, {recursive: true});
    await mkdir(join(directory, 'recordings', 'empty'), {recursive: true});
    const start = '2026-03-10T14:00:00Z';
    const file = (/** @type {string} */ name, /** @type {string} */ username, /** @type {number} */ at, /** @type {number} */ duration) => ({
        name, stream: username, user: username, username, label: 'camera', start: new Date(Date.parse(start) + 1000 * at).toISOString(), duration,
        closed: '2026-03-10T15:12:00Z', tracks: [{kind: 'video', codec: 'vp8', width: 960, height: 540}, {kind: 'audio', codec: 'opus'}],
    });
    const files = [
        file('2026-03-10T14-00-00-Grace-Hopper.webm', 'Grace Hopper', 0, 4320),
        file('2026-03-10T14-03-12-Maximilian-Alexander-von-Habsburg-Lothringen.webm', 'Maximilian Alexander von Habsburg-Lothringen', 192, 4100.5),
        file('2026-03-10T14-10-00-Musa.webm', 'محمد بن موسى الخوارزمي', 600, 61),
    ];
    await writeFile(join(folder, '2026-03-10T14-00-00-session.json'), JSON.stringify({
        version: 1, group: 'tea', start, end: '2026-03-10T15:12:00Z', startedBy: 'ada', files,
        participants: files.map(({user, username}) => ({id: user, username, joined: start})),
    }));
    for (const [i, {name}] of files.entries())
        await writeFile(join(folder, name), Buffer.alloc(1_500_000 * (i + 1)));
    await writeFile(join(folder, 'an-old-film.mp4'), Buffer.alloc(900_000));
    await utimes(join(folder, 'an-old-film.mp4'), now, new Date('2025-11-02T09:00:00Z'));
}

/** Starts the server and the browser. */
export async function openStudio() {
    const galene = await startGalene(groups, {config: {writableGroups: true, users: {root: {password: 'secret', permissions: 'admin'}}}});
    const {port} = new URL(galene.url);
    await record(galene.directory);
    const fonts = fileURLToPath(new URL('fonts.conf', import.meta.url));
    const browser = await chromium.launch({
        executablePath: process.env.TEST_CHROMIUM || programs.find(existsSync),
        args: [
            '--no-sandbox', '--disable-gpu', `--host-resolver-rules=MAP galene.localhost 127.0.0.1:${port}`,
            '--force-color-profile=srgb', '--font-render-hinting=none', '--disable-lcd-text', '--hide-scrollbars',
            '--autoplay-policy=no-user-gesture-required',
        ],
        env: {...process.env, FONTCONFIG_FILE: fonts},
    });

    // One context: what is in its cache need not be fetched for each screen.
    const context = await browser.newContext({
        reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'UTC', serviceWorkers: 'block',
        httpCredentials: {username: 'ada', password: 'secret', origin: origin.slice(0, -1)},
    });
    await context.clock.setFixedTime(now);
    await context.addInitScript(() => {
        localStorage.clear();
        Math.random = () => 0.5;
        // A caret blinks, and sounds that nobody hears need no device.
        const sheet = new CSSStyleSheet();
        sheet.replaceSync('* { caret-color: transparent !important; }');
        document.adoptedStyleSheets.push(sheet);
        window.AudioContext = class extends AudioContext {
            constructor(/** @type {any} */ options) {
                super({...options, sinkId: {type: 'none'}});
            }
        };
    });

    /**
     * Takes pictures of a screen from one page: only its size, the theme and the kind
     * of pointer change.
     *
     * @param {import('./list.mjs').Screen} screen
     * @param {View[]} views all in one language
     * @param {(view: View, picture: Buffer) => unknown} got
     */
    async function film(screen, views, got) {
        const page = await context.newPage();
        try {
            page.setDefaultTimeout(60_000);
            const session = await context.newCDPSession(page);
            const set = new Stage(page, views[0].lang);
            for (const [i, view] of views.entries()) {
                const {size: [width, height], theme} = view;
                if (i === 0 || inHand(view) !== inHand(views[i - 1]))
                    await session.send('Emulation.setTouchEmulationEnabled', {enabled: inHand(view), maxTouchPoints: 5});
                await page.evaluate(awaitResize);
                await page.setViewportSize({width, height});
                // Menus close when the page is told.
                await page.evaluate(() => window.__resized);
                await page.emulateMedia({colorScheme: theme});
                if (i === 0)
                    await screen.open(set);
                await screen.again?.(set);
                await page.mouse.move(0, 0);
                await page.evaluate(settle);
                const {data} = await session.send('Page.captureScreenshot', {format: 'png', optimizeForSpeed: true});
                await got(view, Buffer.from(data, 'base64'));
            }
            if (set.errors.length > 0)
                throw new Error(set.errors.join('\n'));
        } finally {
            await page.close();
        }
    }

    return {
        /**
         * Takes pictures of a screen, in the order in which it takes the fewest pages.
         *
         * @param {import('./list.mjs').Screen} screen
         * @param {View[]} views
         * @param {(view: View, picture: Buffer) => unknown} got
         */
        async take(screen, views, got) {
            // Chromium tells pages of fingers that come, but not of a mouse that comes back.
            const sorted = [...views].sort((a, b) => Number(inHand(a)) - Number(inHand(b)));
            const kindOf = (/** @type {View} */ view) => screen.apart ? `${view.lang} ${view.size}` : view.lang;
            for (const kind of new Set(sorted.map(kindOf)))
                await film(screen, sorted.filter(view => kindOf(view) === kind), got);
        },
        async close() {
            await browser.close();
            await galene.stop();
        },
    };
}

/** Whether a screen is small enough, in either direction, to be held in the hand. */
const inHand = (/** @type {View} */ {size}) => Math.min(...size) < 600;

/** Runs in a page. */
const awaitResize = () => {
    window.__resized = new Promise(resolve => addEventListener('resize', resolve, {once: true}));
};

/** Runs in a page: waits until everything is where it belongs, and every film has a picture. */
async function settle() {
    const frame = () => new Promise(resolve => requestAnimationFrame(resolve));
    const waits = () => [...document.querySelectorAll('video')].some(video =>
        video.srcObject && !video.paused && video.checkVisibility() && video.readyState < 2);
    // What hides when nothing has happened for a while is shown.
    document.querySelector('.call')?.dispatchEvent(new Event('pointermove'));
    await document.fonts.ready;
    for (let i = 0; i < 3 || waits(); i++)
        await frame();
    for (const animation of document.getAnimations()) {
        if (animation.effect?.getComputedTiming().endTime === Infinity)
            animation.cancel();
        else
            animation.finish();
    }
}
