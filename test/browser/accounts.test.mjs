// The password page and the statistics page (ui.md 1.19, 1.20 and item 49).

import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {readFile} from 'node:fs/promises';
import {after, afterEach, before, it} from 'node:test';
import {describeInBrowsers} from './lib/each.mjs';
import {servePages} from './lib/pages.mjs';

/** @typedef {import('./lib/browsers.mjs').Page} Page */

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const stats = [
    {name: 'lobby'},
    {name: 'tea', clients: [
        {id: '4be1', username: '<b>Ada</b>', up: [{id: 's1', tracks: [{bitrate: 612000, maxBitrate: 1048576, loss: 0, jitter: 1.8}]}]},
        {id: '77aa', down: [{id: 's1', tracks: [{sid: 0, maxSid: 1, tid: 2, maxTid: 2, bitrate: 1250000, loss: 0.12, rtt: 230, jitter: 22}]}]},
    ]},
];

/** @type {Awaited<ReturnType<typeof servePages>>} */
let pages;
/** Answer to the next requests. */
let statsStatus = 200;
let passwordStatus = 204;
/** @type {{method?: string, authorization?: string, type?: string, body: string}[]} */
let sent = [];

before(async () => {
    pages = await servePages({
        '/galene-api/v0/.stats': (request, response) => {
            response.writeHead(statsStatus, {'Content-Type': 'application/json'});
            response.end(statsStatus === 200 ? JSON.stringify(stats) : '');
        },
        '/galene-api/v0/.groups/tea/.users/Zoë/.password': async (request, response) => {
            let body = '';
            for await (const chunk of request.setEncoding('utf8'))
                body += chunk;
            sent.push({
                method: request.method, body, type: request.headers['content-type'],
                authorization: Buffer.from(request.headers.authorization?.split(' ')[1] ?? '', 'base64').toString(),
            });
            response.writeHead(passwordStatus, passwordStatus === 401 ? {'WWW-Authenticate': 'basic realm="x"'} : {});
            response.end();
        },
    });
});
after(() => pages.close());
afterEach(() => {
    statsStatus = 200;
    passwordStatus = 204;
    sent = [];
});

/** Fills in the form and sends it. */
function submit(/** @type {Page} */ page, /** @type {Record<string, string>} */ values) {
    return page.evaluate((/** @type {Record<string, string>} */ texts) => {
        for (const [id, text] of Object.entries(texts)) {
            const input = /** @type {HTMLInputElement} */ (document.getElementById(id));
            input.value = text;
            input.dispatchEvent(new Event('input', {bubbles: true}));
        }
        document.getElementById('submit')?.click();
    }, values);
}

/** The errors at the fields, and the one above the form. */
const errors = (/** @type {Page} */ page) => page.waitFor(() => {
    const form = document.getElementById('form');
    const general = /** @type {HTMLElement} */ (document.getElementById('problem'));
    const found = Object.fromEntries([...document.querySelectorAll('[aria-invalid="true"]')].map(input =>
        [input.id, document.getElementById(input.getAttribute('aria-describedby')?.split(' ')[0] ?? '')?.textContent]));
    if (!general.hidden)
        found[''] = general.textContent?.trim();
    return form?.getAttribute('aria-busy') !== 'true' && Object.keys(found).length > 0 &&
        {...found, focused: document.activeElement?.id};
});

