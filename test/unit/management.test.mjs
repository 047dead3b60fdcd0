// What management.js sends, and what it makes of the answers (client-library.md,
// appendix A, with the corrections listed there).

import assert from 'node:assert/strict';
import {afterEach, beforeEach, describe, it} from 'node:test';
import * as management from '../../static/management.mjs';

/** @typedef {{method: string, url: string, headers: Record<string, string>, body?: string, credentials?: string}} Sent */

/** @type {Sent[]} */
let sent = [];
/** What to answer, in order; the last one stays. */
let answers = /** @type {Response[]} */ ([]);
const realFetch = globalThis.fetch;

beforeEach(() => {
    sent = [];
    globalThis.fetch = /** @type {any} */ (async (/** @type {string} */ url, /** @type {any} */ init) => {
        const {Accept: _, ...headers} = init.headers;
        sent.push(JSON.parse(JSON.stringify({
            method: init.method, url, headers, body: init.body, credentials: init.credentials,
        })));
        const answer = answers.length > 1 ? answers.shift() : answers[0];
        assert.ok(answer);
        return answer.clone();
    });
});
afterEach(() => {
    globalThis.fetch = realFetch;
});

/**
 * @param {any} value
 * @param {string} [etag]
 */
const json = (value, etag) => new Response(JSON.stringify(value), {headers: {'Content-Type': 'application/json', ...etag && {ETag: etag}}});
const empty = (/** @type {number} */ status, /** @type {Record<string, string>} */ headers = {}) =>
    new Response(null, {status, headers});

const put = (/** @type {string} */ url, /** @type {any} */ body, /** @type {Record<string, string>} */ headers) =>
    ({method: 'PUT', url, headers: {...headers, 'Content-Type': 'application/json'}, body: JSON.stringify(body)});
const get = (/** @type {string} */ url) => ({method: 'GET', url, headers: {}});
const api = '/galene-api/v0/.groups/';

it('publishes every name', () => {
    const names = Object.keys(management);
    assert.equal(names.length, 28);
    for (const name of names)
        assert.equal(typeof (/** @type {any} */ (globalThis)[name]), 'function', name);
});

describe('useCredentials', () => {
    afterEach(() => management.useCredentials(null));
    const authorization = async () => {
        answers = [json([])];
        await management.listGroups();
        return [sent.at(-1)?.headers.Authorization, sent.at(-1)?.credentials];
    };

    it('sends a name and a password, beyond Latin-1 too, and never lets the browser ask', async () => {
        management.useCredentials({username: 'Zoë', password: 'пароль:'});
        assert.deepEqual(await authorization(), [`Basic ${Buffer.from('Zoë:пароль:').toString('base64')}`, 'omit']);
    });
    it('sends a token', async () => {
        management.useCredentials({token: 'abc'});
        assert.deepEqual(await authorization(), ['Bearer abc', 'omit']);
    });
    it('leaves it to the browser again', async () => {
        management.useCredentials({token: 'abc'});
        management.useCredentials(null);
        assert.deepEqual(await authorization(), [undefined, undefined]);
    });
    it('an old password that is given comes first', async () => {
        management.useCredentials({token: 'abc'});
        answers = [empty(204)];
        await management.setPassword('tea', 'ada', false, 'new', 'old');
        assert.equal(sent[0]?.headers.Authorization, `Basic ${Buffer.from('ada:old').toString('base64')}`);
    });
});

describe('lists', () => {
    for (const [what, run, url] of /** @type {[string, () => Promise<any>, string][]} */ ([
        ['listGroups', () => management.listGroups(), api],
        ['listUsers', () => management.listUsers('a/b'), `${api}a/b/.users/`],
        ['listTokens', () => management.listTokens('tea'), `${api}tea/.tokens/`],
        ['listTokens of the server', () => management.listTokens(''), `${api}.tokens/`],
        ['getStats', () => management.getStats(), '/galene-api/v0/.stats'],
        ['getRelays', () => management.getRelays(), '/galene-api/v0/.relays'],
    ])) {
        it(what, async () => {
            answers = [json(['x'])];
            assert.deepEqual(await run(), ['x']);
            assert.deepEqual(sent, [get(url)]);
        });
    }

    it('of an older server that does not test TURN servers is empty', async () => {
        answers = [empty(404)];
        assert.deepEqual(await management.getRelays(), []);
        answers = [empty(500)];
        await assert.rejects(management.getRelays(), {status: 500});
    });

    it('null of an older server is an empty list', async () => {
        answers = [json(null)];
        assert.deepEqual(await management.listGroups(), []);
    });
});

