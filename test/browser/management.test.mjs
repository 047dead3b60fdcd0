// management.js against the real server: everything that the administrative
// interface offers, done through the library (client-library.md, appendix A; api.md).

import assert from 'node:assert/strict';
import {after, before, it} from 'node:test';
import {startGalene} from './lib/galene.mjs';
import {describeInBrowsers} from './lib/each.mjs';

/** @type {import('./lib/galene.mjs').Galene} */
let galene;
before(async () => {
    galene = await startGalene({}, {config: {
        writableGroups: true, users: {root: {password: 'sécret', permissions: 'admin'}},
    }});
});
after(() => galene?.stop());

const administrator = {username: 'root', password: 'sécret'};

describeInBrowsers('the administrative interface, through management.js', context => {
    /** @type {import('./lib/browsers.mjs').Page} */
    let page;
    before(async () => {
        page = await context.browser.newPage();
        // It loads the library, whose names are global.
        await page.goto(`${galene.url}change-password.html`);
        await page.waitFor(() => 'useCredentials' in globalThis);
        await useCredentials(administrator);
    });
    after(() => page?.close());

    /**
     * A function of the library, called in the page.
     *
     * @param {string} name
     * @returns {(...args: any[]) => Promise<any>}
     */
    const inPage = name => async (...args) => {
        const result = await page.evaluate(async (/** @type {[string, any[]]} */ [f, values]) => {
            try {
                return {value: await /** @type {any} */ (globalThis)[f](...values)};
            } catch (error) {
                const {name, message, status, detail} = /** @type {any} */ (error);
                return {error: {name, message, status, detail}};
            }
        }, [name, args]);
        if (result.error)
            throw Object.assign(new Error(result.error.message), result.error);
        return result.value;
    };
    const [
        createGroup, createObject, createToken, createUser, deleteGroup, deleteObject, deletePassword, deleteToken, deleteUser,
        getGroup, getObject, getRelays, getStats, getToken, getUser, listGroups, listObjects, listTokens, listUsers,
        setKeys, setPassword, updateGroup, updateObject, updateToken, updateUser, useCredentials, userURL,
    ] = [
        'createGroup', 'createObject', 'createToken', 'createUser', 'deleteGroup', 'deleteObject', 'deletePassword', 'deleteToken', 'deleteUser',
        'getGroup', 'getObject', 'getRelays', 'getStats', 'getToken', 'getUser', 'listGroups', 'listObjects', 'listTokens', 'listUsers',
        'setKeys', 'setPassword', 'updateGroup', 'updateObject', 'updateToken', 'updateUser', 'useCredentials', 'userURL',
    ].map(inPage);

    /** Whether somebody may set a password with another one: whether that is right. */
    const knows = (/** @type {string} */ group, /** @type {string} */ user, /** @type {string} */ password) =>
        setPassword(group, user, false, password, password).then(() => true, error => {
            assert.equal(error.status, 401);
            return false;
        });

    it('groups: created once, changed by merging, deleted', async () => {
        assert.deepEqual(await listGroups(), []);
        await createGroup('Café/été', {displayName: 'Été', public: true, 'max-clients': 5});
        assert.deepEqual(await listGroups(), ['Café/été']);
        await assert.rejects(createGroup('Café/été'), {status: 412});

        const {etag, data} = await getGroup('Café/été');
        assert.deepEqual(data, {displayName: 'Été', public: true, 'max-clients': 5});
        assert.deepEqual({data: undefined, ...await getGroup('Café/été', etag)}, {etag, data: undefined});
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
        await setPassword('tea', 'Зоя/2', false, 'mine', 'as it is');
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
        const token = decodeURIComponent(location.split('/').pop());
        assert.deepEqual(await listTokens('tea'), [token]);
        assert.equal((await getToken('tea', token)).data.username, 'guest');
        await updateToken('tea', token, {username: null, permissions: ['present', 'message']});
        const {data} = await getToken('tea', token);
        assert.deepEqual([data.username, data.permissions], [undefined, ['present', 'message']]);
        assert.equal(new Date(data.expires ?? 0).getTime(), new Date(expires).getTime());
        await deleteToken('tea', token);
        assert.deepEqual(await listTokens('tea'), []);
    });

    it('statistics, and what is known of TURN servers', async () => {
        assert.deepEqual(await getStats(), []);
        assert.deepEqual(await getRelays(), []);
    });

    it('objects at any address', async () => {
        const url = await userURL('tea', 'Éva', false);
        assert.equal(url, '/galene-api/v0/.groups/tea/.users/%C3%89va');
        await createObject(url, {permissions: 'op'});
        await assert.rejects(createObject(url), {status: 412});
        assert.ok((await listObjects('/galene-api/v0/.groups/tea/.users/')).includes('Éva'));
        await updateObject(url, {permissions: ['message']});
        const {etag, data} = await getObject(url);
        assert.deepEqual(data, {permissions: ['message']});
        await deleteObject(url, etag);
        await assert.rejects(getObject(url), {status: 404});
    });

    it('credentials: a name and a password, a token, and those that are wrong', async () => {
        const expires = new Date(Date.now() + 3_600_000).toISOString();
        const location = await createToken('', {permissions: ['admin'], includeSubgroups: true, expires});
        await useCredentials({token: decodeURIComponent(location.split('/').pop())});
        assert.ok((await listGroups()).includes('tea'));
        for (const wrong of [{username: 'root', password: 'wrong'}, {token: 'wrong'}]) {
            await useCredentials(wrong);
            await assert.rejects(listGroups(), {status: 401});
        }
        // Those of the browser: there are none. Reading what is public needs none.
        await useCredentials(null);
        assert.equal((await getObject('/group/tea/.status')).data.name, 'tea');
        await useCredentials(administrator);
    });

    it('failures name the status and say why', async () => {
        await assert.rejects(createUser('tea', 'x', false, {permissions: 'emperor'}), error =>
            error.status === 400 && /permission/.test(error.message) && error.message.includes(error.detail));
        await assert.rejects(deleteUser('tea', '.x'), {name: 'RangeError'});
        assert.equal(await page.evaluate(() => /** @type {any} */ (globalThis).httpError(new Response('', {status: 418, statusText: 'Teapot'}), 'short').message),
            'The server returned 418 Teapot: short');
        await deleteGroup('tea');
    });

    it('the password page changes the password, with the policy that the server sends', async () => {
        await createGroup('pw');
        await createUser('pw', 'Zoë', false, {permissions: 'present'});
        await setPassword('pw', 'Zoë', false, 'old secret');
        const form = await context.browser.newPage();
        await form.goto(`${galene.url}change-password.html?group=pw&username=Zo%C3%AB`);
        await form.waitFor(() => document.activeElement?.id === 'old');
        const submit = (/** @type {string} */ old) => form.evaluate((/** @type {string} */ present) => {
            for (const [id, text] of [['old', present], ['new', 'correct horse'], ['again', 'correct horse']])
                /** @type {HTMLInputElement} */ (document.getElementById(id)).value = text;
            document.getElementById('submit')?.click();
        }, old);
        await submit('wrong secret');
        await form.waitFor(() => document.getElementById('old')?.getAttribute('aria-invalid') === 'true');
        await submit('old secret');
        await form.waitFor(() => document.activeElement?.id === 'done');
        assert.deepEqual(form.errors, []);
        assert.deepEqual(form.console.filter(text => /policy/i.test(text)), []);
        await form.close();
        assert.equal(await knows('pw', 'Zoë', 'correct horse'), true);
        await deleteGroup('pw');
    });
});
