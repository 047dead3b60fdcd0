// Languages in the browser: chosen by address, by setting, by hand; right to left
// mirrored; changed in the middle of a call (ui-design.md 7).

import assert from 'node:assert/strict';
import {after, before, it} from 'node:test';
import {describeInBrowsers} from './lib/each.mjs';
import {startGalene} from './lib/galene.mjs';
import {Person} from './lib/person.mjs';
import {languages} from '../../static/js/core/languages.js';

/** @typedef {import('./lib/browsers.mjs').Page} Page */

/** @type {import('./lib/galene.mjs').Galene} */
let galene;
before(async () => {
    galene = await startGalene({tea: {
        displayName: 'Tea', 'wildcard-user': {password: {type: 'wildcard'}, permissions: 'present'},
    }});
});
after(() => galene?.stop());

/** A catalogue; a bare tag stands for the two of the page of a call. */
const read = async (/** @type {string} */ name) => Object.assign({}, ...(await Promise.all((name.includes('/') ? [name] : [name, `call/${name}`, `more/${name}`])
    .map(path => import(`../../static/locale/${path}.js`)))).map(module => module.default));

describeInBrowsers('languages', context => {
    /** Opens a page, and lets nothing go wrong on it. */
    async function onPage(/** @type {string} */ path, /** @type {(page: Page) => Promise<void>} */ check,
        /** @type {import('./lib/browsers.mjs').PageOptions} */ options = {}) {
        const page = await context.browser.newPage(options);
        try {
            await page.goto(galene.url + path);
            await check(page);
            assert.deepEqual(page.errors, []);
            assert.deepEqual(page.console.filter(text => /policy/i.test(text)), []);
        } finally {
            await page.close();
        }
    }

    /** Waits until the page speaks a language, and says what it looks like. */
    const speaks = (/** @type {Page} */ page, /** @type {string} */ tag) => page.waitFor((/** @type {string} */ lang) =>
        document.documentElement.lang === lang && !('pending' in document.documentElement.dataset) && {
            dir: getComputedStyle(document.body).direction,
            visible: getComputedStyle(document.body).visibility,
            heading: [...document.querySelectorAll('h1')].find(heading => heading.getClientRects().length > 0)?.textContent,
            fits: document.documentElement.scrollWidth <= innerWidth,
        }, tag);

    for (const [tag, {dir}] of Object.entries(languages)) {
        it(`pages in ${tag}`, async () => {
            const texts = await read(`pages/${tag}`);
            for (const [path, key] of [['', 'landing.title'], ['change-password.html', 'password.title']]) {
                await onPage(`${path}?lang=${tag}`, async page => {
                    assert.deepEqual(await speaks(page, tag), {dir, visible: 'visible', heading: texts[key], fits: true});
                }, {width: 320, height: 640});
            }
        });
    }

    it('what is chosen on the landing page stays, and holds in the call', () => onPage('', async page => {
        await speaks(page, 'en');
        await page.waitFor(() => document.querySelectorAll('#language option').length > 1);
        await page.evaluate(() => {
            const select = /** @type {HTMLSelectElement} */ (document.getElementById('language'));
            select.value = 'pl';
            select.dispatchEvent(new Event('change', {bubbles: true}));
        });
        assert.equal((await speaks(page, 'pl')).heading, (await read('pages/pl'))['landing.title']);
        await page.goto(galene.url + 'group/tea/');
        await speaks(page, 'pl');
        const join = (await read('pl'))['lobby.join'];
        await page.waitFor((/** @type {string} */ text) =>
            [...document.querySelectorAll('button')].some(button => button.textContent === text), join);
    }));

    it('in the middle of a call: the page turns round, the call goes on', async () => {
        const person = await Person.join(context.browser, `${galene.url}group/tea/?lang=ar`, {name: 'Ada', camera: 'red'});
        const {page} = person;
        const arabic = await read('ar');
        const french = await read('fr');
        assert.equal((await speaks(page, 'ar')).dir, 'rtl');
        const leave = () => page.evaluate(() => document.querySelector('[data-control="leave"]')?.textContent?.trim());
        assert.equal(await leave(), arabic['control.leave']);
        // The picture is there, and comes from the same track afterwards.
        const track = () => page.waitFor(() => {
            const video = [...document.querySelectorAll('video')].find(found => found.videoWidth > 0 && !found.paused);
            const media = video?.srcObject;
            return media instanceof MediaStream && media.getVideoTracks()[0]?.id;
        });
        const before = await track();

        await person.press('more');
        /** Presses what has a text. */
        const choose = (/** @type {string} */ selector, /** @type {string} */ text) => page.waitFor(
            (/** @type {string[]} */ [wanted, label]) => {
                const found = [...document.querySelectorAll(wanted)].find(item => item.textContent?.includes(label));
                /** @type {HTMLElement | undefined} */ (found)?.click();
                return found !== undefined;
            }, [selector, text]);
        await choose('[role=menuitem]', arabic['menu.settings']);
        await choose('[role=tab]', arabic['settings.tab.appearance']);
        await page.waitFor(() => {
            const select = /** @type {HTMLSelectElement | null} */ (document.getElementById('setting-lang'));
            if (select) {
                select.value = 'fr';
                select.dispatchEvent(new Event('change', {bubbles: true}));
            }
            return select !== null;
        });
        assert.equal((await speaks(page, 'fr')).dir, 'ltr');
        await page.waitFor((/** @type {string} */ title) =>
            document.querySelector('dialog[open] h2')?.textContent === title, french['menu.settings']);
        assert.equal(await leave(), french['control.leave']);
        assert.equal(await track(), before);
        assert.deepEqual(page.errors, []);
        await page.close();
    });
});
