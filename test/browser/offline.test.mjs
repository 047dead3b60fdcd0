// Installable, and says that one is offline; never code that the server no longer
// has (issue 8.6; ui-design.md 8.4, 8.7).

import assert from 'node:assert/strict';
import {cp, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, before, describe, it} from 'node:test';
import {fileURLToPath} from 'node:url';
import {launch} from './lib/browsers.mjs';
import {startGalene} from './lib/galene.mjs';
import {accessible, shots} from './lib/look.mjs';

const source = fileURLToPath(new URL('../../static/', import.meta.url));
const group = {tea: {'wildcard-user': {password: {type: 'wildcard'}, permissions: 'present'}}};

describe('service worker (chromium)', {timeout: 300_000}, () => {
    /** @type {Awaited<ReturnType<typeof launch>>} */
    let browser;
    /** @type {string} */
    let directory;
    /** @type {import('./lib/galene.mjs').Galene | undefined} */
    let galene;
    let port = '';

    const start = async () => {
        galene = await startGalene(group, {flags: ['-static', directory, ...port ? ['-http', `127.0.0.1:${port}`] : []]});
        ({port} = new URL(galene.url));
    };
    const stop = async () => {
        await galene?.stop();
        galene = undefined;
    };

    before(async () => {
        directory = join(await mkdtemp(join(tmpdir(), 'galene-static-')), 'static');
        await cp(source, directory, {recursive: true});
        await start();
        browser = await launch('chromium');
    });
    after(async () => {
        await browser?.close();
        await stop();
        await rm(join(directory, '..'), {recursive: true, force: true});
    });

    /** A page that the worker is at work for. */
    async function controlled(/** @type {string} */ path) {
        const page = await browser.newPage();
        await page.goto(`http://127.0.0.1:${port}/${path}`);
        await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
        // From the next page on it is in control.
        await page.native.reload();
        await page.waitFor(() => navigator.serviceWorker.controller !== null, null, 60_000);
        return page;
    }

    it('the page can be installed', async () => {
        const page = await controlled('');
        const session = await page.native.context().newCDPSession(page.native);
        const {errors, url} = await session.send('Page.getAppManifest');
        assert.deepEqual([errors, url], [[], `http://127.0.0.1:${port}/manifest.json`]);
        const {installabilityErrors} = await session.send('Page.getInstallabilityErrors');
        // Tests run in private windows.
        assert.deepEqual(installabilityErrors.map((/** @type {any} */ e) => e.errorId).filter((/** @type {string} */ id) => id !== 'in-incognito'), []);
        assert.deepEqual([page.errors, page.console], [[], []]);
        await page.close();
    });

    it('keeps only what says that one is offline', async () => {
        const page = await controlled('group/tea/');
        const kept = await page.evaluate(async () => {
            const caches = globalThis.caches;
            const requests = [];
            for (const name of await caches.keys())
                requests.push(...await (await caches.open(name)).keys());
            return requests.map(({url}) => url);
        });
        assert.ok(kept.length > 3);
        assert.deepEqual(kept.filter((/** @type {string} */ url) => !url.endsWith('?offline')), []);
        await page.close();
    });

    it('after an update, the new code runs at the next load', async () => {
        const page = await controlled('');
        const file = join(directory, 'js/theme.js');
        const old = await readFile(file, 'utf8');
        await writeFile(file, `${old}\ndocument.documentElement.dataset.version = 'new';\n`);
        try {
            await page.native.reload();
            assert.equal(await page.evaluate(() => document.documentElement.dataset.version), 'new');
            assert.notEqual(await page.evaluate(() => navigator.serviceWorker.controller), null);
        } finally {
            await writeFile(file, old);
        }
        await page.close();
    });

    it('says that one is offline, in the language of the reader, and comes back by itself', async () => {
        const page = await controlled('?lang=fr');
        const call = await controlled('group/tea/?lang=ar');
        await stop();
        await page.native.reload();
        await page.native.getByRole('heading', {name: 'Vous êtes hors ligne'}).waitFor({timeout: 60_000});
        assert.match(await page.native.title(), /hors ligne/);
        await accessible(page);
        await shots(page, 'offline');
        await call.native.reload();
        await call.native.getByRole('heading', {name: 'أنت غير متصل'}).waitFor({timeout: 60_000});
        assert.equal(await call.evaluate(() => document.dir), 'rtl');
        // It has its looks, without the server.
        assert.notEqual(await call.evaluate(() => getComputedStyle(document.querySelector('.button-primary') ?? document.body).backgroundColor),
            'rgba(0, 0, 0, 0)');
        assert.deepEqual([page.errors, call.errors], [[], []]);
        assert.deepEqual([...page.console, ...call.console].filter(text => /policy|trusted/i.test(text)), []);

        await start();
        const again = call.native.getByRole('button', {name: 'أعد المحاولة'});
        const lobby = call.native.locator('.lobby-join');
        await again.or(lobby).waitFor({timeout: 60_000});
        await again.click({timeout: 1000}).catch(() => {
            // It has tried by itself already.
        });
        await page.native.locator('#join').waitFor({timeout: 60_000});
        await lobby.waitFor({timeout: 60_000});
        await page.close();
        await call.close();
    });

    it('leaves pages alone that ask for a password', async () => {
        const page = await controlled('');
        const response = await page.native.goto(`http://127.0.0.1:${port}/recordings/tea/`).catch(() => null);
        assert.ok(response === null || !response.fromServiceWorker());
        await page.close();
    });
});
