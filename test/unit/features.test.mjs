// Conventions between clients (ui-design.md 9.2), and what is made of the server's texts.

import assert from 'node:assert/strict';
import {describe, it, mock} from 'node:test';
import {readBreakout, readGroupData} from '../../static/js/core/interop.js';
import {createReactions, lifetime, reactions, readReaction} from '../../static/js/core/reactions.js';
import {createStore} from '../../static/js/core/store.js';
import {deal, parseSubgroups, shortName} from '../../static/js/core/subgroups.js';

describe('a reaction', () => {
    for (const emoji of [...reactions, '👨‍👩‍👧', '🇫🇷', '👍🏽'])
        it(`may be ${emoji}`, () => assert.equal(readReaction({emoji}), emoji));
    for (const value of [null, undefined, 7, {}, {emoji: 7}, {emoji: ''}, {emoji: 'a'}, {emoji: 'hi 👍'},
                         {emoji: '👍👍'}, {emoji: '👍'.repeat(100)}])
        it(`may not be ${JSON.stringify(value)?.slice(0, 30)}`, () => assert.equal(readReaction(value), null));

    it('is accepted three times a second from each, and goes', () => {
        mock.timers.enable({apis: ['setTimeout']});
        try {
            const store = createStore(/** @type {any} */ ({reactions: [], users: {a: {}, b: {}}}));
            let now = 0;
            /** @type {any} */
            let got;
            createReactions(/** @type {any} */ ({store, now: () => now, session: {
                on: (/** @type {string} */ _, /** @type {any} */ handler) => {
                    got = handler;
                },
            }}));
            for (const id of ['a', 'a', 'a', 'a', 'b', 'nobody', null])
                got({id, value: {emoji: '👍'}, privileged: false});
            assert.deepEqual(store.get().reactions.map(r => r.userId), ['a', 'a', 'a', 'b']);
            now = 1000;
            got({id: 'a', value: {emoji: '🎉'}});
            assert.equal(store.get().reactions.length, 5);
            mock.timers.tick(lifetime);
            assert.equal(store.get().reactions.length, 0);
        } finally {
            mock.timers.reset();
        }
    });
});

it('the spotlight survives nonsense', () => {
    assert.deepEqual(readGroupData(undefined).spotlight, []);
    assert.deepEqual(readGroupData({spotlight: 'x'}).spotlight, []);
    assert.deepEqual(readGroupData({spotlight: ['a', 3, null, 'b']}).spotlight, ['a', 'b']);
});

it('the list of subgroups is read (protocol.md 11.4)', () => {
    assert.deepEqual(parseSubgroups(''), []);
    assert.deepEqual(parseSubgroups('a/b (1 client)\na/c (x) (12 clients)\n'),
                     [{name: 'a/b', count: 1}, {name: 'a/c (x)', count: 12}]);
    assert.deepEqual(parseSubgroups('hello'), []);
});

describe('dealing people out', () => {
    for (const [people, count, sizes] of /** @type {[number, number, number[]][]} */ ([
        [7, 3, [3, 2, 2]], [2, 3, [1, 1, 0]], [4, 1, [4]], [3, 0, [3]], [3, NaN, [3]], [0, 2, [0, 0]],
    ])) {
        it(`${people} into ${count}`, () => {
            const all = Array.from({length: people}, (_, i) => i);
            let seed = 7;
            const groups = deal(all, count, () => (seed = seed * 16807 % 2147483647) / 2147483647);
            assert.deepEqual(groups.map(group => group.length), sizes);
            assert.deepEqual(groups.flat().sort((a, b) => a - b), all);
        });
    }
    it('depends on chance', () => assert.notDeepEqual(deal([1, 2, 3], 3, () => 0), deal([1, 2, 3], 3, () => 0.99)));
});

it('a subgroup is called by its last name by those above it', () => {
    assert.equal(shortName('a/b', 'a'), 'b');
    assert.equal(shortName('ab/c', 'a'), 'ab/c');
    assert.equal(shortName('a', 'a/b'), 'a');
});

describe('being sent somewhere (ui-design.md 9.2)', () => {
    const base = 'https://galene.example/group/a/';
    for (const [value, expected] of /** @type {[unknown, string | null][]} */ ([
        [{group: 'a/b', location: 'https://galene.example/group/a/b/'}, 'https://galene.example/group/a/b/'],
        [{group: 'a/b c', location: '/group/a/b%20c/?token=x#y'}, 'https://galene.example/group/a/b%20c/'],
        [{group: 'a/b', location: 'https://elsewhere.example/group/a/b/'}, null],
        [{group: 'a/b', location: 'https://galene.example/group/x/'}, null],
        [{group: 'a/b', location: 'data:text/html,x'}, null],
        [{group: '', location: 'https://galene.example/'}, null],
        [{group: 'a/b', location: 'http://['}, null], [{group: 1, location: base}, null], [{}, null], ['x', null], [null, null],
    ]))
        it(JSON.stringify(value), () => assert.equal(readBreakout(value, base)?.location ?? null, expected));
});
