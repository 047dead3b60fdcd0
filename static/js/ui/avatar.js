/**
 * The initials of a person on the colour of the name.
 */

import {colourOf, initials} from '../core/initials.js';
import {h, setText} from './kit/dom.js';

/**
 * @param {string} name
 * @param {string} [extra] class
 * @returns {HTMLSpanElement}
 */
export function avatar(name, extra = '') {
    const element = h('span', {class: `avatar ${extra}`, 'aria-hidden': 'true'});
    setAvatar(element, name);
    return element;
}

/**
 * @param {HTMLElement} element
 * @param {string} name
 */
export function setAvatar(element, name) {
    setText(element, initials(name));
    element.style.backgroundColor = `var(--initials-${colourOf(name)})`;
}
