/**
 * Which rows of a long list are drawn: those that are seen, and some more.
 *
 * @param {{count: number, height: number, top: number, bottom: number, more?: number}} list
 *     number of rows and height of each; `top` and `bottom` are the edges of what is seen,
 *     from the beginning of the list, in CSS pixels; `more` rows are drawn before and after
 * @returns {{first: number, last: number}} `last` is the first that is not drawn any more
 */
export function seenRows({count, height, top, bottom, more = 10}) {
    const clamp = (/** @type {number} */ n) => Math.max(0, Math.min(count, n));
    return {first: clamp(Math.floor(top / height) - more), last: clamp(Math.ceil(bottom / height) + more)};
}
