// Invitations: expirations, links, what may be granted (protocol.md 12).

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {createTokens, expired, grantable, parseExpiration, tokenOf, TokenError} from '../../static/js/core/tokens.js';
import {createStore} from '../../static/js/core/store.js';

const now = Date.UTC(2026, 0, 1);

describe('parseExpiration', () => {
    for (const [text, seconds] of /** @type {[string, number][]} */ ([
        ['90s', 90], ['5min', 300], ['2h', 7200], ['1d', 86400], ['1.5d', 129600], ['1mon', 31 * 86400],
        ['1yr', 365 * 86400], ['2026-01-02', 86400], ['2026-01-01T01:00:00Z', 3600],
    ]))
        it(text, () => assert.equal(parseExpiration(text, now)?.getTime(), now + seconds * 1000));
    for (const text of ['', 'soon', '3', '3 fortnights', '-1d', '1constructor', '2026-99-99', '9e9yr', '99999999999yr'])
        it(`not ${text}`, () => assert.equal(parseExpiration(text, now), null));
});

it('takes the token out of a link', () => {
    assert.equal(tokenOf('https://x.example/group/a/?token=abc_-1'), 'abc_-1');
    assert.equal(tokenOf('abc_-1'), 'abc_-1');
});

it('grants nothing that one does not have', () => {
    assert.deepEqual(grantable(['message', 'token', 'system']).map(p => p.permission), ['message', 'token']);
    assert.deepEqual(grantable(['present', 'message', 'op']).filter(p => p.usual).map(p => p.permission), ['present', 'message']);
});

it('knows what has expired', () => {
    assert.equal(expired({token: 'a'}, now), false);
    assert.equal(expired({token: 'a', expires: '2025-12-31T00:00:00Z'}, now), true);
    assert.equal(expired({token: 'a', expires: '2026-01-01T00:00:01Z'}, now), false);
});

describe('requests', () => {
    const setUp = () => {
        const store = createStore(/** @type {any} */ ({connection: {state: 'joined'}, group: {name: 'maths'}}));
        /** @type {any[]} */
        const sent = [];
        /** @type {Record<string, (message: any) => void>} */
        const handlers = {};
        const tokens = createTokens(/** @type {any} */ ({store, session: {
            on: (kind, handler) => {
                handlers[kind] = handler;
            },
            groupAction: (kind, data) => sent.push([kind, data]) > 0,
            location: () => 'https://x.example/group/maths/',
        }}));
        const answer = (kind, value, more = {}) => handlers[kind]({privileged: true, error: null, value, ...more});
        return {store, sent, tokens, answer};
    };

    it('are answered in order', async () => {
        const {sent, tokens, answer} = setUp();
        const one = tokens.make({username: 'ada', expires: new Date(now), permissions: ['present']});
        const two = tokens.revoke('old');
        assert.deepEqual(sent, [
            ['maketoken', {group: 'maths', username: 'ada', permissions: ['present'], expires: '2026-01-01T00:00:00.000Z'}],
            ['edittoken', {token: 'old', expires: -1000}],
        ]);
        answer('token', {token: 'forged'}, {privileged: false});
        answer('token', {token: 'new'});
        answer('token', 'file does not exist', {error: 'error'});
        assert.equal((await one).token, 'new');
        await assert.rejects(two, e => e instanceof TokenError && e.message === 'file does not exist');
    });
    it('fail when the connection goes', async () => {
        const {store, tokens} = setUp();
        const list = tokens.list();
        store.merge('connection', {state: 'lost'});
        await assert.rejects(list, TokenError);
    });
    it('make links', () => assert.equal(setUp().tokens.link('a b'), 'https://x.example/group/maths/?token=a+b'));
});