describeInBrowsers('password page', context => {
    const good = {old: 'old secret', new: 'correct horse', again: 'correct horse'};

    async function onPage(/** @type {(page: Page) => Promise<void>} */ check, query = '?group=tea&username=Zo%C3%AB&lang=en') {
        const page = await context.browser.newPage();
        try {
            await page.goto(`${pages.url}change-password.html${query}`);
            await page.waitFor(() => document.activeElement instanceof HTMLInputElement);
            await check(page);
            assert.deepEqual(page.errors, []);
            assert.deepEqual(page.console.filter(text => /policy|refused/i.test(text)), []);
        } finally {
            await page.close();
        }
    }

    it('changes the password as the user, and keeps nothing', () => onPage(async page => {
        assert.equal(await page.evaluate(() => document.activeElement?.id), 'old');
        await submit(page, good);
        const link = await page.waitFor(() => document.activeElement?.id === 'done' &&
            /** @type {HTMLAnchorElement} */ (document.getElementById('done-link')).href);
        assert.equal(link, `${pages.url}group/tea/`);
        assert.deepEqual(sent, [{method: 'POST', body: 'correct horse', type: 'text/plain', authorization: 'Zoë:old secret'}]);
        assert.equal(await page.evaluate(() => [...document.querySelectorAll('input[type=password]')]
            .map(input => /** @type {HTMLInputElement} */ (input).value).join('')), '');
    }));

    for (const [what, values, expected] of /** @type {[string, object, object][]} */ ([
        ['nothing filled in', {}, {old: 'Fill this in.', new: 'Fill this in.', again: 'Fill this in.', focused: 'old'}],
        ['too short', {...good, new: 'short', again: 'short'}, {new: 'Use at least 8 characters.', focused: 'new'}],
        ['too long', {...good, new: 'é'.repeat(40), again: 'é'.repeat(40)}, {new: 'This password is too long for the server.', focused: 'new'}],
        ['a mistake in the second', {...good, again: 'correct house'}, {again: 'This is not the same as above.', focused: 'again'}],
        ['the present one', {old: 'old secret', new: 'old secret', again: 'old secret'}, {new: 'This is the password that you have now.', focused: 'new'}],
    ])) {
        it(`asks nothing of the server: ${what}`, () => onPage(async page => {
            await submit(page, /** @type {any} */ (values));
            assert.deepEqual(await errors(page), expected);
            assert.deepEqual(sent, []);
        }));
    }

    for (const [status, expected] of /** @type {[number, object][]} */ ([
        [401, {old: 'That name and password do not match.', focused: 'old'}],
        [403, {'': 'Passwords cannot be changed on this server. Ask the organiser.', focused: 'old'}],
        [404, {username: 'There is nobody of this name in the group.', focused: 'username'}],
    ])) {
        it(`says what is wrong: ${status}`, async () => {
            passwordStatus = status;
            await onPage(async page => {
                await submit(page, good);
                assert.deepEqual(await errors(page), expected);
            });
        });
    }

    it('asks for group and name if the address has none', () => onPage(async page => {
        assert.equal(await page.evaluate(() => document.activeElement?.id), 'group');
        await submit(page, {...good, group: 'tea', username: 'Zoë'});
        await page.waitFor(() => document.activeElement?.id === 'done');
        assert.equal(sent[0]?.authorization, 'Zoë:old secret');
    }, '?lang=en'));

    it('shows what one types, if one wants', () => onPage(async page => {
        const types = () => page.evaluate(() => {
            document.getElementById('show')?.click();
            return ['old', 'new', 'again'].map(id => /** @type {HTMLInputElement} */ (document.getElementById(id)).type).join(' ');
        });
        assert.equal(await types(), 'text text text');
        assert.equal(await types(), 'password password password');
    }));

    it('meets the automatic rules of accessibility, with errors, in both themes', () => onPage(async page => {
        await submit(page, {});
        await errors(page);
        await assertAccessible(page);
    }));
});

/** Runs the automatic rules in both themes. */
async function assertAccessible(/** @type {Page} */ page) {
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
        assert.deepEqual(violations, [], theme);
    }
}

