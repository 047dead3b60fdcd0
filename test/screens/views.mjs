// Which pictures there are of a screen: one at each size of ui-design.md 10.5, by
// turns light and dark, and two of them in Arabic, from right to left.

import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {screens} from './list.mjs';

/** The sizes, in CSS pixels. */
export const sizes = /** @type {[number, number][]} */ ([
    [320, 640], [390, 844], [844, 390], [768, 1024], [1400, 900], [2560, 1440],
]);

/**
 * @typedef {object} View how a picture is taken
 * @property {[number, number]} size
 * @property {'light' | 'dark'} theme
 * @property {string} lang
 */

/**
 * @param {string} name of a screen
 * @returns {View[]}
 */
export function viewsOf(name) {
    const at = screens.findIndex(screen => screen.name === name);
    return sizes.map((size, i) => ({
        size, theme: (at + i) % 2 === 0 ? 'light' : 'dark', lang: (at + i) % 3 === 0 ? 'ar' : 'en',
    }));
}

/** The pictures that are compared at every run of the tests: what people see most, each at one size. */
export const usual = [
    'landing-many', 'lobby', 'call-3', 'call-9', 'call-shared', 'call-busy', 'chat', 'people', 'menu-more', 'settings-audio',
    'admin-users', 'recordings',
].map((name, i) => {
    // The largest takes as long as all the others.
    const some = viewsOf(name).filter((_, j) => j < 5 && (i + j) % 3 === 0);
    return {name, views: some.slice(i % 2 === 0 ? 0 : -1).slice(0, 1)};
});

const references = fileURLToPath(new URL('references/', import.meta.url));

/**
 * Where a picture is kept.
 *
 * @param {string} name
 * @param {View} view
 * @param {string} [directory]
 */
export function fileOf(name, {size, theme, lang}, directory = references) {
    return join(directory, `${name}-${size.join('x')}-${theme}-${lang}.png`);
}
