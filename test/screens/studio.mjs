// Takes pictures of the screens: the real server with the real pages, one browser,
// a clock that stands still, painted people (stage.mjs).

import {mkdir, utimes, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {startGalene} from '../browser/lib/galene.mjs';
import {launchChromium} from '../browser/lib/browsers.mjs';
import {groups, now} from './scenes.mjs';
import {stage} from './stage.mjs';

/** Addresses in the pictures must not depend on the port. */
const origin = 'http://galene.example/';

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
        if (scene.people?.some(({speaking, permissions}) => speaking && !permissions))
            await this.page.waitForFunction(() => document.querySelector('[data-speaking]') || !document.querySelector('[data-user-id=grace]')?.checkVisibility());
    }

    /** What the server says of the group. */
    status() {
        return {name: 'tea', displayName: 'Tea time', description: 'Everybody is welcome, every afternoon',
                location: `${origin}group/tea/`, endpoint: 'ws://galene.example/ws', clientCount: 3};
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
    const {browser, close} = await launchChromium([
        `--host-resolver-rules=MAP galene.example 127.0.0.1:${port}`, `--unsafely-treat-insecure-origin-as-secure=${origin.slice(0, -1)}`,
        '--force-color-profile=srgb', '--font-render-hinting=none', '--disable-lcd-text', '--hide-scrollbars',
    ], {FONTCONFIG_FILE: fonts});

    // One context: what is in its cache need not be fetched for each screen.
    const context = await browser.newContext({
        reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'UTC', serviceWorkers: 'block',
        httpCredentials: {username: 'ada', password: 'secret', origin: origin.slice(0, -1)},
    });
    await context.clock.setFixedTime(now);
    await context.addInitScript(() => {
        localStorage.clear();
        Math.random = () => 0.5;
    });

    /**
     * Takes pictures of a screen in one language and with one kind of pointer.
     *
     * @param {import('./list.mjs').Screen} screen
     * @param {View[]} views
     * @param {(view: View, picture: Buffer) => unknown} got
     */
    async function take(screen, views, got) {
        const page = await context.newPage();
        try {
            page.setDefaultTimeout(30_000);
            const session = await context.newCDPSession(page);
            const set = new Stage(page, views[0].lang);
            await session.send('Emulation.setTouchEmulationEnabled', {enabled: inHand(views[0]), maxTouchPoints: 5});
            for (const [i, {size: [width, height], theme}] of views.entries()) {
                await page.setViewportSize({width, height});
                await page.emulateMedia({colorScheme: theme});
                if (i === 0)
                    await screen.open(set);
                await screen.again?.(set);
                await page.mouse.move(0, 0);
                await settle(page);
                await got(views[i], await page.screenshot({animations: 'disabled', caret: 'hide', scale: 'css'}));
            }
            if (set.errors.length > 0)
                throw new Error(set.errors.join('\n'));
        } finally {
            await page.close();
        }
    }

    return {
        /**
         * Takes pictures of a screen. A page has one language, and one kind of pointer:
         * browsers do not tell it of another.
         *
         * @type {typeof take}
         */
        async take(screen, views, got) {
            const kindOf = (/** @type {View} */ view) => `${view.lang} ${inHand(view)}`;
            for (const kind of new Set(views.map(kindOf)))
                await take(screen, views.filter(view => kindOf(view) === kind), got);
        },
        async close() {
            await close();
            await galene.stop();
        },
    };
}

/** Whether a screen is small enough, in either direction, to be held in the hand. */
const inHand = (/** @type {View} */ {size}) => Math.min(...size) < 600;

/** Waits until everything is where it belongs. */
async function settle(/** @type {any} */ page) {
    await page.evaluate(async () => {
        await document.fonts.ready;
        const frame = () => new Promise(resolve => requestAnimationFrame(resolve));
        for (let i = 0; i < 3; i++)
            await frame();
    });
}
