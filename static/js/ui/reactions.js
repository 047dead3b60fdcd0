/**
 * Reactions float up from the tile of whoever sends them; with reduced motion they
 * stand still for a while.
 */

import {h} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {t} from '../core/i18n.js';

/** Reactions are gathered into one sentence for screen readers, in milliseconds. */
const gather = 3000;

/** @type {import('./context.js').Component} */
export function reactionsLayer(host, {store, announcer}) {
    const scope = createScope();
    /** @type {Map<number, HTMLElement>} */
    const shown = new Map();
    /** @type {Map<string, number>} */
    const counts = new Map();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const report = () => {
        timer = undefined;
        const text = [...counts].map(([emoji, count]) => `${emoji} ${count}`).join(', ');
        counts.clear();
        announcer.polite(t('announce.reactions', {text}));
    };
    scope.add(store.subscribe(state => state.reactions, list => {
        for (const [key, element] of shown) {
            if (!list.some(reaction => reaction.key === key)) {
                element.remove();
                shown.delete(key);
            }
        }
        for (const {key, userId, emoji} of list) {
            if (shown.has(key))
                continue;
            const element = h('span', {class: 'reaction', 'data-reaction': emoji, 'aria-hidden': 'true'}, emoji);
            // Several at once do not hide one another.
            element.style.insetInlineStart = `${10 + key * 37 % 70}%`;
            const tile = host.querySelector(`.tile[data-key="user:${CSS.escape(userId)}"]:not([hidden])`);
            (tile ?? host.querySelector('.stage'))?.append(element);
            shown.set(key, element);
            counts.set(emoji, (counts.get(emoji) ?? 0) + 1);
            timer ??= setTimeout(report, gather);
        }
    }));
    scope.add(() => {
        clearTimeout(timer);
        for (const element of shown.values())
            element.remove();
    });
    return scope.dispose;
}
