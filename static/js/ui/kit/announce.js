/**
 * What assistive technology is told: one polite and one assertive live region, and
 * nothing else on the page is live.
 */

import {h} from './dom.js';

/**
 * @typedef {object} Announcer
 * @property {(text: string) => void} polite
 * @property {(text: string) => void} assertive
 */

/**
 * @param {HTMLElement} host
 * @returns {Announcer}
 */
export function createAnnouncer(host) {
    const region = (/** @type {string} */ how) => {
        const element = h('div', {class: 'visually-hidden', 'aria-live': how, 'aria-atomic': 'false'});
        host.append(element);
        return (/** @type {string} */ text) => {
            const line = h('p', null, text);
            element.append(line);
            setTimeout(() => line.remove(), 5000);
        };
    };
    return {polite: region('polite'), assertive: region('assertive')};
}
