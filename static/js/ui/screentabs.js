/**
 * Several screens and films at once: a button for each, to choose which one is large.
 */

import {arrange, attribute, h, setText} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {largeScreen, tiles} from './tilelist.js';
import {t} from '../core/i18n.js';

/** @type {import('./context.js').Component} */
export function screenTabs(host, {store}) {
    const scope = createScope();
    const element = h('div', {class: 'screen-tabs', role: 'group', 'aria-label': t('screens.region')});
    host.prepend(element);
    host.classList.add('stage-tabs');
    scope.add(() => {
        element.remove();
        host.classList.remove('stage-tabs');
    });
    /** @type {Map<string, HTMLButtonElement>} */
    const buttons = new Map();
    scope.add(store.subscribe(state => [state.streams, state.users, state.media.played, state.ui.screen, state.ui.pinned], () => {
        const state = store.get();
        const screens = tiles(state).filter(tile => tile.kind !== 'person').sort((a, b) => a.arrived - b.arrived);
        const large = largeScreen(screens, state)?.key;
        const present = new Set(screens.map(({key}) => key));
        for (const key of buttons.keys()) {
            if (!present.has(key))
                buttons.delete(key);
        }
        arrange(element, screens.map(({key, kind, name, title}) => {
            const button = buttons.get(key) ?? h('button', {
                type: 'button', class: 'screen-tab', dir: 'auto', 'data-screen': key,
                // What is pinned would stay in front of what is chosen here.
                on: {click: () => store.merge('ui', {screen: key, pinned: []})},
            });
            buttons.set(key, button);
            setText(button, title ?? t(`tile.${kind}`, {name: name || t('people.anonymous')}));
            attribute(button, 'aria-pressed', key === large);
            return button;
        }));
    }));
    return scope.dispose;
}
