// The pure parts of the administration page: definitions, what two people change,
// permissions, invitations, keys, addresses within the page (ui-design.md 9; api.md 6 to 8).

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {each, generateKey, generatePassword, parseKeys, setOf, stateOf} from '../../static/js/admin/access.js';
import {
    changes, conflicts, joinDuration, localTime, problems, sections, splitDuration, tidy,
} from '../../static/js/admin/definition.js';
import {formatRoute, parseRoute} from '../../static/js/admin/route.js';
import english from '../../static/locale/admin/en.js';

describe('changes of a definition', () => {
    for (const [what, from, to, expected] of /** @type {[string, object, object, object][]} */ ([
        ['none', {a: 1, list: ['x']}, {list: ['x'], a: 1}, {}],
        ['absent, empty and false are the same', {}, {displayName: '', public: false, 'max-clients': 0, codecs: [], comment: null}, {}],
        ['a new field', {}, {public: true}, {public: true}],
        ['a field that goes', {displayName: 'x'}, {displayName: ''}, {displayName: null}],
        ['another order is another list', {codecs: ['vp8', 'opus']}, {codecs: ['opus', 'vp8']}, {codecs: ['opus', 'vp8']}],
    ]))
        it(what, () => assert.deepEqual(changes(from, to), expected));
});

describe('conflicts of two changes', () => {
    const base = {displayName: 'a', public: true, 'max-clients': 3};
    for (const [what, mine, theirs, expected] of /** @type {[string, object, object, string[]][]} */ ([
        ['different fields', {...base, displayName: 'b'}, {...base, 'max-clients': 5}, []],
        ['the same value', {...base, displayName: 'b'}, {...base, displayName: 'b'}, []],
        ['different values', {...base, displayName: 'b'}, {...base, displayName: 'c'}, ['displayName']],
        ['removed here, changed there', {...base, displayName: ''}, {...base, displayName: 'c', public: false}, ['displayName']],
    ]))
        it(what, () => assert.deepEqual(conflicts(base, mine, theirs), expected));
});

describe('problems of a definition', () => {
    for (const [definition, expected] of /** @type {[object, string[]][]} */ ([
        [{}, []], [{redirect: '/group/x/', authServer: 'https://x.example/'}, []],
        [{'not-before': '2030-01-02T00:00:00Z', expires: '2030-01-01T00:00:00Z'}, ['expires']],
        [{'not-before': '2030-01-01T00:00:00+02:00', expires: '2029-12-31T23:00:00Z'}, []],
        [{'max-clients': -1, 'max-history-age': 1.5}, ['max-clients', 'max-history-age']],
        [{'max-clients': 'bad'}, ['max-clients']],
        [{redirect: 'ftp://x.example/', authServer: 'example.org', authPortal: '//x.example'}, ['authPortal', 'authServer', 'redirect']],
    ]))
        it(JSON.stringify(definition), () => assert.deepEqual(Object.keys(problems(definition)).sort(), expected));
});

it('a tidy definition has only what says something', () =>
    assert.deepEqual(tidy({a: '', b: false, c: [], d: null, e: 'x', f: 0, g: undefined}), {e: 'x'}));

it('every field has a label and a hint', () => {
    for (const {name} of sections.flatMap(section => section.fields)) {
        assert.ok(`admin.field.${name}` in english, name);
        assert.ok(`admin.hint.${name}` in english, name);
    }
});

it('A-60: every field of a definition that is not obsolete has a control', () => {
    const fields = ['displayName', 'description', 'contact', 'comment', 'public', 'redirect', 'max-clients', 'max-history-age',
        'expires', 'not-before', 'allow-recording', 'unrestricted-tokens', 'auto-subgroups', 'autolock', 'autokick', 'authServer', 'authPortal', 'codecs'];
    assert.deepEqual(sections.flatMap(section => section.fields.map(({name}) => name)).sort(), fields.sort());
});

for (const [seconds, amount, unit] of /** @type {[number, number, any][]} */ ([[14400, 4, 'hour'], [86400, 1, 'day'], [90, 90, 'second'], [5400, 90, 'minute']])) {
    it(`${seconds} s are ${amount} ${unit}`, () => {
        assert.deepEqual(splitDuration(seconds), {amount, unit});
        assert.equal(joinDuration(amount, unit), seconds);
    });
}

it('times go to a local field and back', () => {
    const time = '2030-05-06T07:08:00.000Z';
    assert.equal(new Date(localTime(time)).toISOString(), time);
    assert.equal(localTime('nonsense'), '');
    assert.equal(localTime(undefined), '');
});

for (const [value, expected] of /** @type {[any, string][]} */ ([['op', 'op'], [undefined, 'observe'], [[], 'observe'], [['present'], 'custom']]))
    it(`permissions ${JSON.stringify(value)}: ${expected}`, () => assert.equal(setOf(value), expected));

for (const [token, expected] of /** @type {[object, string][]} */ ([
    [{}, 'unusable'], [{expires: '2030-01-01T00:00:00Z'}, 'expired'], [{expires: '2032-01-01T00:00:00Z'}, 'valid'],
    [{expires: '2032-01-01T00:00:00Z', 'not-before': '2031-06-01T00:00:00Z'}, 'later'],
]))
    it(`token ${JSON.stringify(token)}: ${expected}`, () => assert.equal(stateOf(token, Date.parse('2031-01-01T00:00:00Z')), expected));

it('passwords and keys that are made up are long, and never the same', () => {
    assert.match(generatePassword(), /^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);
    assert.equal(new Set(Array.from({length: 50}, generatePassword)).size, 50);
    const {k, ...rest} = generateKey();
    assert.equal(Buffer.from(k, 'base64url').length, 32);
    assert.deepEqual({...rest, kid: ''}, {kty: 'oct', alg: 'HS256', kid: ''});
});

for (const [text, count] of /** @type {[string, number | null][]} */ ([
    ['{"keys": [{"kty": "oct"}]}', 1], ['[{"kty": "oct"}, {"kty": "EC"}]', 2], ['{"kty": "RSA"}', 1],
    ['{"keys": []}', null], ['{}', null], ['', null], ['7', null], ['null', null],
]))
    it(`keys in ${text}`, () => assert.equal(parseKeys(text)?.length ?? null, count));

for (const route of /** @type {import('../../static/js/admin/route.js').Route[]} */ ([
    {view: 'groups'}, {view: 'people'}, {view: 'tokens'}, {view: 'relays'}, {view: 'group', group: 'a/b é#?', tab: 'users'},
]))
    it(`the address of ${JSON.stringify(route)}`, () => assert.deepEqual(parseRoute(formatRoute(route)), route));

for (const hash of ['', '#', '#/nowhere', '#/group', '#/group/%E0%A4%A', '#/group//users'])
    it(`${hash} leads to the list`, () => assert.deepEqual(parseRoute(hash), {view: 'groups'}));

it('each keeps the order, and does a few things at a time', async () => {
    let now = 0;
    let most = 0;
    const results = await each([5, 4, 3, 2, 1], async n => {
        most = Math.max(most, ++now);
        await new Promise(resolve => setTimeout(resolve, n));
        now--;
        return n * 2;
    }, 2);
    assert.deepEqual(results, [10, 8, 6, 4, 2]);
    assert.equal(most, 2);
    await assert.rejects(each([1], async () => Promise.reject(new Error('x'))));
});
