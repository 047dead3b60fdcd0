/**
 * QR codes. The library is fetched when the first one is shown; without it there
 * is none, and nothing else is missing.
 */

import {h} from './kit/dom.js';

const address = new URL('../../third-party/lean-qr/index.mjs', import.meta.url).href;

/**
 * @param {string} text
 * @param {string} label for those who do not see it
 * @returns {Promise<HTMLElement | null>}
 */
export async function qrCode(text, label) {
    /** @type {any} */
    let library;
    try {
        library = await import(address);
    } catch {
        return null;
    }
    const canvas = h('canvas', {class: 'qr', role: 'img', 'aria-label': label});
    // Black on white in both themes: not every camera reads the inverse.
    library.generate(text).toCanvas(canvas, {on: [0, 0, 0, 255], off: [255, 255, 255, 255]});
    return canvas;
}
