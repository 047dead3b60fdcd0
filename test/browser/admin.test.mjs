// Administration in the browser, against the real server: what administrators do
// from signing in to deleting a group (issue 8.5; api.md; ui-design.md 6).

import assert from 'node:assert/strict';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {after, afterEach, before, beforeEach, describe, it} from 'node:test';
import {launch} from './lib/browsers.mjs';
import {startGalene} from './lib/galene.mjs';
import {accessible, shots} from './lib/look.mjs';

/** @typedef {import('./lib/browsers.mjs').Page} Page */

const config = {writableGroups: true, users: {root: {password: 'sécret', permissions: 'admin'}}};
const patience = {timeout: 60_000};

/** @type {import('./lib/galene.mjs').Galene} */
let galene;
/** @type {Record<string, Awaited<ReturnType<typeof launch>>>} */
const browsers = {};
/** @type {Page} */
let page;

before(async () => {
    galene = await startGalene({}, {config});
    browsers.chromium = await launch('chromium');
});
after(async () => {
    for (const browser of Object.values(browsers))
        await browser.close();
    await galene?.stop();
});

/** What is in the file of a group. */
const file = async (/** @type {string} */ group) => JSON.parse(await readFile(join(galene.directory, 'groups', `${group}.json`), 'utf8'));

/** What somebody else does meanwhile. */
async function meanwhile(/** @type {string} */ method, /** @type {string} */ path, /** @type {object} */ body) {
    const response = await fetch(`${galene.url}galene-api/v0/.groups/${path}`, {
        method, body: JSON.stringify(body),
        headers: {
            Authorization: `Basic ${Buffer.from('root:sécret').toString('base64')}`,
            'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
        },
    });
    assert.ok(response.ok, String(response.status));
}

/** Signs in, and goes to a place. */
async function open(/** @type {string} */ hash, {name = 'root', password = 'sécret', group = '', lang = 'en'} = {}) {
    await page.goto(`${galene.url}admin.html?lang=${lang}${hash}`);
    await page.native.fill('#username', name, patience);
    await page.native.fill('#password', password);
    await page.native.fill('#group', group);
    await page.native.click('#sign-in');
    await page.native.waitForSelector('.account', patience);
}

const button = (/** @type {string} */ name) => page.native.getByRole('button', {name, exact: true});
const dialog = () => page.native.locator('dialog');
const said = (/** @type {string} */ text) => page.native.locator('.flash', {hasText: text}).waitFor(patience);
const closed = () => dialog().waitFor({state: 'detached', ...patience});

