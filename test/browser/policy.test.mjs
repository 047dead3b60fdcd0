// Every page under the policy that the server really sends: Trusted Types and all,
// with no violation, and with no way in for markup made from strings (ui-design.md
// 8.4, 10.6; ui.md 41).

import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {after, before, it} from 'node:test';
import {describeInBrowsers} from './lib/each.mjs';
import {startGalene} from './lib/galene.mjs';

const pages = [...readdirSync(new URL('../../static/', import.meta.url)).filter(name => name.endsWith('.html')),
    'example/example.html', 'example/module.html', 'group/tea/', 'no/such/page'];

/** @type {import('./lib/galene.mjs').Galene} */
let galene;

before(async () => {
    galene = await startGalene({tea: {'wildcard-user': {password: {type: 'wildcard'}, permissions: 'present'}}});
});
after(() => galene?.stop());

/** Keeps what the browser objects to. */
function watch() {
    const found = /** @type {string[]} */ ([]);
    Object.defineProperty(window, '__violations', {value: found});
    document.addEventListener('securitypolicyviolation', ({violatedDirective, blockedURI, sourceFile, sample}) =>
        found.push(`${violatedDirective} ${blockedURI} ${sourceFile} ${sample}`));
}

describeInBrowsers('content security policy', context => {
    it('no page breaks it', async () => {
        for (const name of pages) {
            const page = await context.browser.newPage();
            try {
                await page.initScript(watch);
                await page.goto(galene.url + name);
                await page.evaluate(() => document.fonts.ready.then(() => undefined));
                assert.deepEqual(await page.evaluate(() => /** @type {any} */ (window).__violations), [], name);
                assert.deepEqual(page.errors, [], name);
                const policy = await page.evaluate(() => fetch(location.href, {cache: 'no-store'}).then(response => response.headers.get('Content-Security-Policy')));
                assert.match(policy, /require-trusted-types-for 'script'/, name);
                assert.match(policy, /script-src 'self'[;]/, name);
                assert.match(policy, /style-src 'self'[;]/, name);
            } finally {
                await page.close();
            }
        }
    });

    it('strings do not become markup, nor inline scripts code', async () => {
        const page = await context.browser.newPage();
        try {
            await page.initScript(watch);
            await page.goto(`${galene.url}group/tea/`);
            const refused = await page.evaluate(() => {
                try {
                    document.createElement('div').innerHTML = '<b>x</b>';
                    return false;
                } catch {
                    return true;
                }
            });
            // Where the browser knows Trusted Types, which all of Chromium's do.
            const types = await page.evaluate(() => 'trustedTypes' in window);
            assert.ok(types || context.browser.name !== 'chromium');
            assert.equal(refused, types);
            // An inline script, as it would come with somebody's name.
            await page.evaluate(() => {
                const script = document.createElement('script');
                script.append('window.__ran = true');
                document.body.append(script);
            }).catch(() => {
                // Trusted Types refuse it at once.
            });
            assert.equal(await page.evaluate(() => /** @type {any} */ (window).__ran ?? false), false);
        } finally {
            await page.close();
        }
    });
});
