// The landing page and the page for what does not exist (ui.md 1.2; ui-design.md 6, 8).

import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {readFile} from 'node:fs/promises';
import {after, afterEach, before, it} from 'node:test';
import {describeInBrowsers} from './lib/each.mjs';
import {servePages} from './lib/pages.mjs';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const groups = [
    {name: 'elsewhere', displayName: 'Physics', redirect: 'https://other.example/group/physics/'},
    {name: 'maths/algebra', displayName: 'Algebra seminar', description: 'Thursdays at 14:00.', clientCount: 27},
    {name: 'staff', displayName: '<b>Staff</b>', clientCount: 1, locked: true},
    {name: 'tea', clientCount: 0},
];

/** @type {Awaited<ReturnType<typeof servePages>>} */
let pages;
/** What /public-groups.json answers: groups, or a status. */
let list = /** @type {any} */ (groups);
/** Status of `/group/tea/.status` */
let teaStatus = 200;

before(async () => {
    pages = await servePages({
        '/public-groups.json': (request, response) => {
            response.writeHead(typeof list === 'number' ? list : 200, {'Content-Type': 'application/json'});
            response.end(typeof list === 'number' ? '' : JSON.stringify(list));
        },
        '/group/tea/.status': (request, response) => {
            response.writeHead(teaStatus, {'Content-Type': 'application/json'});
            response.end(request.method === 'HEAD' ? undefined : '{"name":"tea"}');
        },
        '/group/tea/': (request, response) => {
            response.writeHead(200, {'Content-Type': 'text/html'});
            response.end(`<title>${request.url}</title>`);
        },
    });
});
after(() => pages.close());
afterEach(() => {
    list = groups;
    teaStatus = 200;
});

