// The reconnection machine (ui.md A.1).

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {delay, delays, next, patience, up} from '../../static/js/core/reconnect.js';

const env = (now = 0) => ({now, random: 0.5});

describe('reconnection', () => {
    it('waits 0.5, 1, 2, 4, 8, 15, 15 … seconds between attempts', () => {
        let state = up;
        let now = 0;
        const waits = [];
        for (let i = 0; i < 8; i++) {
            state = next(state, 'lost', env(now));
            assert.equal(state.name, 'waiting');
            assert.equal(state.attempt, i + 1);
            waits.push(state.until - now);
            now = state.until;
            state = next(state, 'due', env(now));
            assert.equal(state.name, 'trying');
        }
        assert.deepEqual(waits, [500, 1000, 2000, 4000, 8000, 15000, 15000, 15000]);
    });

    it('spreads attempts by a fifth', () => {
        for (let attempt = 1; attempt <= 8; attempt++) {
            const base = delays[Math.min(attempt, delays.length) - 1];
            assert.equal(delay(attempt, 0), 0.8 * base);
            assert.ok(delay(attempt, 0.999) <= 1.2 * base);
        }
    });

    it('gives up after five minutes', () => {
        let state = up;
        let now = 1000;
        for (let i = 0; i < 100 && state.name !== 'stopped'; i++) {
            state = next(state, 'lost', env(now));
            if (state.name === 'waiting')
                now = state.until;
            state = next(state, 'due', env(now));
        }
        assert.deepEqual(state, {name: 'stopped', why: 'exhausted'});
        assert.ok(now - 1000 >= patience && now - 1000 < patience + 20_000);
    });

    it('is up again after joining, and counts from the beginning', () => {
        let state = next(up, 'lost', env());
        state = next(state, 'due', env(500));
        state = next(state, 'joined', env(600));
        assert.equal(state, up);
        assert.equal(next(state, 'lost', env(700)).attempt, 1);
    });

    it('tries at once when asked, but only while waiting', () => {
        const waiting = next(up, 'lost', env());
        assert.equal(next(waiting, 'now', env()).name, 'trying');
        assert.equal(next(up, 'now', env()), up);
        const trying = next(waiting, 'due', env());
        assert.equal(next(trying, 'now', env()), trying);
    });

    it('hears of one loss once', () => {
        const waiting = next(up, 'lost', env());
        assert.equal(next(waiting, 'lost', env()), waiting);
    });

    for (const [event, why] of [['stop', 'asked'], ['refused', 'refused']]) {
        it(`ends for good after ${event}`, () => {
            const stopped = next(next(up, 'lost', env()), event, env());
            assert.deepEqual(stopped, {name: 'stopped', why});
            for (const later of ['lost', 'due', 'now', 'joined'])
                assert.equal(next(stopped, later, env()), stopped);
        });
    }
});
