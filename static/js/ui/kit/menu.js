/**
 * Menus after the ARIA menu-button pattern. On narrow screens they are sheets at
 * the bottom. One menu is open at a time.
 */

import {h} from './dom.js';
import {icon} from './icon.js';
import {roving} from './focus.js';

/**
 * @typedef {object} MenuItem
 * @property {'item' | 'radio' | 'check' | 'heading' | 'separator'} kind
 * @property {string} [label]
 * @property {string} [icon]
 * @property {string} [hint] shortcut or short explanation
 * @property {boolean} [checked]
 * @property {boolean} [danger]
 * @property {boolean} [disabled]
 * @property {() => void} [run]
 */

/** What a button says of the menu that it opens. */
export const opensMenu = {'aria-haspopup': 'menu', 'aria-expanded': 'false'};

/** @type {(() => void) | null} */
let closeOpen = null;

/** Closes the open menu, if there is one. */
export function closeMenu() {
    closeOpen?.();
}

/** @returns {boolean} whether a menu is open */
export function menuIsOpen() {
    return closeOpen !== null;
}

/**
 * Opens a menu at an element, or at a point.
 *
 * @param {HTMLElement} anchor gets the focus back when the menu closes
 * @param {MenuItem[]} items
 * @param {{label: string, at?: {x: number, y: number}, row?: string, onclose?: () => void}} options
 *     `row`: the items are symbols, side by side; the class that says how
 */
export function openMenu(anchor, items, {label, at, row = '', onclose}) {
    const again = anchor.getAttribute('aria-expanded') === 'true' && closeOpen !== null;
    closeOpen?.();
    if (again && !at)
        return;

    const list = h('div', {class: `menu ${row}`, role: 'menu', 'aria-label': label, tabIndex: -1});
    const layer = h('div', {class: 'menu-layer', popover: 'manual'}, list);
    for (const item of items)
        list.append(entry(item, close));
    // A modal dialog would cover and disable whatever is outside of it.
    (anchor.closest('dialog') ?? document.body).append(layer);
    layer.showPopover?.();
    anchor.setAttribute('aria-expanded', 'true');
    place(list, anchor, at);

    const focusables = () => /** @type {HTMLElement[]} */ (
        [...list.querySelectorAll('[role^="menuitem"]:not([aria-disabled="true"])')]);
    const selected = focusables().find(item => item.getAttribute('aria-checked') === 'true');
    (selected ?? focusables()[0] ?? list).focus();

    layer.addEventListener('pointerdown', event => {
        if (event.target === layer)
            close();
    });
    layer.addEventListener('contextmenu', event => {
        if (event.target === layer) {
            event.preventDefault();
            close();
        }
    });
    layer.addEventListener('keydown', event => {
        if (event.key === 'Escape' || event.key === 'Tab') {
            event.preventDefault();
            event.stopPropagation();
            close();
        } else if (!(event.target instanceof HTMLInputElement)) {
            // A digit chooses the item that shows it.
            [...list.querySelectorAll('button')].find(item => /\d/.test(event.key) &&
                item.querySelector('.menu-hint')?.textContent === event.key)?.click();
            roving(event, focusables(), {horizontal: row !== ''});
            event.stopPropagation();
        }
    });
    addEventListener('resize', close);
    closeOpen = close;

    function close() {
        if (closeOpen !== close)
            return;
        closeOpen = null;
        removeEventListener('resize', close);
        const hadFocus = layer.contains(document.activeElement);
        layer.remove();
        anchor.setAttribute('aria-expanded', 'false');
        if (hadFocus)
            anchor.focus();
        onclose?.();
    }
}

/**
 * @param {MenuItem} item
 * @param {() => void} close
 * @returns {HTMLElement}
 */
function entry(item, close) {
    switch (item.kind) {
    case 'separator':
        return h('div', {class: 'menu-separator', role: 'separator'});
    case 'heading':
        return h('div', {class: 'menu-heading', role: 'presentation'}, item.label);
    }
    const checkable = item.kind !== 'item';
    return h('button', {
        type: 'button', class: item.danger ? 'menu-item menu-item-danger' : 'menu-item', tabIndex: -1,
        role: item.kind === 'radio' ? 'menuitemradio' : item.kind === 'check' ? 'menuitemcheckbox' : 'menuitem',
        'aria-checked': checkable ? Boolean(item.checked) : null,
        'aria-disabled': item.disabled ? true : null,
        on: {
            click() {
                if (item.disabled)
                    return;
                close();
                item.run?.();
            },
        },
    },
    checkable ? icon('circle-check', 'menu-check') : item.icon && icon(item.icon),
    h('span', {class: 'menu-label', dir: 'auto'}, item.label),
    item.hint && h('span', {class: 'menu-hint'}, item.hint));
}

/**
 * Puts the menu above or below its anchor, wherever there is room.
 *
 * @param {HTMLElement} list
 * @param {HTMLElement} anchor
 * @param {{x: number, y: number}} [at]
 */
function place(list, anchor, at) {
    const margin = 8;
    if (innerWidth < 600) {
        list.classList.add('menu-sheet');
        return;
    }
    const box = anchor.getBoundingClientRect();
    const size = list.getBoundingClientRect();
    let x = at?.x ?? box.left + box.width / 2 - size.width / 2;
    let y = at?.y ?? box.top - size.height - margin;
    if (!at && y < margin)
        y = box.bottom + margin;
    x = Math.max(margin, Math.min(x, innerWidth - size.width - margin));
    y = Math.max(margin, Math.min(y, innerHeight - size.height - margin));
    list.style.left = `${Math.round(x)}px`;
    list.style.top = `${Math.round(y)}px`;
}
