/**
 * One tooltip for all elements with the attribute "data-tip". It shows what the
 * accessible name says already, so it is hidden from assistive technology.
 */

import {h} from './dom.js';
import {byKeyboard} from './focus.js';
import {createScope} from './scope.js';

const delay = 500;

/**
 * @param {HTMLElement} host
 * @returns {() => void}
 */
export function tooltips(host) {
    const scope = createScope();
    const tip = h('div', {class: 'tooltip', popover: 'manual', hidden: true, 'aria-hidden': 'true'});
    scope.mount(host, tip);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    /** @type {Element | null} */
    let owner = null;

    const hide = () => {
        clearTimeout(timer);
        owner = null;
        if (tip.hidden || !tip.isConnected)
            return;
        tip.hidePopover?.();
        tip.hidden = true;
    };
    const show = (/** @type {Element} */ element) => {
        const text = element.getAttribute('data-tip');
        if (!text || !element.isConnected)
            return;
        tip.textContent = text;
        tip.hidden = false;
        tip.showPopover?.();
        const box = element.getBoundingClientRect();
        const size = tip.getBoundingClientRect();
        const x = Math.max(4, Math.min(box.left + box.width / 2 - size.width / 2, innerWidth - size.width - 4));
        const above = box.top - size.height - 8;
        tip.style.left = `${Math.round(x)}px`;
        tip.style.top = `${Math.round(above < 4 ? box.bottom + 8 : above)}px`;
    };
    const enter = (/** @type {Event} */ event, /** @type {number} */ wait) => {
        const element = event.target instanceof Element ? event.target.closest('[data-tip]') : null;
        if (element === owner)
            return;
        hide();
        if (!element)
            return;
        owner = element;
        timer = setTimeout(() => show(element), wait);
    };

    scope.listen(document, 'pointerover', event => {
        if (event.pointerType === 'mouse' && matchMedia('(hover: hover)').matches)
            enter(event, delay);
    });
    scope.listen(document, 'focusin', event => {
        if (event.target.matches(':focus-visible') && byKeyboard())
            enter(event, 0);
    });
    scope.listen(document, 'focusout', hide);
    scope.listen(document, 'pointerdown', hide, {capture: true});
    scope.listen(document, 'keydown', event => event.key === 'Escape' && hide(), {capture: true});
    scope.add(hide);
    return scope.dispose;
}
