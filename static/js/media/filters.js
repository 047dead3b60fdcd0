/**
 * Changes to the outgoing camera picture. Mirroring and turning are drawn on a
 * canvas; blurring the background is left to the camera or the system where the
 * browser can switch it on (capture.js asks for it), and elsewhere to a library that
 * administrators may install (blur.js).
 */

import {pictures, resize, standIn} from './pictures.js';

/**
 * @typedef {object} Filter
 * @property {(picture: CanvasImageSource, context: CanvasRenderingContext2D) => void} draw
 *     draws a picture that fills the canvas
 */

/**
 * @param {number} x 1, or -1 to exchange left and right
 * @param {number} y 1, or -1 to exchange top and bottom
 * @returns {Filter}
 */
const flip = (x, y) => ({
    draw(picture, context) {
        const {width, height} = context.canvas;
        context.setTransform(x, 0, 0, y, x < 0 ? width : 0, y < 0 ? height : 0);
        context.drawImage(picture, 0, 0, width, height);
    },
});

/** @type {Readonly<Record<string, Filter>>} */
export const filters = Object.freeze({
    'mirror-h': flip(-1, 1),
    'mirror-v': flip(1, -1),
    rotate: flip(-1, -1),
});

/**
 * The track with a filter applied, which stands for the camera (pictures.js).
 *
 * @param {MediaStreamTrack} track
 * @param {string} name of the filter
 * @returns {Promise<MediaStreamTrack>} the track itself if there is no such filter, or
 *     the camera does it
 * @throws if this device cannot do it
 */
export async function filtered(track, name) {
    if (name === 'background-blur') {
        const blur = await import('./blur.js');
        return blur.byCamera(track) ? track : blur.blurred(track);
    }
    const filter = Object.hasOwn(filters, name) ? filters[name] : undefined;
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d');
    if (!filter || !context)
        return track;
    const end = await pictures(track, (picture, width, height) => {
        resize(canvas, width, height);
        filter.draw(picture, context);
    });
    return standIn(track, canvas, end);
}