describe('names', () => {
    for (const [user, wildcard, url] of /** @type {[string, boolean, string][]} */ ([
        ['ada', false, 'tea/.users/ada'],
        ['', false, 'tea/.empty-user'],
        ['ignored', true, 'tea/.wildcard-user'],
        ['a/b', false, 'tea/.users/a/b'],
        ['a/', false, 'tea/.users/a/'],
        ['Zoë & ?#%', false, 'tea/.users/Zo%C3%AB%20%26%20%3F%23%25'],
    ]))
        it(`user ${JSON.stringify(user)}`, () => assert.equal(management.userURL('tea', user, wildcard), api + url));

    it('of groups and tokens are encoded', async () => {
        answers = [json({})];
        await management.getGroup('Café/été #1');
        await management.getToken('tea', 'a+b=');
        assert.deepEqual(sent.map(({url}) => url), [`${api}Caf%C3%A9/%C3%A9t%C3%A9%20%231`, `${api}tea/.tokens/a%2Bb%3D`]);
    });

    // The address of a user called ".." would be that of the group: deleting one
    // must not delete the other.
    for (const user of ['..', '.', '.hidden', 'a/../b', 'a/.b', '/a', 'a//b', '//'])
        it(`user ${JSON.stringify(user)} is refused`, () => assert.rejects(management.deleteUser('tea', user), RangeError));
    for (const group of ['', '..', 'a/../b', '.users', '/', 'a//b'])
        it(`group ${JSON.stringify(group)} is refused`, () => assert.rejects(management.deleteGroup(group), RangeError));
    for (const token of ['', '.', '..', 'a/b'])
        it(`token ${JSON.stringify(token)} is refused`, () => assert.rejects(management.deleteToken('tea', token), RangeError));
    afterEach(() => {
        assert.ok(sent.every(({method}) => method !== 'DELETE'));
    });
});

describe('reading', () => {
    it('gives tag and data', async () => {
        answers = [json({displayName: 'Tea'}, '"1"')];
        assert.deepEqual(await management.getGroup('tea'), {etag: '"1"', data: {displayName: 'Tea'}});
    });

    it('with a tag, gives no data if nothing has changed', async () => {
        answers = [empty(304)];
        assert.deepEqual(await management.getUser('tea', 'ada', false, '"1"'), {etag: '"1"', data: undefined});
        assert.deepEqual(sent[0].headers, {'If-None-Match': '"1"'});
    });
});

describe('creating', () => {
    it('a group, only if it does not exist', async () => {
        answers = [empty(201)];
        await management.createGroup('tea', {public: true});
        assert.deepEqual(sent, [put(`${api}tea`, {public: true}, {'If-None-Match': '*'})]);
    });

    it('a group without values', async () => {
        answers = [empty(201)];
        await management.createGroup('tea');
        assert.equal(sent[0].body, '{}');
    });

    it('a user', async () => {
        answers = [empty(201)];
        await management.createUser('tea', 'x', true, {permissions: 'present'});
        assert.deepEqual(sent, [put(`${api}tea/.wildcard-user`, {permissions: 'present'}, {'If-None-Match': '*'})]);
    });

    it('a token, and says where it is', async () => {
        answers = [empty(201, {Location: 'AbC'})];
        const template = {permissions: ['present'], expires: '2030-01-01T00:00:00Z'};
        assert.equal(await management.createToken('tea', template), 'AbC');
        assert.deepEqual(sent, [{...put(`${api}tea/.tokens/`, template, {}), method: 'POST'}]);
    });
});

describe('changing', () => {
    it('merges: null deletes, what is absent stays, false and 0 and "" are values', async () => {
        answers = [json({public: true, 'max-clients': 5, description: 'old', contact: 'c', comment: 'k'}, '"1"'), empty(204)];
        await management.updateGroup('tea', {public: false, 'max-clients': 0, description: '', contact: null});
        assert.deepEqual(sent, [get(`${api}tea`),
            put(`${api}tea`, {public: false, 'max-clients': 0, description: '', comment: 'k'}, {'If-Match': '"1"'})]);
    });

    it('does not insist on the version it has read', async () => {
        answers = [json({a: 1}, '"1"'), empty(412), json({a: 2}, '"2"'), empty(204)];
        await management.updateUser('tea', 'ada', false, {permissions: 'op'});
        assert.deepEqual(sent.map(({headers, body}) => [headers['If-Match'], body]), [
            [undefined, undefined], ['"1"', '{"a":1,"permissions":"op"}'],
            [undefined, undefined], ['"2"', '{"a":2,"permissions":"op"}'],
        ]);
    });

    it('gives up when it changes again and again', async () => {
        const twice = [json({}, '"1"'), empty(412)];
        answers = [...twice, ...twice, ...twice, ...twice];
        await assert.rejects(management.updateGroup('tea', {}), {status: 412});
        assert.equal(sent.length, 8);
    });

    it('insists on the version that the caller names', async () => {
        answers = [json({}, '"2"'), empty(412)];
        await assert.rejects(management.updateGroup('tea', {public: true}, '"1"'), {status: 412});
        assert.equal(sent[1].headers['If-Match'], '"1"');
        assert.equal(sent.length, 2);
    });

    for (const [what, run] of /** @type {[string, () => Promise<void>][]} */ ([
        ['by name', () => management.updateToken('tea', 'T', {expires: 'later'}, '"1"')],
        ['by description', () => management.updateToken('tea', {token: 'T', group: 'tea', expires: 'later'}, '"1"')],
    ])) {
        it(`a token, ${what}`, async () => {
            answers = [json({token: '', group: '', username: 'ada', expires: 'now'}, '"1"'), empty(204)];
            await run();
            assert.deepEqual(sent[1], put(`${api}tea/.tokens/T`, {username: 'ada', expires: 'later'}, {'If-Match': '"1"'}));
        });
    }

    it('the keys', async () => {
        answers = [empty(204)];
        await management.setKeys('tea', [{kty: 'oct'}]);
        await management.setKeys('tea', []);
        assert.deepEqual(sent.map(({method, headers, body}) => [method, headers['Content-Type'], body]), [
            ['PUT', 'application/jwk-set+json', '{"keys":[{"kty":"oct"}]}'], ['DELETE', undefined, undefined],
        ]);
    });
});