describe('administration (chromium)', {timeout: 300_000}, () => {
    beforeEach(async () => {
        page = await browsers.chromium.newPage({reducedMotion: true});
    });
    afterEach(async () => {
        assert.deepEqual(page.errors, []);
        assert.deepEqual(page.console.filter(text => /policy|refused|trusted/i.test(text)), []);
        await page.close();
    });

    it('signing in: wrong, right, out, and not kept over a reload', async () => {
        await page.goto(`${galene.url}admin.html?lang=en`);
        await page.native.click('#sign-in', patience);
        assert.deepEqual(await page.native.locator('.field-error:visible').allTextContents(), ['Fill this in.', 'Fill this in.']);
        await page.native.fill('#username', 'root');
        await page.native.fill('#password', 'wrong');
        await page.native.click('#sign-in');
        await page.native.getByRole('alert').filter({hasText: 'do not match'}).waitFor(patience);
        await accessible(page);
        await page.native.fill('#password', 'sécret');
        await page.native.keyboard.press('Enter');
        await page.native.getByRole('heading', {name: 'Groups'}).waitFor(patience);
        await button('Sign out').click();
        await page.native.waitForSelector('#password', patience);
        assert.equal(await page.native.inputValue('#password'), '');
        await open('');
        await page.native.reload();
        await page.native.waitForSelector('#password', patience);
        assert.equal(await page.evaluate(() => JSON.stringify([{...localStorage}, {...sessionStorage}]).includes('cret')), false);
    });

    it('a new group, with a user and everybody else, by keyboard alone', async () => {
        await open('');
        const keys = page.native.keyboard;
        const tabTo = async (/** @type {string} */ name) => {
            for (let i = 0; i < 60; i++) {
                await keys.press('Tab');
                if (await page.evaluate((/** @type {string} */ text) => {
                    const focused = document.activeElement;
                    return focused?.matches('button, a, input, select') &&
                        (focused.getAttribute('aria-label') ?? focused.textContent ?? '').trim() === text;
                }, name))
                    return;
            }
            throw new Error(`Tab does not lead to ${name}`);
        };
        await page.waitFor(() => document.activeElement?.tagName === 'H1');
        await tabTo('New group');
        await keys.press('Enter');
        await dialog().waitFor(patience);
        await keys.type('.hidden');
        await keys.press('Enter');
        await page.native.locator('dialog .field-error:visible').waitFor(patience);
        await keys.press('Control+A');
        await keys.type('physics/lab');
        await keys.press('Tab');
        await keys.type('The lab');
        await keys.press('Enter');
        await said('Now say who may enter');

        await page.native.getByRole('heading', {name: 'physics/lab'}).waitFor(patience);
        await page.native.locator('[data-user="*"]').waitFor(patience);
        await tabTo('New user');
        await keys.press('Enter');
        await keys.type('Ada/2');
        await keys.press('Tab');
        await page.native.locator('dialog select').selectOption('op');
        await tabTo('Make one up');
        await keys.press('Enter');
        const password = await page.evaluate(() => /** @type {HTMLInputElement} */ (document.activeElement).value);
        assert.match(password, /^[a-z2-9-]{19}$/);
        await keys.press('Enter');
        await page.native.locator('[data-user="Ada/2"]', {hasText: 'Host'}).waitFor(patience);

        await tabTo('Let them in: Everybody else');
        await keys.press('Enter');
        await page.native.locator('dialog select').selectOption('observe');
        await tabTo('Create');
        await keys.press('Enter');
        await page.native.locator('[data-user="*"]', {hasText: 'Silent listener'}).waitFor(patience);
        await accessible(page);

        const made = await file('physics/lab');
        assert.deepEqual([made.displayName, made['wildcard-user']], ['The lab', {password: {type: 'wildcard'}, permissions: 'observe'}]);
        assert.deepEqual([made.users['Ada/2'].permissions, made.users['Ada/2'].password.type], ['op', 'bcrypt']);
    });

    it('settings: every kind of field, and JSON for the rest', async () => {
        await galene.setGroup('tea', {comment: 'old', 'max-clients': 3, users: {ada: {password: 'x', permissions: 'op'}}});
        await open('#/group/tea/settings');
        await page.native.fill('#field-displayName', 'Tea', patience);
        await page.native.fill('#field-comment', '');
        await page.native.fill('#field-max-clients', '-2');
        await page.native.click('.save-bar [type=submit]');
        await page.native.locator('#field-max-clients-error:visible').waitFor(patience);
        assert.equal(await page.evaluate(() => document.activeElement?.id), 'field-max-clients');
        await accessible(page);
        await page.native.fill('#field-max-clients', '12');
        await page.native.fill('#field-expires', '2031-02-03T04:05');
        await page.native.fill('#field-max-history-age', '2');
        await page.native.check('#field-autolock');
        await page.native.check('#field-codecs-vp9');
        await page.native.click('summary');
        const json = JSON.parse(await page.native.inputValue('#field-json'));
        await page.native.fill('#field-json', '{');
        await page.native.locator('#field-json-error:visible').waitFor(patience);
        await page.native.fill('#field-json', JSON.stringify({...json, contact: 'a@b.example', codecs: ['vp9', 'opus']}));
        assert.equal(await page.native.inputValue('#field-contact'), 'a@b.example');
        await page.native.click('.save-bar [type=submit]');
        await said('Saved.');
        const {users, expires, ...rest} = await file('tea');
        assert.deepEqual(rest, {
            displayName: 'Tea', contact: 'a@b.example', 'max-clients': 12, 'max-history-age': 7200, autolock: true, codecs: ['vp9', 'opus'],
        });
        assert.equal(new Date(expires).getTime(), await page.evaluate(() => new Date('2031-02-03T04:05').getTime()));
        assert.equal(users.ada.password, 'x');
        await shots(page, 'admin-settings');
    });

    it('A-40: what others change meanwhile is kept, and what both change is asked about', async () => {
        await galene.setGroup('both', {displayName: 'a', description: 'd'});
        await open('#/group/both/settings');
        await page.native.fill('#field-displayName', 'mine', patience);
        await meanwhile('PATCH', 'both', {contact: 'them'});
        await page.native.click('.save-bar [type=submit]');
        await said('somebody else changed');
        assert.deepEqual(await file('both'), {displayName: 'mine', description: 'd', contact: 'them'});

        await page.native.fill('#field-displayName', 'mine again');
        await page.native.fill('#field-description', 'e');
        await meanwhile('PATCH', 'both', {displayName: 'theirs'});
        await page.native.click('.save-bar [type=submit]');
        await page.native.locator('.conflict').waitFor(patience);
        assert.deepEqual(await page.native.locator('.conflict tbody tr > *').allTextContents(), ['Title', 'mine again', 'theirs']);
        assert.equal((await file('both')).displayName, 'theirs');
        await accessible(page);
        await shots(page, 'admin-conflict');
        await button('Take theirs').click();
        assert.equal(await page.native.inputValue('#field-displayName'), 'theirs');
        assert.equal(await page.native.inputValue('#field-description'), 'e');

        await page.native.fill('#field-displayName', 'mine at last');
        await meanwhile('PATCH', 'both', {displayName: 'theirs again'});
        await page.native.click('.save-bar [type=submit]');
        await button('Save mine').click(patience);
        await page.native.locator('.save-bar', {hasText: 'Everything is saved.'}).waitFor(patience);
        assert.deepEqual(await file('both'), {displayName: 'mine at last', description: 'e', contact: 'them'});
    });

    it('unsaved changes outlive another tab and another language, and can be discarded', async () => {
        await galene.setGroup('draft', {displayName: 'a'});
        await open('#/group/draft/settings');
        // The bar for saving is in the way only when there is something to save.
        const place = () => page.native.locator('.save-bar').evaluate((/** @type {Element} */ bar) => getComputedStyle(bar).position);
        await page.native.locator('#field-displayName').waitFor(patience);
        assert.equal(await place(), 'static');
        await page.native.fill('#field-displayName', 'b', patience);
        assert.equal(await place(), 'sticky');
        await page.native.click('.admin-tabs a[href$="users"]');
        await page.native.locator('[data-user="*"]').waitFor(patience);
        await page.native.selectOption('#language', 'fr');
        await page.native.getByRole('link', {name: 'Réglages'}).click(patience);
        await page.waitFor(() => /** @type {HTMLInputElement | null} */ (document.getElementById('field-displayName'))?.value === 'b');
        await button('Abandonner les modifications').click();
        assert.equal(await page.native.inputValue('#field-displayName'), 'a');
    });

    it('users: role, with somebody else at it; password; deletion is asked about', async () => {
        await galene.setGroup('crew', {users: {ada: {password: 'x', permissions: 'present'}, bob: {permissions: ['present', 'juggle']}}});
        await open('#/group/crew/users');
        await button('Edit: ada').click(patience);
        await accessible(page);
        await meanwhile('PUT', 'crew/.users/ada', {permissions: 'message'});
        await page.native.locator('dialog select').selectOption('op');
        await page.native.locator('dialog [type=submit]').click();
        await page.native.locator('dialog [role=alert]', {hasText: 'Listener who may write'}).waitFor(patience);
        assert.equal((await file('crew')).users.ada.permissions, 'message');
        await page.native.locator('dialog [type=submit]').click();
        await page.native.locator('[data-user=ada]', {hasText: 'Host'}).waitFor(patience);
        assert.deepEqual((await file('crew')).users.ada, {password: 'x', permissions: 'op'});

        await button('Edit: bob').click();
        await page.native.getByLabel('write in the chat').check();
        await page.native.locator('dialog [type=submit]').click();
        await closed();
        assert.deepEqual((await file('crew')).users.bob.permissions, ['present', 'message', 'juggle']);

        await button('Password: ada').click();
        await page.native.locator('dialog [type=submit]').click();
        await page.native.locator('dialog .field-error:visible').waitFor(patience);
        await page.native.locator('dialog input').fill('a better one');
        await accessible(page);
        await page.native.locator('dialog [type=submit]').click();
        await said('The password of ada is set.');
        assert.equal((await file('crew')).users.ada.password.type, 'bcrypt');
        await button('Password: ada').click();
        await button('Take the password away').click();
        await said('no password any more');
        assert.deepEqual((await file('crew')).users.ada, {permissions: 'op'});

        await button('Delete: ada').click();
        await button('Cancel').click();
        await closed();
        assert.ok((await file('crew')).users.ada);
        await button('Delete: ada').click();
        await dialog().getByRole('button', {name: 'Delete', exact: true}).click();
        await page.native.locator('[data-user=ada]').waitFor({state: 'detached', ...patience});
        assert.deepEqual(Object.keys((await file('crew')).users), ['bob']);
        await shots(page, 'admin-users');
    });

    it('invitations: made, with link and picture; usable; changed; deleted', async () => {
        await galene.setGroup('party', {});
        await open('#/group/party/invitations');
        await button('New invitation').click(patience);
        await page.native.getByLabel('Name of the guest').fill('Guest');
        await page.native.locator('dialog select').selectOption('week');
        await page.native.locator('dialog [type=submit]').click();
        await page.native.locator('dialog canvas.qr').waitFor(patience);
        await accessible(page);
        const link = await page.native.getByLabel('Link', {exact: true}).inputValue();
        await page.native.keyboard.press('Escape');
        await page.native.locator('[data-token][data-state=valid]', {hasText: 'Guest'}).waitFor(patience);

        const guest = await browsers.chromium.newPage();
        try {
            await guest.goto(`${link}&lang=en`);
            await guest.native.locator('.lobby-join, [data-join], button[type=submit]').first().waitFor(patience);
            assert.equal(await guest.native.locator('input[type=password]:visible').count(), 0);
        } finally {
            await guest.close();
        }

        await page.native.locator('[data-token] button', {hasText: 'Edit'}).click();
        await page.native.locator('dialog input[type=datetime-local]').first().fill('2020-01-01T00:00');
        await page.native.locator('dialog [type=submit]').click();
        await page.native.locator('dialog .field-error:visible').waitFor(patience);
        await page.native.locator('dialog input[type=datetime-local]').first().fill('2040-01-01T00:00');
        await page.native.locator('dialog [type=submit]').click();
        await page.native.locator('[data-token]', {hasText: '2040'}).waitFor(patience);
        await page.native.locator('[data-token] button', {hasText: 'Delete'}).click();
        await dialog().getByRole('button', {name: 'Delete', exact: true}).click();
        await page.native.getByText('There are no invitations.').waitFor(patience);
    });

    it('keys, and a token of the server with which one can sign in', async () => {
        await galene.setGroup('signed', {});
        await open('#/group/signed/keys');
        await page.native.fill('#keys', '{}', patience);
        await button('Replace the keys').click();
        await page.native.locator('#keys-error:visible').waitFor(patience);
        await button('Make a key').click();
        await accessible(page);
        await page.native.locator('form').getByRole('button', {name: 'Replace the keys'}).click();
        await dialog().getByRole('button', {name: 'Replace the keys'}).click();
        await said('The keys are replaced.');
        assert.equal((await file('signed')).authKeys[0].alg, 'HS256');
        await button('Remove all keys').click();
        await dialog().getByRole('button', {name: 'Remove all keys'}).click();
        await said('The keys are removed.');
        assert.equal((await file('signed')).authKeys, undefined);

        await page.native.getByRole('link', {name: 'Access tokens'}).click();
        await button('New token').click(patience);
        await page.native.locator('dialog [type=submit]').click();
        const token = await page.native.getByLabel('Token', {exact: true}).inputValue(patience);
        await page.native.keyboard.press('Escape');
        await button('Sign out').click();
        await page.native.check('#by-token');
        await page.native.fill('#token', `${token}x`);
        await page.native.click('#sign-in');
        await page.native.getByRole('alert').filter({hasText: 'token is not valid'}).waitFor(patience);
        await page.native.fill('#token', token);
        await page.native.click('#sign-in');
        await page.native.locator('.account').waitFor(patience);
        await page.native.locator('[data-token]').waitFor(patience);
    });

    it('people who are connected, of the server and of a group', async () => {
        await galene.setGroup('busy', {'wildcard-user': {password: {type: 'wildcard'}, permissions: 'present'}});
        const grace = await browsers.chromium.newPage();
        try {
            await grace.goto(`${galene.url}404.html`);
            await grace.evaluate((/** @type {string} */ endpoint) => new Promise((resolve, reject) => {
                const socket = new WebSocket(endpoint);
                socket.onerror = reject;
                socket.onmessage = ({data}) => {
                    const {type, kind} = JSON.parse(data);
                    if (type === 'handshake')
                        socket.send(JSON.stringify({type: 'join', kind: 'join', group: 'busy', username: 'Grace', password: ''}));
                    else if (type === 'joined' && kind === 'join')
                        resolve(undefined);
                };
                socket.onopen = () => socket.send(JSON.stringify({type: 'handshake', version: ['2'], id: 'grace1'}));
            }), galene.endpoint);
            await open('#/groups');
            await page.native.locator('.row', {hasText: 'busy'}).filter({hasText: '1 person'}).click(patience);
            await page.native.locator('.admin-tabs').getByRole('link', {name: 'People connected'}).click(patience);
            await page.native.locator('tbody th', {hasText: 'Grace'}).waitFor(patience);
            await accessible(page);
        } finally {
            await grace.close();
        }
    });

    it('TURN servers: those that work, those that do not, and none', async () => {
        const time = '2026-07-01T12:00:00Z';
        await page.native.route('**/galene-api/v0/.relays', (/** @type {any} */ route) => route.fulfill({json: [
            {url: 'turn:192.0.2.1:1194', time, ok: true, rtt: 23.42, total: 61},
            {url: 'turns:192.0.2.1:443?transport=tcp', time, ok: false, error: 'timeout'},
        ]}));
        await open('#/relays');
        await page.native.locator('.row').nth(1).waitFor(patience);
        assert.deepEqual(await page.native.locator('.row').evaluateAll((/** @type {HTMLElement[]} */ rows) => rows.map(row =>
            [row.dataset.state, ...[...row.querySelectorAll('.row-text > *')].slice(0, 2).map(part => part.textContent)])), [
            ['works', 'turn:192.0.2.1:1194', 'Works. There and back: 23.4 ms; with setting up: 61 ms.'],
            ['failed', 'turns:192.0.2.1:443?transport=tcp', 'Does not work: timeout'],
        ]);
        await accessible(page);
        await shots(page, 'admin-relays');
        // What the server itself says: it knows of no TURN server.
        await page.native.unroute('**/galene-api/v0/.relays');
        await button('Refresh').click();
        await page.native.getByText('There is no result').waitFor(patience);
        assert.equal(await page.native.locator('.row').count(), 0);
    });

    it('A-21: the administrator of a group sees and changes that group only', async () => {
        await galene.setGroup('own', {displayName: 'Own', users: {eve: {password: 'p', permissions: 'admin'}}});
        await galene.setGroup('other', {});
        await page.goto(`${galene.url}admin.html?lang=en`);
        await page.native.fill('#username', 'eve', patience);
        await page.native.fill('#password', 'p');
        await page.native.click('#sign-in');
        await page.native.getByRole('alert').filter({hasText: 'not an administrator of the server'}).waitFor(patience);
        await page.native.fill('#group', `${galene.url}group/own/`);
        await page.native.fill('#password', 'p');
        await page.native.click('#sign-in');
        await page.native.getByRole('heading', {name: 'own'}).waitFor(patience);
        assert.equal(await page.native.locator('.account-nav').count(), 0);
        assert.deepEqual(await page.native.locator('.admin-tab').allTextContents(), ['Settings', 'Users', 'Invitations', 'Keys']);
        await page.evaluate(() => {
            location.hash = '#/group/other/users';
        });
        await page.waitFor(() => location.hash === '#/group/own/settings');
        await page.native.fill('#field-contact', 'eve', patience);
        await page.native.click('.save-bar [type=submit]');
        await said('Saved.');
        assert.equal((await file('own')).contact, 'eve');

        // The group takes the right away: one has to sign in again, and is told why.
        await galene.setGroup('own', {users: {eve: {password: 'changed', permissions: 'admin'}}});
        await page.native.fill('#field-contact', 'again');
        await page.native.click('.save-bar [type=submit]');
        await page.native.getByRole('alert').filter({hasText: 'no longer accepts'}).waitFor(patience);
        await page.native.fill('#password', 'changed');
        await page.native.click('#sign-in');
        await page.waitFor(() => /** @type {HTMLInputElement | null} */ (document.getElementById('field-contact'))?.value === 'again');
    });

    it('deletes a group, after asking', async () => {
        await galene.setGroup('gone', {});
        await open('#/group/gone/settings');
        await button('Delete the group').click(patience);
        await dialog().getByText('cannot be undone').waitFor(patience);
        await accessible(page);
        await page.native.keyboard.press('Escape');
        await closed();
        await file('gone');
        await button('Delete the group').click();
        await button('Delete “gone”').click();
        await page.native.getByRole('heading', {name: 'Groups'}).waitFor(patience);
        await assert.rejects(file('gone'));
    });

    it('A-50: says why nothing can be changed', async () => {
        await galene.setGroup('fixed', {});
        const path = join(galene.directory, 'data', 'config.json');
        await writeFile(path, JSON.stringify({...config, writableGroups: false}));
        try {
            await open('#/group/fixed/settings');
            await page.native.fill('#field-contact', 'x', patience);
            await page.native.click('.save-bar [type=submit]');
            await page.native.getByRole('alert').filter({hasText: 'writableGroups'}).waitFor(patience);
        } finally {
            await writeFile(path, JSON.stringify(config));
        }
    });

    for (const [width, height, lang] of /** @type {[number, number, string][]} */ ([[320, 640, 'de'], [390, 844, 'ar'], [768, 1024, 'pl']])) {
        it(`fits ${width} × ${height} in ${lang}, in both themes`, async () => {
            await page.native.setViewportSize({width, height});
            await galene.setGroup('a-long-name-of-a-group/and-another-part', {
                users: {'a very long name of a user who likes long names': {permissions: 'present'}},
            });
            await open('#/groups', {lang});
            const group = '#/group/a-long-name-of-a-group%2Fand-another-part/';
            for (const [hash, there] of [['#/groups', '.rows li'], ['#/people', '.totals dd'], ['#/tokens', '.toolbar .button'], ['#/relays', '.empty:not([hidden])'],
                [`${group}settings`, '#field-json'], [`${group}users`, '[data-user="*"]'], [`${group}keys`, '#keys']]) {
                await page.evaluate((/** @type {string} */ to) => {
                    location.hash = to;
                }, hash);
                await page.native.locator(there).first().waitFor({state: 'attached', ...patience});
                const sizes = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
                assert.ok(sizes[0] <= sizes[1], `${hash}: ${sizes}`);
                const beyond = await page.evaluate(() => [...document.querySelectorAll('.admin-tab')].filter(tab => {
                    const {left, right} = tab.getBoundingClientRect();
                    return left < -1 || right > innerWidth + 1;
                }).map(tab => tab.textContent));
                assert.deepEqual(beyond, [], `${hash}: places beyond the edge`);
                if (width !== 390)
                    continue;
                for (const theme of ['light', 'dark']) {
                    await page.evaluate((/** @type {string} */ value) => {
                        document.documentElement.dataset.theme = value;
                    }, theme);
                    await accessible(page);
                }
            }
        });
    }
});

