/**
 * Style sheets that the first view does without.
 */

import {h} from './dom.js';

/** @type {Map<string, Promise<unknown>>} */
const fetched = new Map();

/**
 * Fetches a style sheet once. What needs it works without it too, so that one which
 * cannot be had is tried again the next time, and nothing else.
 *
 * @param {string} name of a file in css/
 * @returns {Promise<unknown>} when it applies, or cannot be had
 */
export function loadStyle(name) {
    let promise = fetched.get(name);
    if (!promise) {
        const link = h('link', {rel: 'stylesheet', href: new URL(`../../../css/${name}`, import.meta.url).href});
        promise = new Promise(resolve => {
            link.addEventListener('load', resolve);
            link.addEventListener('error', () => {
                fetched.delete(name);
                link.remove();
                resolve(undefined);
            });
        });
        fetched.set(name, promise);
        document.head.append(link);
    }
    return promise;
}