describeInBrowsers('landing page', context => {
    /**
     * Opens the landing page, and lets nothing go wrong on it.
     *
     * @param {(page: import('./lib/browsers.mjs').Page) => Promise<void>} check
     * @param {import('./lib/browsers.mjs').PageOptions} [options]
     */
    async function onPage(check, options) {
        const page = await context.browser.newPage(options);
        try {
            await page.goto(pages.url);
            await check(page);
            assert.deepEqual(page.errors, []);
            assert.deepEqual(page.console.filter(text => /policy|refused/i.test(text)), []);
        } finally {
            await page.close();
        }
    }

    /** Types a name and presses the button. */
    const submit = (/** @type {import('./lib/browsers.mjs').Page} */ page, /** @type {string} */ name) =>
        page.evaluate((/** @type {string} */ text) => {
            const input = /** @type {HTMLInputElement} */ (document.getElementById('name'));
            input.value = text;
            input.dispatchEvent(new Event('input', {bubbles: true}));
            document.getElementById('go')?.click();
        }, name);

    /** The error at the field, once there is one. */
    const error = (/** @type {import('./lib/browsers.mjs').Page} */ page) => page.waitFor(() => {
        const element = document.getElementById('name-error');
        const input = /** @type {HTMLInputElement} */ (document.getElementById('name'));
        return element && !element.hidden && {
            text: element.textContent?.trim(),
            invalid: input.getAttribute('aria-invalid'),
            described: input.getAttribute('aria-describedby')?.includes('name-error-text'),
            focused: document.activeElement === input,
        };
    });

    it('lists the public groups', () => onPage(async page => {
        const items = await page.waitFor(() => {
            const found = [...document.querySelectorAll('#list li')];
            return found.length > 0 && found.map(item => ({
                href: item.querySelector('a')?.href,
                name: item.querySelector('.group-name')?.textContent,
                description: item.querySelector('.group-description:not([hidden])')?.textContent ?? null,
                state: [...item.querySelectorAll('.state')].map(state => state.textContent),
            }));
        });
        const group = (/** @type {string} */ path) => `${pages.url}group/${path}/`;
        assert.deepEqual(items, [
            {href: group('elsewhere'), name: 'Physics', description: null, state: ['On another server']},
            {href: group('maths/algebra'), name: 'Algebra seminar', description: 'Thursdays at 14:00.', state: ['27 people']},
            {href: group('staff'), name: '<b>Staff</b>', description: null, state: ['Locked', '1 person']},
            {href: group('tea'), name: 'tea', description: null, state: ['Empty']},
        ]);
        assert.equal(await page.evaluate(() => document.activeElement?.id), 'name');
    }));

    it('hides the list when there is none', async () => {
        list = [];
        await onPage(async page => {
            await page.evaluate(() => fetch('/public-groups.json').then(response => response.text()));
            assert.equal(await page.evaluate(() => document.getElementById('public')?.hidden), true);
        });
    });

    it('says when the list cannot be had, and tries again', async () => {
        list = 500;
        await onPage(async page => {
            await page.waitFor(() => document.getElementById('public-error')?.hidden === false);
            list = groups;
            await page.evaluate(() => document.getElementById('retry')?.click());
            await page.waitFor(() => document.querySelectorAll('#list li').length === 4);
            assert.equal(await page.evaluate(() => document.getElementById('public-error')?.hidden), true);
        });
    });

    it('searches a long list', async () => {
        list = Array.from({length: 30}, (_, i) => ({name: `room-${i}`, displayName: `Room ${i}`, clientCount: i}));
        await onPage(async page => {
            await page.waitFor(() => document.getElementById('filter-field')?.hidden === false);
            const search = (/** @type {string} */ text) => page.evaluate((/** @type {string} */ value) => {
                const field = /** @type {HTMLInputElement} */ (document.getElementById('filter'));
                field.value = value;
                field.dispatchEvent(new Event('input', {bubbles: true}));
                return [document.querySelectorAll('#list li:not([hidden])').length, document.getElementById('no-match')?.hidden];
            }, text);
            assert.deepEqual(await search('ROOM 17'), [1, true]);
            assert.deepEqual(await search('nowhere'), [0, false]);
            assert.deepEqual(await search(''), [30, true]);
        });
    });

    it('an unknown group: error at the field, which stays until one types', () => onPage(async page => {
        await submit(page, 'nosuchgroup');
        assert.deepEqual(await error(page), {
            text: 'There is no group with this name.', invalid: 'true', described: true, focused: true,
        });
        await page.evaluate(() => document.getElementById('name')?.dispatchEvent(new Event('input', {bubbles: true})));
        assert.equal(await page.evaluate(() => document.getElementById('name-error')?.hidden), true);
    }));

    for (const [name, text] of [
        ['', 'Enter the name of a group.'],
        ['   ', 'Enter the name of a group.'],
        ['../secret', 'This is neither the name of a group nor its address on this server.'],
        ['https://other.example/group/tea/', 'This is neither the name of a group nor its address on this server.'],
    ]) {
        it(`${JSON.stringify(name)}: error at the field, without asking the server`, () => onPage(async page => {
            await submit(page, name);
            assert.equal((await error(page)).text, text);
        }));
    }

    it('a server in trouble', async () => {
        teaStatus = 500;
        await onPage(async page => {
            await submit(page, 'tea');
            assert.match((await error(page)).text, /could not answer/);
            assert.equal(await page.evaluate(() => document.getElementById('join')?.getAttribute('aria-busy')), 'false');
        });
    });

    for (const [what, name, path] of [
        ['a name', ' tea ', '/group/tea/'],
        ['an address with an invitation', 'URL', '/group/tea/?token=abc'],
    ]) {
        it(`goes to the group: ${what}`, () => onPage(async page => {
            await submit(page, name === 'URL' ? `${pages.url}group/tea?token=abc` : name);
            const end = Date.now() + 10_000;
            let at = '';
            while (at !== path && Date.now() < end)
                at = await page.evaluate(() => location.pathname + location.search).catch(() => '');
            assert.equal(at, path);
        }));
    }

    it('the theme button changes the theme, and the choice stays', () => onPage(async page => {
        const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const before = await background();
        await page.evaluate(() => document.getElementById('theme')?.click());
        const changed = await background();
        assert.notEqual(changed, before);
        await page.goto(pages.url);
        assert.equal(await background(), changed);
        assert.equal(await page.evaluate(() => document.getElementById('theme')?.getAttribute('aria-pressed')), 'true');
        await page.evaluate(() => document.getElementById('theme')?.click());
        assert.equal(await background(), before);
    }));

    for (const [width, height] of [[320, 640], [390, 844], [844, 390], [768, 1024], [1400, 900], [2560, 1440]]) {
        it(`fits ${width} × ${height}`, () => onPage(async page => {
            await page.waitFor(() => document.querySelectorAll('#list li').length === 4);
            const sizes = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
            assert.ok(sizes[0] <= sizes[1], String(sizes));
        }, {width, height}));
    }

    it('meets the automatic rules of accessibility, also with an error, in both themes', async () => {
        for (const path of ['', 'no/such/page']) {
            const page = await context.browser.newPage({reducedMotion: true});
            // The policy of the page does not apply to what the driver runs.
            await page.goto(pages.url + path);
            if (!path) {
                await submit(page, 'nosuchgroup');
                await error(page);
            }
            await page.evaluate(`${axe}\n;0`);
            for (const theme of ['light', 'dark']) {
                const violations = await page.evaluate(async (/** @type {string} */ value) => {
                    document.documentElement.dataset.theme = value;
                    await Promise.all(document.getAnimations().map(animation => animation.finished));
                    const result = await window.axe.run();
                    if (result.passes.length < 10)
                        throw new Error('hardly any rule has been applied');
                    return result.violations.map((/** @type {any} */ v) => [v.id, v.nodes.map((/** @type {any} */ n) => n.html)]);
                }, theme);
                assert.deepEqual(violations, [], `${path} ${theme}`);
            }
            await page.close();
        }
    });

    it('what does not exist has a page with a way home', async () => {
        const page = await context.browser.newPage();
        await page.goto(pages.url + 'no/such/page');
        assert.equal(await page.evaluate(() => document.querySelector('main a')?.href), pages.url);
        assert.deepEqual(page.errors, []);
        await page.close();
    });
});
