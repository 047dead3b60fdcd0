/**
 * Pieces of forms: a label, a control, a hint, and what is wrong.
 */

import {t} from '../core/i18n.js';
import {attribute, h} from '../ui/kit/dom.js';
import {iconButton, textButton} from '../ui/kit/button.js';
import {icon} from '../ui/kit/icon.js';
import {copyButton} from './links.js';
import {generatePassword, permissions, permissionSets, setOf} from './access.js';

let count = 0;

/** @param {string} name @returns {string} an id that nothing else on the page has */
export const uniqueId = name => `${name}-${++count}`;

/**
 * A field with its label above it.
 *
 * @param {HTMLElement} control has an id
 * @param {{label: string, hint?: string}} options
 * @returns {{element: HTMLElement, complain: (text: string) => void}} `complain` with an
 *     empty text takes the complaint back
 */
export function field(control, {label, hint}) {
    const hintId = `${control.id}-hint`;
    const errorId = `${control.id}-error`;
    const text = h('span');
    const error = h('p', {id: errorId, class: 'field-error', hidden: true}, icon('circle-alert'), text);
    attribute(control, 'aria-describedby', hint ? hintId : null);
    return {
        element: h('div', {class: 'field'}, h('label', {for: control.id}, label), control, error,
            hint && h('p', {id: hintId, class: 'hint'}, hint)),
        complain(problem) {
            text.textContent = problem;
            error.hidden = problem === '';
            attribute(control, 'aria-invalid', problem ? true : null);
            attribute(control, 'aria-describedby', [problem && errorId, hint && hintId].filter(Boolean).join(' ') || null);
        },
    };
}

/**
 * A switch with its label beside it.
 *
 * @param {HTMLInputElement} input
 * @param {{label: string, hint?: string}} options
 * @returns {HTMLElement}
 */
export function switchRow(input, {label, hint}) {
    attribute(input, 'aria-describedby', hint ? `${input.id}-hint` : null);
    return h('div', {class: 'switch-field'},
        h('div', null, h('label', {for: input.id}, label), hint && h('p', {id: `${input.id}-hint`, class: 'hint'}, hint)),
        input);
}

/**
 * A notice above a form, for what has gone wrong with all of it.
 *
 * @returns {{element: HTMLElement, show: (text: string) => void}} hidden while the text is empty
 */
export function problemNotice() {
    const text = h('span', {dir: 'auto'});
    const element = h('div', {class: 'notice notice-danger', role: 'alert', hidden: true}, icon('triangle-alert'), text);
    return {
        element,
        show(problem) {
            text.textContent = problem;
            element.hidden = problem === '';
        },
    };
}

/**
 * What somebody may do: a set, or single permissions.
 *
 * @param {string | string[] | undefined | null} value
 * @returns {{element: HTMLElement, value: () => string | string[]}}
 */
export function permissionsField(value) {
    const chosen = setOf(value);
    const select = h('select', {class: 'input', id: uniqueId('permissions'), on: {change: () => show()}},
        [...permissionSets, 'custom'].map(name => h('option', {value: name, selected: name === chosen}, t(`admin.role.${name}`))));
    const boxes = permissions.map(name => h('input', {
        type: 'checkbox', id: uniqueId(`may-${name}`), value: name,
        checked: Array.isArray(value) && value.includes(name),
    }));
    // What we have no name for stays as it is.
    const others = Array.isArray(value) ? value.filter(name => !permissions.includes(name)) : [];
    const custom = h('fieldset', {class: 'checks'}, h('legend', {class: 'visually-hidden'}, t('admin.role.custom')),
        boxes.map(box => h('label', {class: 'check', for: box.id}, box, t(`admin.may.${box.value}`))));
    const hint = h('p', {class: 'hint', id: `${select.id}-hint`});
    attribute(select, 'aria-describedby', hint.id);
    const show = () => {
        custom.hidden = select.value !== 'custom';
        hint.textContent = t(`admin.roleHint.${select.value}`);
    };
    show();
    return {
        element: h('div', {class: 'field'}, h('label', {for: select.id}, t('admin.users.may')), select, hint, custom),
        value: () => select.value === 'custom' ?
            [...boxes.filter(box => box.checked).map(box => box.value), ...others] : select.value,
    };
}

/**
 * A new password, with buttons that show it, make one up and copy it.
 *
 * @param {import('./context.js').Context} context
 * @param {{label: string, hint?: string}} options
 * @returns {{element: HTMLElement, input: HTMLInputElement, complain: (text: string) => void}}
 */
export function passwordField(context, options) {
    const input = h('input', {class: 'input', type: 'password', id: uniqueId('new-password'), autocomplete: 'new-password'});
    const eye = iconButton({
        label: t('admin.password.show'), icon: 'eye', props: {'aria-pressed': false},
        run: () => reveal(input.type === 'password'),
    });
    const reveal = (/** @type {boolean} */ shown) => {
        input.type = shown ? 'text' : 'password';
        attribute(eye, 'aria-pressed', shown);
    };
    const {element, complain} = field(input, options);
    const row = h('div', {class: 'input-row'});
    input.replaceWith(row);
    row.append(input, eye);
    element.append(h('div', {class: 'buttons'},
        textButton({
            label: t('admin.password.generate'), icon: 'wand',
            run() {
                input.value = generatePassword();
                reveal(true);
                input.focus();
                input.select();
            },
        }),
        copyButton(context, {label: t('admin.password.copy'), text: () => input.value})));
    return {element, input, complain};
}
