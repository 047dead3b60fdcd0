/**
 * The list of chat messages: pure functions that add to it and erase from it.
 */

/** @typedef {import('./state.js').Message} Message */

/** How many messages are kept. */
export const limit = 2000;

/**
 * Adds a message where its time puts it. A message that is already there, known
 * by its id, is not added again: after a reconnection the server replays history
 * that we have.
 *
 * @param {Message[]} messages in order of time
 * @param {Message} message
 * @returns {Message[]} the same array if nothing was added
 */
export function add(messages, message) {
    if (message.id !== null && messages.some(m => m.id === message.id && m.source === message.source))
        return messages;
    let at = messages.length;
    while (at > 0 && /** @type {Message} */ (messages[at - 1]).time > message.time)
        at--;
    const result = [...messages.slice(0, at), message, ...messages.slice(at)];
    return result.length > limit ? result.slice(-limit) : result;
}

/**
 * Erases messages as the operators asked: all, those of one user, or one.
 *
 * @param {Message[]} messages
 * @param {{id?: string, userId?: string} | null} what
 * @returns {Message[]}
 */
export function erase(messages, what) {
    if (!what || (!what.id && !what.userId))
        return messages.filter(m => m.kind === 'output');
    return messages.filter(m => {
        if (what.userId && m.source !== what.userId)
            return true;
        return what.id ? m.id !== what.id : m.dest !== null;
    });
}

/**
 * Whether a message continues the group of the one before it: the same author
 * and recipient within five minutes.
 *
 * @param {Message | undefined} previous
 * @param {Message} message
 * @returns {boolean}
 */
export function continues(previous, message) {
    return previous !== undefined && previous.kind === '' && message.kind === '' &&
        previous.source === message.source && previous.name === message.name &&
        previous.dest === message.dest && message.time - previous.time < 5 * 60 * 1000;
}

/**
 * Whether a message is the first of its day, so that a line with the day stands above it. Above
 * the first of all there is none if it is of today.
 *
 * @param {Message | undefined} previous
 * @param {Message} message
 * @param {number} now
 * @returns {boolean}
 */
export function beginsDay(previous, message, now) {
    const day = (/** @type {number} */ time) => new Date(time).toDateString();
    return day(message.time) !== day(previous ? previous.time : now);
}