describeInBrowsers('statistics page', context => {
    async function onPage(/** @type {(page: Page) => Promise<void>} */ check, /** @type {import('./lib/browsers.mjs').PageOptions} */ options = {}) {
        const page = await context.browser.newPage(options);
        try {
            await page.goto(`${pages.url}stats.html?lang=en`);
            await check(page);
            assert.deepEqual(page.errors, []);
            assert.deepEqual(page.console.filter(text => /policy|refused/i.test(text)), []);
        } finally {
            await page.close();
        }
    }

    /** The cells of the rows, once there are any. */
    const rows = (/** @type {Page} */ page) => page.waitFor(() => {
        const found = [...document.querySelectorAll('tbody tr')].map(row => [...row.children].map(cell => cell.textContent));
        return found.length > 0 && found;
    });
    const click = (/** @type {Page} */ page, /** @type {string} */ label) => page.evaluate((/** @type {string} */ text) =>
        [...document.querySelectorAll('button')].find(button => button.textContent === text)?.click(), label);

    it('shows totals, and a row for each track with units', () => onPage(async page => {
        assert.deepEqual(await rows(page), [
            ['<b>Ada</b>', 'Sends', '612 kb/s / 1 Mb/s', '0%', '± 2 ms', 's1', ''],
            ['77aa', 'Receives', '1.3 Mb/s', '12%', '230 ± 22 ms', 's1', 's0/1 t2/2'],
        ].sort(([a], [b]) => new Intl.Collator('en', {numeric: true}).compare(a, b)));
        assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('dd')].map(dd => dd.textContent)),
            ['2', '2', '612 kb/s', '1.3 Mb/s']);
    }));

    it('sorts by a column', () => onPage(async page => {
        await rows(page);
        await click(page, 'Loss');
        assert.equal((await rows(page))[0][3], '12%');
        assert.equal(await page.evaluate(() => document.querySelector('[aria-sort]')?.getAttribute('aria-sort')), 'descending');
        await click(page, 'Loss');
        assert.equal((await rows(page))[0][3], '0%');
    }));

    it('searches', () => onPage(async page => {
        await rows(page);
        const search = (/** @type {string} */ text) => page.evaluate((/** @type {string} */ value) => {
            const field = /** @type {HTMLInputElement} */ (document.getElementById('stats-search'));
            field.value = value;
            field.dispatchEvent(new Event('input', {bubbles: true}));
            return [document.querySelectorAll('section').length, document.querySelectorAll('tbody tr').length];
        }, text);
        assert.deepEqual(await search('77'), [1, 1]);
        assert.deepEqual(await search('lobby'), [1, 0]);
        assert.deepEqual(await search('nothing'), [0, 0]);
        assert.equal(await page.evaluate(() => document.querySelector('.empty')?.textContent), 'Nothing matches.');
    }));

    it('keeps what it shows when the server cannot be reached, and says so', () => onPage(async page => {
        await rows(page);
        statsStatus = 500;
        await click(page, 'Refresh');
        await page.waitFor(() => /out of date/.test(document.querySelector('[role=alert]:not([hidden])')?.textContent ?? ''));
        assert.equal((await rows(page)).length, 2);
        statsStatus = 200;
        await click(page, 'Refresh');
        await page.waitFor(() => !document.querySelector('[role=alert]:not([hidden])'));
    }));

    it('says who may see it', async () => {
        statsStatus = 401;
        await onPage(async page => {
            await page.waitFor(() => /administrators/.test(document.querySelector('[role=alert]:not([hidden])')?.textContent ?? ''));
            // There is nothing to search, and a way on.
            assert.deepEqual(await page.evaluate(() => [document.querySelector('#stats-search')?.checkVisibility(),
                document.querySelector('[role=alert] a')?.getAttribute('href')]), [false, 'admin.html#/people']);
            statsStatus = 200;
            await click(page, 'Try again');
            await rows(page);
            assert.deepEqual(await page.evaluate(() => [document.querySelector('#stats-search')?.checkVisibility(),
                document.querySelector('[role=alert]')?.checkVisibility()]), [true, false]);
        });
    });

    it('meets the automatic rules of accessibility, in both themes', () => onPage(async page => {
        await rows(page);
        await assertAccessible(page);
    }));

    for (const [width, height] of [[320, 640], [390, 844], [768, 1024]]) {
        it(`fits ${width} × ${height}`, () => onPage(async page => {
            await rows(page);
            const sizes = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
            assert.ok(sizes[0] <= sizes[1], String(sizes));
            const losses = await page.evaluate(() => [...document.querySelectorAll('[data-label=Loss]')].map(cell => {
                const {left, right} = cell.getBoundingClientRect();
                return left >= 0 && right <= innerWidth;
            }));
            assert.deepEqual(losses, [true, true]);
        }, {width, height}));
    }
});
