// Runs a set of tests in every browser.

import {after, before, describe} from 'node:test';
import {browserNames, launch} from './browsers.mjs';

/**
 * Describes tests that run once in each browser; TEST_BROWSER names one to run
 * them only there.
 *
 * @param {string} title
 * @param {(context: {browser: Awaited<ReturnType<typeof launch>>}) => void} define
 *     declares the tests; the browser is there when they run
 */
export function describeInBrowsers(title, define) {
    const only = process.env.TEST_BROWSER;
    for (const name of browserNames) {
        if (only && only !== name)
            continue;
        describe(`${title} (${name})`, {timeout: 300_000}, () => {
            const context = /** @type {{browser: Awaited<ReturnType<typeof launch>>}} */ ({});
            before(async () => {
                context.browser = await launch(name);
            });
            after(() => context.browser?.close());
            define(context);
        });
    }
}
