/**
 * Fields bound to a stored setting.
 */

import {h} from './kit/dom.js';

/**
 * A switch.
 *
 * @param {import('./context.js').Context} context
 * @param {string} name of the setting
 * @param {{label: string, hint?: string, value?: () => boolean}} options `value` reads
 *     the present state where it is not simply the setting
 * @returns {HTMLElement}
 */
export function switchField({settings}, name, {label, hint, value}) {
    const input = h('input', {
        type: 'checkbox', class: 'switch', role: 'switch', id: `setting-${name}`,
        checked: value ? value() : settings.get(name) === true,
        'aria-describedby': hint ? `setting-${name}-hint` : null,
        on: {change: () => settings.set(name, input.checked)},
    });
    return h('div', {class: 'switch-field'},
        h('div', null, h('label', {for: input.id}, label),
          hint && h('p', {class: 'hint', id: `setting-${name}-hint`}, hint)),
        input);
}

/**
 * A choice.
 *
 * @param {import('./context.js').Context} context
 * @param {string} name of the setting
 * @param {{label: string, hint?: string, choices: [string | number | null, string][], onchange?: () => void}} options
 *     value and label of each choice; `onchange` is told after the setting has changed
 * @returns {HTMLElement}
 */
export function choiceField({settings}, name, {label, hint, choices, onchange}) {
    const select = h('select', {
        class: 'input', id: `setting-${name}`, 'aria-describedby': hint ? `setting-${name}-hint` : null,
        on: {
            change() {
                settings.set(name, choices[select.selectedIndex]?.[0]);
                onchange?.();
            },
        },
    }, choices.map(([value, text]) => h('option', {value: String(value), selected: settings.get(name) === value}, text)));
    return h('div', {class: 'field'}, h('label', {for: select.id}, label), select,
             hint && h('p', {class: 'hint', id: `setting-${name}-hint`}, hint));
}
