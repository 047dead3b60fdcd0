// management.js against the real server: everything that the administrative
// interface offers, done through the library (client-library.md, appendix A; api.md).

import assert from 'node:assert/strict';
import {after, before, describe, it} from 'node:test';
import * as management from '../../static/management.mjs';
import {startGalene} from './lib/galene.mjs';
import {describeInBrowsers} from './lib/each.mjs';

const {
    createGroup, createToken, createUser, deleteGroup, deletePassword, deleteToken, deleteUser, getGroup, getStats,
    getToken, getUser, listGroups, listTokens, listUsers, setKeys, setPassword, updateGroup, updateToken, updateUser,
} = management;

/** @type {import('./lib/galene.mjs').Galene} */
let galene;
const realFetch = globalThis.fetch;
/** Who asks; a browser would ask its user. */
let credentials = '';

const administrator = 'root:sécret';
const basic = (/** @type {string} */ text) => `Basic ${Buffer.from(text).toString('base64')}`;

before(async () => {
    galene = await startGalene({}, {config: {
        writableGroups: true, users: {root: {password: 'sécret', permissions: 'admin'}},
    }});
    credentials = administrator;
    globalThis.fetch = (url, init) => realFetch(new URL(String(url), galene.url), {
        ...init, headers: {...credentials && {Authorization: basic(credentials)}, .../** @type {any} */ (init?.headers)},
    });
});
after(async () => {
    globalThis.fetch = realFetch;
    await galene?.stop();
});

/** Whether somebody may set a password with another one: whether that is right. */
const knows = (/** @type {string} */ group, /** @type {string} */ user, /** @type {string} */ password) => {
    credentials = '';
    return setPassword(group, user, false, password, password).then(() => true, error => {
        assert.equal(error.status, 401);
        return false;
    }).finally(() => {
        credentials = administrator;
    });
};