describe('deleting', () => {
    for (const [what, run, url] of /** @type {[string, (etag?: string) => Promise<void>, string][]} */ ([
        ['a group', etag => management.deleteGroup('tea', etag), 'tea'],
        ['a user', etag => management.deleteUser('tea', 'ada', false, etag), 'tea/.users/ada'],
        ['a token', etag => management.deleteToken('tea', 'T', etag), 'tea/.tokens/T'],
    ])) {
        it(what, async () => {
            answers = [empty(204)];
            await run();
            await run('"1"');
            assert.deepEqual(sent, [
                {method: 'DELETE', url: api + url, headers: {}},
                {method: 'DELETE', url: api + url, headers: {'If-Match': '"1"'}},
            ]);
        });
    }

    it('a password', async () => {
        answers = [empty(204)];
        await management.deletePassword('tea', 'ada');
        assert.deepEqual(sent, [{method: 'DELETE', url: `${api}tea/.users/ada/.password`, headers: {}}]);
    });
});

describe('setting a password', () => {
    it('as an administrator: the credentials are those of the browser', async () => {
        answers = [empty(204)];
        await management.setPassword('tea', 'ada', false, 'pässwörd 日本');
        assert.deepEqual(sent, [{
            method: 'POST', url: `${api}tea/.users/ada/.password`, headers: {'Content-Type': 'text/plain'}, body: 'pässwörd 日本',
        }]);
    });

    it('as the user, with names and passwords of any alphabet', async () => {
        answers = [empty(204)];
        await management.setPassword('tea', 'Зоя', false, 'new', 'žluťoučký');
        const [scheme, value] = sent[0].headers.Authorization.split(' ');
        assert.equal(scheme, 'Basic');
        assert.equal(Buffer.from(value, 'base64').toString(), 'Зоя:žluťoučký');
        assert.equal(sent[0].credentials, 'omit');
    });

    it('an empty old password is a password', async () => {
        answers = [empty(204)];
        await management.setPassword('tea', 'ada', false, 'new', '');
        assert.ok(sent[0].headers.Authorization);
    });

    it('a value that is stored as it is', async () => {
        answers = [empty(204)];
        await management.setPassword('tea', '', true, {type: 'wildcard'});
        assert.deepEqual(sent, [put(`${api}tea/.wildcard-user/.password`, {type: 'wildcard'}, {})]);
    });
});

describe('failures', () => {
    for (const [what, response, message] of /** @type {[string, Response, RegExp][]} */ ([
        ['a status', new Response('<html>', {status: 404, statusText: 'Not Found', headers: {'Content-Type': 'text/html'}}), /404 Not Found$/],
        ['a text', new Response('unknown permission\n', {status: 400, headers: {'Content-Type': 'text/plain; charset=utf-8'}}), /400: unknown permission$/],
        ['a problem (RFC 9457)', new Response('{"title":"Conflict","detail":"taken"}', {status: 409, headers: {'Content-Type': 'application/problem+json'}}), /409: taken$/],
        ['a problem that is not JSON', new Response('{', {status: 500, headers: {'Content-Type': 'application/problem+json'}}), /500$/],
    ])) {
        it(`name ${what}`, async () => {
            answers = [response];
            await assert.rejects(management.listGroups(), error =>
                error instanceof Error && message.test(error.message) && /** @type {any} */ (error).status === response.status);
        });
    }

    it('of the network are passed on', async () => {
        globalThis.fetch = async () => {
            throw new TypeError('failed to fetch');
        };
        await assert.rejects(management.listGroups(), TypeError);
    });
});
