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
            const result = await page.evaluate(() => {
                const same = (/** @type {any} */ a, /** @type {any} */ b) => Object.keys(a).filter(name => a[name] !== b[name]);
                const {fromModule, managementFromModule, seenByClassic, managementSeenByClassic} = window;
                return {
                    exported: Object.keys(fromModule).sort(),
                    functions: Object.values(fromModule).concat(Object.values(managementFromModule)).every(f => typeof f === 'function'),
                    different: [
                        same(fromModule, window), same(fromModule, seenByClassic),
                        same(managementFromModule, window), same(managementSeenByClassic, managementFromModule),
                    ],
                };
            });
            assert.deepEqual(result.exported, ['ServerConnection', 'Stream', 'TransferredFile', 'newLocalId',
                'newRandomId', 'parseTime', 'recomputeUserStreams', 'sendFileCancel', 'toHex']);
            assert.ok(result.functions);
            assert.deepEqual(result.different, [[], [], [], []]);
            assert.deepEqual(page.errors, []);
            await page.close();
        });
    }
});
