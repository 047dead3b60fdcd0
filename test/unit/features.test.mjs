// Conventions between clients (ui-design.md 9.2), and what is made of the server's texts.

import assert from 'node:assert/strict';
import {describe, it, mock} from 'node:test';
import {readGroupData} from '../../static/js/core/interop.js';
import {createReactions, lifetime, reactions, readReaction} from '../../static/js/core/reactions.js';
import {createStore} from '../../static/js/core/store.js';
import {parseSubgroups} from '../../static/js/core/subgroups.js';

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
