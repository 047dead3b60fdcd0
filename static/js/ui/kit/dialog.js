/**
 * Dialogs: the browser's own `dialog`, with a title, closing with Escape, with a
 * click beside it, and giving the focus back.
 */

import {h} from './dom.js';
import {iconButton, textButton} from './button.js';
import {t} from '../../core/i18n.js';

/**
 * @param {{title: string, body: HTMLElement, footer?: HTMLElement | null, class?: string, onclose: () => void}} options
 * @returns {() => void} closes it
 */
export function openDialog({title, body, footer, class: extra, onclose}) {
    const before = document.activeElement;
    const heading = h('h2', {id: 'dialog-title', class: 'dialog-title'}, title);
    const element = h('dialog', {class: `dialog ${extra ?? ''}`, 'aria-labelledby': 'dialog-title'},
        h('div', {class: 'dialog-header'}, heading,
          iconButton({label: t('dialog.close'), icon: 'x', run: () => element.close()})),
        body, footer);
    element.addEventListener('close', () => {
        element.remove();
        // Whoever has gone on to something else meanwhile keeps the focus there.
        if (document.activeElement === document.body && before instanceof HTMLElement && before.isConnected)
            before.focus();
        onclose();
    });
    element.addEventListener('pointerdown', event => {
        if (event.target === element)
            element.close();
    });
    element.addEventListener('keydown', event => event.stopPropagation());
    document.body.append(element);
    element.showModal();
    return () => element.close();
}

/**
 * Asks before something that cannot be undone.
 *
 * @param {{title: string, text: string, label: string, run: () => void}} options
 */
export function confirm({title, text, label, run}) {
    let agreed = false;
    const footer = h('div', {class: 'dialog-footer'},
        textButton({label: t('dialog.cancel'), run: () => close()}),
        textButton({
            label, kind: 'danger',
            run() {
                agreed = true;
                close();
            },
        }));
    const close = openDialog({
        title, body: h('p', {class: 'dialog-body', dir: 'auto'}, text), footer, class: 'dialog-small',
        onclose() {
            if (agreed)
                run();
        },
    });
}

/**
 * Asks for a line of text.
 *
 * @param {{title: string, label: string, button: string, run: (text: string) => void}} options
 */
export function ask({title, label, button, run}) {
    const input = h('input', {class: 'input', type: 'text', id: 'ask-input', autocomplete: 'off', maxLength: 500});
    const form = h('form', {
        method: 'dialog', class: 'dialog-form',
        on: {
            submit(event) {
                event.preventDefault();
                const {value} = input;
                close();
                run(value);
            },
        },
    },
    h('div', {class: 'dialog-body field'}, h('label', {for: 'ask-input'}, label), input),
    h('div', {class: 'dialog-footer'},
        textButton({label: t('dialog.cancel'), run: () => close()}),
        h('button', {type: 'submit', class: 'button button-primary'}, button)));
    const close = openDialog({title, body: form, class: 'dialog-small', onclose: () => {}});
    input.focus();
}
