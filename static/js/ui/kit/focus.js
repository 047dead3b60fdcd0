/**
 * Moving the keyboard focus.
 */

const focusable = 'a[href], button:not([disabled]), input:not([disabled]), select:not([disabled]), ' +
    'textarea:not([disabled]), [tabindex]:not([tabindex="-1"])';

/**
 * @param {Element} root
 * @returns {HTMLElement[]} what can be reached with the Tab key, in order
 */
export function tabbable(root) {
    return [...root.querySelectorAll(focusable)].filter(element =>
        element instanceof HTMLElement && element.checkVisibility() && element.tabIndex >= 0 &&
        !element.closest('[inert]')).map(element => /** @type {HTMLElement} */ (element));
}

/**
 * Arrow keys, Home and End move among the items of a list, of which one is in the
 * Tab order.
 *
 * @param {KeyboardEvent} event
 * @param {HTMLElement[]} items in order
 * @param {{horizontal?: boolean}} [options]
 * @returns {boolean} whether the key was used
 */
export function roving(event, items, {horizontal = false} = {}) {
    const at = items.findIndex(item => item === document.activeElement);
    const rtl = document.dir === 'rtl';
    const forward = horizontal ? (rtl ? 'ArrowLeft' : 'ArrowRight') : 'ArrowDown';
    const backward = horizontal ? (rtl ? 'ArrowRight' : 'ArrowLeft') : 'ArrowUp';
    /** @type {number} */
    let to;
    switch (event.key) {
    case forward: to = (at + 1) % items.length; break;
    case backward: to = (at - 1 + items.length) % items.length; break;
    case 'Home': to = 0; break;
    case 'End': to = items.length - 1; break;
    default: return false;
    }
    const target = items[to];
    if (!target)
        return false;
    event.preventDefault();
    for (const item of items)
        item.tabIndex = item === target ? 0 : -1;
    target.focus();
    return true;
}

/** Whether the last thing the user did was to press a key. */
let keyboard = false;
addEventListener('keydown', () => {
    keyboard = true;
}, true);
addEventListener('pointerdown', () => {
    keyboard = false;
}, true);

/** @returns {boolean} whether the user is at the keyboard */
export function byKeyboard() {
    return keyboard;
}
