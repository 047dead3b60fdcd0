/**
 * When to offer something to whoever speaks: rules with a memory and timers, told
 * only whether our own voice is heard.
 */

/**
 * Somebody who speaks for a while although muted is told so, once in a while.
 *
 * @param {() => void} show
 * @param {{after?: number, again?: number}} [times] in milliseconds: how long the voice must
 *     be heard, and how long nothing is said after that
 * @returns {(speaking: boolean) => void} to be told of each change while muted; false when not
 *     muted any more
 */
export function createMutedHint(show, {after = 1200, again = 60_000} = {}) {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    let quietUntil = 0;
    return speaking => {
        clearTimeout(timer);
        if (!speaking)
            return;
        timer = setTimeout(() => {
            if (Date.now() < quietUntil)
                return;
            quietUntil = Date.now() + again;
            show();
        }, after);
    };
}

/**
 * Somebody who raised a hand, spoke, and has finished is offered to lower it: once for each
 * time it goes up.
 *
 * @param {() => void} offer
 * @param {{spoken?: number, silent?: number}} [times] in milliseconds: how long the voice must
 *     have been heard, and how long the silence afterwards must be
 * @returns {(raised: boolean, speaking: boolean) => void} to be told of each change
 */
export function createHandOffer(offer, {spoken = 3000, silent = 4000} = {}) {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    /** For how long the voice was heard while the hand was up; Infinity once it was offered. */
    let heard = 0;
    let since = 0;
    return (raised, speaking) => {
        clearTimeout(timer);
        if (since > 0)
            heard += Date.now() - since;
        since = 0;
        if (!raised) {
            heard = 0;
            return;
        }
        if (speaking) {
            since = Date.now();
        } else if (heard >= spoken && heard !== Infinity) {
            timer = setTimeout(() => {
                heard = Infinity;
                offer();
            }, silent);
        }
    };
}
