/**
 * The reconnection machine: a pure function from a state and an event to the next
 * state. The session executes what a state asks for: in "waiting" it sets a timer
 * for `until`, in "trying" it connects and logs in.
 *
 * @typedef {{name: 'up'}} Up connected, or nothing to repair
 * @typedef {{name: 'waiting', attempt: number, since: number, until: number}} Waiting
 * @typedef {{name: 'trying', attempt: number, since: number}} Trying
 * @typedef {{name: 'stopped', why: 'asked' | 'refused' | 'exhausted'}} Stopped
 * @typedef {Up | Waiting | Trying | Stopped} Reconnection
 *
 * @typedef {'lost' | 'due' | 'now' | 'joined' | 'refused' | 'stop'} ReconnectEvent
 * - lost: the connection has gone, or an attempt has failed
 * - due: the timer of "waiting" has fired
 * - now: somebody asked, the network came back, or the page came to the foreground
 * - joined: we are in the group again
 * - refused: the server answered and does not want us
 * - stop: leaving, being removed, being sent elsewhere
 */

/** Waiting times before each attempt, in milliseconds; the last one repeats. */
export const delays = Object.freeze([500, 1000, 2000, 4000, 8000, 15000]);

/** For how long attempts are made, in milliseconds. */
export const patience = 5 * 60 * 1000;

/** @type {Up} */
export const up = Object.freeze({name: 'up'});

/**
 * How long to wait before an attempt: the delay, shortened or lengthened by up to
 * a fifth, so that everybody does not come back at the same moment.
 *
 * @param {number} attempt from 1
 * @param {number} random from 0 to 1
 * @returns {number} milliseconds
 */
export function delay(attempt, random) {
    const base = delays[Math.min(attempt, delays.length) - 1] ?? 0;
    return Math.round(base * (0.8 + 0.4 * random));
}

/**
 * @param {Reconnection} state
 * @param {ReconnectEvent} event
 * @param {{now: number, random: number}} env
 * @returns {Reconnection} the same object if nothing changes
 */
export function next(state, event, {now, random}) {
    if (state.name === 'stopped')
        return state;
    switch (event) {
    case 'stop':
        return {name: 'stopped', why: 'asked'};
    case 'refused':
        return {name: 'stopped', why: 'refused'};
    case 'joined':
        return up;
    case 'lost': {
        if (state.name === 'waiting')
            return state;
        const attempt = state.name === 'trying' ? state.attempt + 1 : 1;
        const since = state.name === 'trying' ? state.since : now;
        if (now - since >= patience)
            return {name: 'stopped', why: 'exhausted'};
        return {name: 'waiting', attempt, since, until: now + delay(attempt, random)};
    }
    case 'due':
    case 'now':
        if (state.name !== 'waiting')
            return state;
        return {name: 'trying', attempt: state.attempt, since: state.since};
    }
}
