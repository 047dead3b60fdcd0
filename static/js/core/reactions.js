/**
 * Reactions: a symbol that floats up from somebody's tile. They are user messages
 * of the kind "reaction"; clients that do not know them show nothing.
 */

/** The quick ones. */
export const reactions = Object.freeze(['👍', '❤️', '😂', '😮', '👏', '🎉']);

/** Accepted from one sender within a second. */
const rate = 3;
/** Shown at a time. */
const most = 20;
/** How long one is shown, in milliseconds. */
export const lifetime = 5000;

/**
 * What somebody sent, if it is one symbol and no text.
 *
 * @param {unknown} value
 * @returns {string | null}
 */
export function readReaction(value) {
    const emoji = /** @type {{emoji?: unknown} | null} */ (value)?.emoji;
    if (typeof emoji !== 'string' || emoji.length > 32 || !/\p{Extended_Pictographic}|\p{Regional_Indicator}/u.test(emoji))
        return null;
    return [...new Intl.Segmenter().segment(emoji)].length === 1 ? emoji : null;
}

/** @typedef {{key: number, userId: string, emoji: string}} Reaction */
/** @typedef {ReturnType<typeof createReactions>} Reactions */

/**
 * @param {{store: import('./state.js').StateStore, session: import('./session.js').Session,
 *     now?: () => number}} options
 */
export function createReactions({store, session, now = Date.now}) {
    let count = 0;
    /** When each sender's latest were accepted. */
    /** @type {Map<string, number[]>} */
    const recent = new Map();

    session.on('reaction', ({id, value}) => {
        const emoji = readReaction(value);
        if (!id || !emoji || !store.get().users[id])
            return;
        const times = (recent.get(id) ?? []).filter(time => now() - time < 1000);
        if (times.length >= rate)
            return;
        recent.set(id, [...times, now()]);
        const key = ++count;
        store.set({reactions: [...store.get().reactions, {key, userId: id, emoji}].slice(-most)});
        setTimeout(() => store.set({
            reactions: store.get().reactions.filter(reaction => reaction.key !== key),
        }), lifetime);
    });

    return {
        /** @param {string} emoji one symbol */
        send: emoji => readReaction({emoji}) !== null && session.userMessage('reaction', null, {emoji}),
    };
}