describe('administration (firefox)', {timeout: 300_000}, () => {
    it('signs in, creates a group and gives it a title', async () => {
        browsers.firefox = await launch('firefox');
        page = await browsers.firefox.newPage();
        try {
            await page.goto(`${galene.url}admin.html?lang=en`);
            const fill = (/** @type {Record<string, string>} */ values, /** @type {string} */ then) => page.evaluate(
                (/** @type {[Record<string, string>, string]} */ [texts, click]) => {
                    for (const [selector, text] of Object.entries(texts)) {
                        const input = /** @type {HTMLInputElement} */ (document.querySelector(selector));
                        input.value = text;
                        input.dispatchEvent(new Event('input', {bubbles: true}));
                    }
                    /** @type {HTMLElement} */ (document.querySelector(click)).click();
                }, [values, then]);
            await page.waitFor(() => document.getElementById('sign-in') !== null);
            await fill({'#username': 'root', '#password': 'sécret'}, '#sign-in');
            await page.waitFor(() => document.querySelector('.toolbar .button-primary') !== null);
            await fill({}, '.toolbar .button-primary');
            await fill({'dialog input': 'fox'}, 'dialog [type=submit]');
            await page.waitFor(() => document.querySelector('[data-user="*"]') !== null);
            await fill({}, '.admin-tab[href$="settings"]');
            await page.waitFor(() => document.getElementById('field-displayName') !== null);
            await fill({'#field-displayName': 'Fox'}, '.save-bar [type=submit]');
            await page.waitFor(() => /Saved/.test(document.querySelector('.flash:not([hidden])')?.textContent ?? ''));
            assert.equal((await file('fox')).displayName, 'Fox');
            assert.deepEqual(page.errors, []);
            await accessible(page);
        } finally {
            await page.close();
        }
    });
});