describe('the administrative interface, through management.js', {timeout: 120_000}, () => {
    it('groups: created once, changed by merging, deleted', async () => {
        assert.deepEqual(await listGroups(), []);
        await createGroup('Café/été', {displayName: 'Été', public: true, 'max-clients': 5});
        assert.deepEqual(await listGroups(), ['Café/été']);
        await assert.rejects(createGroup('Café/été'), {status: 412});

        const {etag, data} = await getGroup('Café/été');
        assert.deepEqual(data, {displayName: 'Été', public: true, 'max-clients': 5});
        assert.deepEqual(await getGroup('Café/été', etag), {etag, data: undefined});
        await updateGroup('Café/été', {displayName: null, description: 'Sun & "fun"', 'max-clients': 7});
        const changed = await getGroup('Café/été');
        assert.deepEqual(changed.data, {description: 'Sun & "fun"', public: true, 'max-clients': 7});

        await assert.rejects(updateGroup('Café/été', {public: null}, etag), {status: 412});
        await assert.rejects(deleteGroup('Café/été', etag), {status: 412});
        await deleteGroup('Café/été', changed.etag);
        await assert.rejects(getGroup('Café/été'), {status: 404});
    });

    it('users and passwords, also of those without a name', async () => {
        await createGroup('tea');
        await createUser('tea', 'Зоя/2', false, {permissions: 'op'});
        await createUser('tea', '', true, {permissions: 'present'});
        await createUser('tea', '', false, {permissions: 'observe'});
        assert.deepEqual((await listUsers('tea')).sort(), ['', 'Зоя/2']);
        await updateUser('tea', 'Зоя/2', false, {permissions: ['present', 'message']});
        assert.deepEqual((await getUser('tea', 'Зоя/2')).data, {permissions: ['present', 'message']});
        assert.deepEqual((await getUser('tea', '', true)).data, {permissions: 'present'});

        assert.equal(await knows('tea', 'Зоя/2', 'old пароль'), false);
        await setPassword('tea', 'Зоя/2', false, 'old пароль');
        assert.equal(await knows('tea', 'Зоя/2', 'old пароль'), true);
        await setPassword('tea', 'Зоя/2', false, {type: 'plain', key: 'as it is'});
        assert.equal(await knows('tea', 'Зоя/2', 'as it is'), true);
        credentials = '';
        await setPassword('tea', 'Зоя/2', false, 'mine', 'as it is');
        credentials = administrator;
        assert.equal(await knows('tea', 'Зоя/2', 'as it is'), false);
        assert.equal(await knows('tea', 'Зоя/2', 'mine'), true);
        await deletePassword('tea', 'Зоя/2');
        assert.equal(await knows('tea', 'Зоя/2', 'mine'), false);
        await setPassword('tea', '', true, {type: 'wildcard'});

        await deleteUser('tea', 'Зоя/2');
        await deleteUser('tea', '', true);
        await assert.rejects(getUser('tea', '', true), {status: 404});
        assert.deepEqual(await listUsers('tea'), ['']);
    });

    it('keys', async () => {
        const key = {kty: 'oct', alg: 'HS256', k: Buffer.alloc(32, 7).toString('base64url')};
        await setKeys('tea', [key]);
        await setKeys('tea', []);
        await assert.rejects(setKeys('tea', [{kty: 'nonsense'}]));
    });

    it('invitations', async () => {
        const expires = new Date(Date.now() + 3_600_000).toISOString();
        const location = await createToken('tea', {permissions: ['present'], expires, username: 'guest'});
        const token = decodeURIComponent(location?.split('/').pop() ?? '');
        assert.deepEqual(await listTokens('tea'), [token]);
        assert.equal((await getToken('tea', token)).data.username, 'guest');
        await updateToken('tea', token, {username: null, permissions: ['present', 'message']});
        const {data} = await getToken('tea', token);
        assert.deepEqual([data.username, data.permissions], [undefined, ['present', 'message']]);
        assert.equal(new Date(data.expires ?? 0).getTime(), new Date(expires).getTime());
        await deleteToken('tea', token);
        assert.deepEqual(await listTokens('tea'), []);
    });

    it('statistics', async () => assert.ok(Array.isArray(await getStats())));

    it('failures name the status and say why', async () => {
        await assert.rejects(createUser('tea', 'x', false, {permissions: 'emperor'}), error =>
            /** @type {any} */ (error).status === 400 && /permission/.test(/** @type {Error} */ (error).message));
        credentials = 'root:wrong';
        await assert.rejects(listGroups(), {status: 401});
        credentials = administrator;
    });
});

describeInBrowsers('the password page and the real server', context => {
    it('changes the password, with the policy that the server sends', async () => {
        await createGroup('pw');
        await createUser('pw', 'Zoë', false, {permissions: 'present'});
        await setPassword('pw', 'Zoë', false, 'old secret');
        const page = await context.browser.newPage();
        await page.goto(`${galene.url}change-password.html?group=pw&username=Zo%C3%AB`);
        await page.waitFor(() => document.activeElement?.id === 'old');
        const submit = (/** @type {string} */ old) => page.evaluate((/** @type {string} */ present) => {
            for (const [id, text] of [['old', present], ['new', 'correct horse'], ['again', 'correct horse']])
                /** @type {HTMLInputElement} */ (document.getElementById(id)).value = text;
            document.getElementById('submit')?.click();
        }, old);
        await submit('wrong secret');
        await page.waitFor(() => document.getElementById('old')?.getAttribute('aria-invalid') === 'true');
        await submit('old secret');
        await page.waitFor(() => document.activeElement?.id === 'done');
        assert.deepEqual(page.errors, []);
        assert.deepEqual(page.console.filter(text => /policy/i.test(text)), []);
        await page.close();
        assert.equal(await knows('pw', 'Zoë', 'correct horse'), true);
        await deleteGroup('pw');
    });
});
