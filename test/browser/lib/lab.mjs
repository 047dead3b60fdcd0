// Tests inside pages/lab.html: protocol.js with real peer connections and a fake
// server, which sends what a real one never would.

import assert from 'node:assert/strict';
import {after, afterEach, before, beforeEach} from 'node:test';
import {describeInBrowsers} from './each.mjs';
import {servePages} from './pages.mjs';

/**
 * Describes tests that each get a fresh page, in every browser. `run` runs a
 * function in it, where `lab` is, and fails if an exception was not caught.
 *
 * @param {string} title
 * @param {(run: (f: Function, argument?: any) => Promise<any>) => void} define
 */
export function describeInLab(title, define) {
    describeInBrowsers(title, context => {
        /** @type {Awaited<ReturnType<typeof servePages>>} */
        let pages;
        /** @type {import('./browsers.mjs').Page} */
        let page;

        before(async () => {
            pages = await servePages();
        });
        after(() => pages.close());
        beforeEach(async () => {
            page = await context.browser.newPage();
            await page.goto(pages.url + 'lab.html');
        });
        afterEach(() => page.close());

        define(async (f, argument = null) => {
            const result = await page.evaluate(f, argument);
            assert.deepEqual(page.errors, []);
            return result;
        });
    });
}
