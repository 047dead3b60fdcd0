// protocol.js as a classic script and as a module (client-library.md 1).

import assert from 'node:assert/strict';
import {after, before, it} from 'node:test';
import {describeInBrowsers} from './lib/each.mjs';
import {servePages} from './lib/pages.mjs';

/** @type {Awaited<ReturnType<typeof servePages>>} */
let pages;
before(async () => {
    pages = await servePages();
});
after(() => pages.close());

describeInBrowsers('packaging', context => {
    for (const order of ['classic-first', 'module-first']) {
        it(`${order}: one class, and every name is global`, async () => {
            const page = await context.browser.newPage();
            await page.goto(`${pages.url}${order}.html`);
            const result = await page.evaluate(() => ({
                exported: Object.keys(window.fromModule).sort(),
                global: Object.keys(window.fromModule).every(name => typeof window[name] === 'function'),
                same: ['ServerConnection', 'Stream', 'TransferredFile']
                    .every(name => window[name] === window.fromModule[name]),
            }));
            assert.deepEqual(result.exported, ['ServerConnection', 'Stream', 'TransferredFile', 'newLocalId',
                'newRandomId', 'parseTime', 'recomputeUserStreams', 'sendFileCancel', 'toHex']);
            assert.ok(result.global);
            assert.ok(result.same);
            assert.deepEqual(page.errors, []);
            await page.close();
        });
    }
});
