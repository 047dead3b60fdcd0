/** @typedef {import('./state.js').Message} Message */

/**
 * What others, or the server, have said while we were here, and was not there before.
 *
 * @param {readonly Message[]} before
 * @param {readonly Message[]} now
 * @returns {Message[]} in order of time
 */
export function heard(before, now) {
    const known = new Set(before);
    return now.filter(message => message.live && !message.own && !known.has(message));
}
