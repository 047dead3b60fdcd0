/**
 * Toasts: drawn from the state, at most three at a time. Information goes after a
 * while, unless the pointer or the focus is on it; errors stay until closed.
 */

import {arrange, h} from './dom.js';
import {iconButton} from './button.js';
import {icon} from './icon.js';
import {createScope} from './scope.js';
import {directionOf, t} from '../../core/i18n.js';

const most = 3;
const lifetimes = {info: 5000, warning: 8000, error: Infinity};
const icons = {info: 'info', warning: 'triangle-alert', error: 'circle-alert'};

/** @typedef {import('../../core/state.js').Toast} Toast */

/**
 * @param {HTMLElement} host
 * @param {import('../context.js').Context} context
 * @returns {() => void}
 */
export function toasts(host, {store, notify}) {
    const scope = createScope();
    const element = h('div', {class: 'toasts', role: 'region', 'aria-label': t('toast.region')});
    scope.mount(host, element);
    /** @type {Map<number, {element: HTMLElement, cancel: () => void}>} */
    const shown = new Map();
    const more = h('div', {class: 'toast-more'});

    const create = (/** @type {Toast} */ toast) => {
        const box = h('div', {class: `toast toast-${toast.kind}`, 'data-toast': toast.kind},
            icon(icons[toast.kind]),
            h('p', {class: 'toast-text', dir: directionOf(toast.text)}, toast.text),
            toast.action && h('button', {
                type: 'button', class: 'button toast-action',
                on: {
                    click() {
                        toast.action?.run();
                        notify.dismiss(toast.id);
                    },
                },
            }, toast.action.label),
            iconButton({label: t('toast.close'), icon: 'x', run: () => notify.dismiss(toast.id)}));
        let left = lifetimes[toast.kind];
        let started = 0;
        /** @type {ReturnType<typeof setTimeout> | undefined} */
        let timer;
        const pause = () => {
            clearTimeout(timer);
            left -= Date.now() - started;
        };
        const resume = () => {
            started = Date.now();
            if (left !== Infinity)
                timer = setTimeout(() => notify.dismiss(toast.id), Math.max(1000, left));
        };
        box.addEventListener('mouseenter', pause);
        box.addEventListener('mouseleave', resume);
        box.addEventListener('focusin', pause);
        box.addEventListener('focusout', resume);
        resume();
        return {element: box, cancel: () => clearTimeout(timer)};
    };

    scope.add(store.subscribe(state => state.ui.toasts, list => {
        const visible = list.slice(-most);
        for (const [id, entry] of shown) {
            if (!visible.some(toast => toast.id === id)) {
                entry.cancel();
                shown.delete(id);
            }
        }
        for (const toast of visible) {
            if (!shown.has(toast.id))
                shown.set(toast.id, create(toast));
        }
        more.textContent = t('toast.more', {count: list.length - visible.length});
        const elements = visible.map(toast => /** @type {HTMLElement} */ (shown.get(toast.id)?.element));
        arrange(element, list.length > most ? [more, ...elements] : elements);
    }));
    return scope.dispose;
}
