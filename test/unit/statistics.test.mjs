// What the statistics page makes of what the server sends (server-cli.md 6), and
// what the password page asks of passwords.

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {gradeOf, search, sortRows, summarise} from '../../static/js/pages/statistics.js';
import {problemOf, tooLong} from '../../static/js/pages/passwords.js';

/** The example of the specification, and people without streams. */
const tea = {
    name: 'tea', clients: [
        {
            id: '4be1', up: [{id: 's1', tracks: [{bitrate: 612000, maxBitrate: 1048576, loss: 0, jitter: 1.8}]}],
            down: [
                {id: 's2', tracks: [{sid: 0, maxSid: 1, tid: 2, maxTid: 2, bitrate: 480000, maxBitrate: 524288, loss: 0.0078125, rtt: 23.4, jitter: 2.1}]},
                {id: 's3', tracks: null},
            ],
        },
        {id: '77aa', username: 'Ada'},
    ],
};

describe('summarise', () => {
    it('adds up what is received from and sent to people', () => {
        const {name, people, up, down} = summarise(tea);
        assert.deepEqual({name, people, up, down}, {name: 'tea', people: 2, up: 612000, down: 480000});
    });

    it('makes a row of each track, and of people without any', () => {
        assert.deepEqual(summarise(tea).rows.map(row => [row.person, row.direction, row.stream, row.layer, row.limit]), [
            ['4be1', 'up', 's1', '', 1048576], ['4be1', 'down', 's2', 's0/1 t2/2', 524288], ['Ada', null, '', '', null],
        ]);
    });

    it('a group without clients', () => assert.deepEqual(summarise({name: 'x'}), {name: 'x', people: 0, up: 0, down: 0, rows: []}));

    it('losses are between none and all (S-72)', () => {
        const losses = [-3, 0.5, 1.8e16].map(loss => ({bitrate: 1, loss}));
        assert.deepEqual(summarise({name: 'x', clients: [{id: 'a', up: [{id: 's', tracks: losses}]}]}).rows
            .map(row => row.loss), [0, 0.5, 1]);
    });
});

describe('sortRows', () => {
    const {rows} = summarise({name: 'x', clients: [
        {id: '1', username: 'b10', up: [{id: 's', tracks: [{bitrate: 5, loss: 0.1}]}]},
        {id: '2', username: 'b9', up: [{id: 's', tracks: [{bitrate: 50, loss: 0}]}]},
        {id: '3', username: 'a'},
    ]});
    const order = (/** @type {any} */ key, /** @type {boolean} */ descending) =>
        sortRows(rows, key, descending).map(row => row.person).join(' ');
    it('by name, as people count', () => assert.equal(order('person', false), 'a b9 b10'));
    it('by name, backwards', () => assert.equal(order('person', true), 'b10 b9 a'));
    it('by rate; those without come last either way', () => {
        assert.equal(order('bitrate', false), 'b10 b9 a');
        assert.equal(order('bitrate', true), 'b9 b10 a');
    });
    it('leaves its argument alone', () => {
        order('person', false);
        assert.equal(rows[0]?.person, 'b10');
    });
});

describe('search', () => {
    const groups = [summarise(tea), summarise({name: 'lobby'})];
    const found = (/** @type {string} */ text) => search(groups, text).map(({name, rows}) => `${name} ${rows.length}`);
    it('nothing: everything', () => assert.deepEqual(found(' '), ['tea 3', 'lobby 0']));
    it('a group: all of it', () => assert.deepEqual(found('TEA'), ['tea 3']));
    it('a person', () => assert.deepEqual(found('ada'), ['tea 1']));
    it('several words, of the group and the person', () => assert.deepEqual(found('tea ada'), ['tea 1']));
    it('what is not there', () => assert.deepEqual(found('nobody'), []));
});

it('gradeOf follows the limits of the quality bars', () =>
    assert.deepEqual([null, 0.019, 0.02, 0.059, 0.06].map(gradeOf), ['good', 'good', 'fair', 'fair', 'poor']));

describe('passwords', () => {
    it('are too long in bytes, not in characters', () => {
        assert.equal(tooLong('x'.repeat(72)), false);
        assert.equal(tooLong('x'.repeat(73)), true);
        assert.equal(tooLong('é'.repeat(37)), true);
    });

    for (const [what, error, expected] of /** @type {[string, any, any][]} */ ([
        ['wrong password', {status: 401, detail: ''}, {field: 'old', key: 'password.wrong'}],
        ['no such user', {status: 404}, {field: 'username', key: 'password.nobody'}],
        ['read-only', {status: 403, detail: 'read-only'}, {key: 'password.readOnly'}],
        ['too many attempts', {status: 429}, {key: 'password.later'}],
        ['an explanation', {status: 400, detail: 'too short'}, {key: 'password.says'}],
        ['a fault', {status: 500, detail: ''}, {key: 'password.failed'}],
        ['no network', new TypeError('failed'), {key: 'password.network'}],
        ['an impossible name', new RangeError('no'), {field: 'username', key: 'password.badName'}],
    ])) {
        it(`failure: ${what}`, () => {
            const {detail: _, ...rest} = problemOf(error);
            assert.deepEqual(rest, expected);
        });
    }
});
