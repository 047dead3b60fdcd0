// Starts the browsers that the tests run in, and gives them one small interface:
// Chromium is driven through its DevTools, Firefox through WebDriver BiDi.
//
// Chromium comes in two forms.  Most tests use the one without windows of its own,
// where a page takes a third of the processor time; the engine is the same.

import {existsSync} from 'node:fs';
import {cp, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import puppeteer from 'puppeteer-core';
import {chromium} from 'playwright-core';

/** What the tests can ask for. */
export const browserNames = /** @type {const} */ (['chromium', 'firefox']);

/** @typedef {typeof browserNames[number]} BrowserName */

/**
 * @typedef {object} PageOptions
 * @property {number} [width] in CSS pixels
 * @property {number} [height]
 * @property {'light' | 'dark'} [colorScheme] only Chromium obeys
 * @property {boolean} [reducedMotion] only Chromium obeys
 */

const chromiumFlags = [
    '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync',
    '--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream',
    '--autoplay-policy=no-user-gesture-required',
    '--disable-features=WebRtcHideLocalIpsWithMdns',
];

const firefoxPreferences = {
    'media.navigator.streams.fake': true,
    'media.navigator.permission.disabled': true,
    'media.peerconnection.ice.loopback': true,
    'media.peerconnection.ice.obfuscate_host_addresses': false,
    'media.autoplay.default': 0,
    'app.update.enabled': false,
    'datareporting.policy.dataSubmissionEnabled': false,
    'network.captive-portal-service.enabled': false,
};

/**
 * @param {string} name
 * @param {string[]} candidates
 */
function executable(name, candidates) {
    const path = process.env[`TEST_${name.toUpperCase()}`] || candidates.find(existsSync);
    if (!path)
        throw new Error(`${name} is not installed; say where it is in TEST_${name.toUpperCase()}`);
    return path;
}

/** A page of either browser, with what has gone wrong in it. */
export class Page {
    /** @type {string[]} uncaught exceptions */
    errors = [];
    /** @type {string[]} what the page has written to the console */
    console = [];

    /**
     * @param {any} page of the driver
     * @param {() => Promise<void>} close
     */
    constructor(page, close) {
        /** The page of the driver, for what only one browser can do. */
        this.native = page;
        this.close = close;
        page.on('pageerror', (/** @type {Error} */ error) => this.errors.push(String(error?.message ?? error)));
        page.on('console', (/** @type {any} */ message) => this.console.push(message.text()));
    }

    /** @param {string} url */
    async goto(url) {
        await this.native.goto(url, {waitUntil: 'load'});
    }

    /**
     * Runs a function in every document of the page before its own scripts.
     *
     * @param {Function} f
     * @param {any} [argument] anything that can be serialised
     * @returns {Promise<any>}
     */
    initScript(f, argument) {
        return this.native.addInitScript ?
            this.native.addInitScript(f, argument) : this.native.evaluateOnNewDocument(f, argument);
    }

    /**
     * Runs a function in the page.
     *
     * @param {Function | string} f
     * @param {any} [argument] anything that can be serialised
     * @returns {Promise<any>}
     */
    evaluate(f, argument) {
        return this.native.evaluate(f, argument);
    }

    /**
     * What has last been noted of the page's connections and messages, if anything is.
     *
     * @returns {Promise<string[]>}
     */
    log() {
        return this.evaluate(() => window.__test?.log.slice(-30) ?? []);
    }

    /**
     * Waits until a function gives something truthy in the page, and returns it.
     *
     * @param {Function} f
     * @param {any} [argument]
     * @param {number} [timeout] in milliseconds
     * @returns {Promise<any>}
     */
    async waitFor(f, argument, timeout = 30_000) {
        const deadline = Date.now() + timeout;
        for (;;) {
            const result = await this.evaluate(f, argument);
            if (result)
                return result;
            if (Date.now() > deadline)
                throw new Error([`not true within ${timeout} ms: ${f}`, ...this.errors, ...this.console, ...await this.log()].join('\n'));
            await new Promise(resolve => setTimeout(resolve, 50));
        }
    }
}

/** @typedef {{name: BrowserName, newPage: (options?: PageOptions) => Promise<Page>, close: () => Promise<void>}} Browser */

/**
 * The browsers of this process, by name and form.
 *
 * @type {Map<string, {browser: Promise<Browser & {alive: () => boolean}>, users: number}>}
 */
const running = new Map();

/** How long a browser stays that nobody uses: until the next `describe` of a file, in milliseconds. */
const patience = 500;

/** Whether browsers that nobody uses are kept until they are closed. */
let kept = false;

/**
 * Keeps browsers that nobody uses, for the tests of other files.
 *
 * @returns {() => Promise<unknown>} closes them
 */
export function keepBrowsers() {
    kept = true;
    return () => Promise.all([...running].map(async ([key, {browser}]) => {
        running.delete(key);
        await (await browser).close();
    }));
}

/**
 * Starts a browser, or takes the one that an earlier `describe` has left running.
 * Every page has a profile of its own.
 *
 * @param {BrowserName} name
 * @param {{whole?: boolean}} [form] Chromium as people have it
 * @returns {Promise<Browser>}
 */
export async function launch(name, {whole = false} = {}) {
    const key = `${name}${whole ? ', whole' : ''}`;
    const old = running.get(key);
    const shared = old && (await old.browser).alive() ? old :
        {browser: name === 'chromium' ? launchChromium([], {}, whole) : launchFirefox(), users: 0};
    running.set(key, shared);
    shared.users++;
    const {newPage, close} = await shared.browser;
    /** @type {Page[]} */
    const pages = [];
    return {
        name,
        async newPage(options) {
            const page = await newPage(options);
            pages.push(page);
            return page;
        },
        async close() {
            await Promise.all(pages.map(page => page.close().catch(() => {})));
            shared.users--;
            if (kept)
                return;
            setTimeout(() => {
                if (shared.users > 0 || running.get(key) !== shared)
                    return;
                running.delete(key);
                void close();
            }, patience);
        },
    };
}

/**
 * Starts Chromium.
 *
 * @param {string[]} [flags] more of them
 * @param {Record<string, string>} [env] more of the environment
 * @param {boolean} [whole] as people have it
 */
export async function launchChromium(flags = [], env = {}, whole = false) {
    const browser = await chromium.launch({
        executablePath: executable('chromium', [...whole ? [] : ['/usr/bin/chromium-headless-shell'],
            '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome']),
        args: [...chromiumFlags, ...flags],
        env: {...process.env, ...env},
    });
    return {
        name: /** @type {const} */ ('chromium'),
        /** The browser of the driver. */
        browser,
        alive: () => browser.isConnected(),
        async newPage(/** @type {PageOptions} */ options = {}) {
            const context = await browser.newContext({
                viewport: {width: options.width ?? 1280, height: options.height ?? 800},
                colorScheme: options.colorScheme ?? 'light',
                reducedMotion: options.reducedMotion ? 'reduce' : 'no-preference',
                permissions: ['camera', 'microphone'],
            });
            return new Page(await context.newPage(), () => context.close());
        },
        close: () => browser.close(),
    };
}

/**
 * Starts Firefox.  What it does when it first runs takes it longer than all else:
 * TEST_FIREFOX_PROFILE names a directory in which that has been done.
 */
async function launchFirefox() {
    const profile = await mkdtemp(join(tmpdir(), 'galene-firefox-'));
    if (process.env.TEST_FIREFOX_PROFILE)
        await cp(process.env.TEST_FIREFOX_PROFILE, profile, {recursive: true});
    const browser = await startFirefox(profile);
    return {
        name: /** @type {const} */ ('firefox'),
        alive: () => browser.connected,
        async newPage(/** @type {PageOptions} */ options = {}) {
            const context = await browser.createBrowserContext();
            const page = await context.newPage();
            await page.setViewport({width: options.width ?? 1280, height: options.height ?? 800});
            return new Page(page, () => context.close());
        },
        async close() {
            await browser.close();
            await rm(profile, {recursive: true, force: true});
        },
    };
}

/**
 * @param {string} profile directory, which need not have anything in it
 */
export function startFirefox(profile) {
    return puppeteer.launch({
        browser: 'firefox',
        executablePath: executable('firefox', ['/usr/bin/firefox-esr', '/usr/bin/firefox']),
        extraPrefsFirefox: firefoxPreferences,
        headless: true,
        // Nobody listens to what is told of each request, which takes Firefox as long as the request.
        networkEnabled: false,
        userDataDir: profile,
    });
}
