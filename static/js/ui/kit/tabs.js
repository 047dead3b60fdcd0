/**
 * Tabs after the ARIA pattern: arrow keys move, the panel follows.
 */

import {h} from './dom.js';
import {icon} from './icon.js';
import {roving} from './focus.js';

/**
 * @param {{id: string, label: string, icon: string, build: () => HTMLElement}[]} tabs
 * @param {{label: string, selected: string, onselect?: (id: string) => void}} options
 * @returns {HTMLElement}
 */
export function tabs(tabs, {label, selected, onselect}) {
    const panel = h('div', {class: 'tab-panel', role: 'tabpanel', tabIndex: -1});
    const buttons = tabs.map(tab => h('button', {
        type: 'button', class: 'tab', role: 'tab', id: `tab-${tab.id}`,
        on: {click: () => select(tab.id), focus: () => select(tab.id)},
    }, icon(tab.icon), h('span', {class: 'tab-label'}, tab.label)));
    const list = h('div', {
        class: 'tab-list', role: 'tablist', 'aria-label': label,
        on: {
            keydown(event) {
                const horizontal = getComputedStyle(list).flexDirection.startsWith('row');
                roving(event, buttons, {horizontal});
            },
        },
    }, buttons);
    let current = '';

    /** @param {string} id */
    const select = id => {
        const at = Math.max(0, tabs.findIndex(tab => tab.id === id));
        const tab = tabs[at];
        if (!tab || tab.id === current)
            return;
        current = tab.id;
        buttons.forEach((button, i) => {
            button.setAttribute('aria-selected', String(i === at));
            button.tabIndex = i === at ? 0 : -1;
        });
        panel.setAttribute('aria-labelledby', `tab-${tab.id}`);
        panel.replaceChildren(tab.build());
        onselect?.(tab.id);
    };
    select(selected);
    return h('div', {class: 'tabs'}, list, panel);
}
