/**
 * Looking at a part of a picture: pure arithmetic. The picture is scaled about its centre
 * and moved; it never leaves an empty edge.
 *
 * @typedef {{scale: number, x: number, y: number}} View `x` and `y`: how far the picture is
 *     moved, in CSS pixels
 * @typedef {{width: number, height: number}} Size
 */

/** How much larger at most. */
export const largest = 8;

/** @type {Readonly<View>} */
export const whole = Object.freeze({scale: 1, x: 0, y: 0});

/**
 * @param {View} view
 * @param {Size} size of the tile
 * @returns {View} within bounds
 */
function bounded({scale, x, y}, {width, height}) {
    const s = Math.min(largest, Math.max(1, scale));
    const most = {x: width * (s - 1) / 2, y: height * (s - 1) / 2};
    const within = (/** @type {number} */ n, /** @type {number} */ limit) => Math.max(-limit, Math.min(limit, n)) || 0;
    return {scale: s, x: within(x, most.x), y: within(y, most.y)};
}

/**
 * Makes it larger or smaller about a point, which stays where it is.
 *
 * @param {View} view
 * @param {number} factor
 * @param {{x: number, y: number}} point from the centre of the tile
 * @param {Size} size
 * @returns {View}
 */
export function zoomed(view, factor, point, size) {
    const scale = Math.min(largest, Math.max(1, view.scale * factor));
    const real = scale / view.scale;
    return bounded({scale, x: point.x - (point.x - view.x) * real, y: point.y - (point.y - view.y) * real}, size);
}

/**
 * @param {View} view
 * @param {number} dx
 * @param {number} dy
 * @param {Size} size
 * @returns {View}
 */
export function panned({scale, x, y}, dx, dy, size) {
    return bounded({scale, x: x + dx, y: y + dy}, size);
}
