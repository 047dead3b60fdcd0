/**
 * Buttons: with a text, or with an icon and a tooltip.
 */

import {h} from './dom.js';
import {icon} from './icon.js';

/**
 * @param {{label: string, icon?: string, kind?: string, run: (event: MouseEvent) => void, props?: import('./dom.js').Props}} options
 *     `kind` is the modifier of the class: primary, danger, quiet
 * @returns {HTMLButtonElement}
 */
export function textButton({label, icon: name, kind, run, props}) {
    return h('button', {
        type: 'button', class: kind ? `button button-${kind}` : 'button', on: {click: run}, ...props,
    }, name && icon(name), label);
}

/**
 * @param {{label: string, icon: string, shortcut?: string, class?: string, run: (event: MouseEvent) => void, props?: import('./dom.js').Props}} options
 * @returns {HTMLButtonElement}
 */
export function iconButton({label, icon: name, shortcut, class: extra, run, props}) {
    return h('button', {
        type: 'button', class: `button button-quiet button-icon ${extra ?? ''}`,
        'aria-label': label, 'data-tip': shortcut ? `${label} (${shortcut})` : label,
        on: {click: run}, ...props,
    }, icon(name));
}
