/**
 * A dialog with a form that is sent to the server: it stays open, with what is
 * wrong, until the server has agreed.
 */

import {t} from '../core/i18n.js';
import {attribute, h} from '../ui/kit/dom.js';
import {textButton} from '../ui/kit/button.js';
import {openDialog} from '../ui/kit/dialog.js';
import {failureText} from './failures.js';
import {problemNotice} from './fields.js';

/**
 * @param {import('./context.js').Context} context
 * @param {object} options
 * @param {string} options.title
 * @param {string} options.button
 * @param {(HTMLElement | false | null)[]} options.fields
 * @param {() => boolean | Promise<boolean>} options.send may throw what functions of management.js
 *     throw; false means that fields are wrong, and say so
 * @param {(error: any) => string} [options.explain] a better text for some failures; empty for the usual one
 * @param {() => void} [options.done] after the dialog has closed in success
 * @returns {() => void} closes it
 */
export function formDialog(context, {title, button, fields, send, explain, done}) {
    const problem = problemNotice();
    const submit = h('button', {type: 'submit', class: 'button button-primary'}, button);
    let agreed = false;
    let busy = false;
    const form = h('form', {
        class: 'dialog-form', noValidate: true, method: 'dialog',
        on: {
            async submit(event) {
                event.preventDefault();
                if (busy)
                    return;
                busy = true;
                attribute(submit, 'aria-disabled', true);
                problem.show('');
                try {
                    agreed = await send();
                    if (agreed)
                        close();
                    else
                        /** @type {HTMLElement | null} */ (form.querySelector('[aria-invalid="true"]'))?.focus();
                } catch (error) {
                    if (context.expired(error))
                        close();
                    else
                        problem.show(explain?.(error) || failureText(error));
                } finally {
                    busy = false;
                    attribute(submit, 'aria-disabled', null);
                }
            },
        },
    }, h('div', {class: 'dialog-body form'}, problem.element, fields), h('div', {class: 'dialog-footer'},
        textButton({label: t('dialog.cancel'), run: () => close()}), submit));
    const close = openDialog({
        title, body: form,
        onclose() {
            if (agreed)
                done?.();
        },
    });
    /** @type {HTMLElement | null} */ (form.querySelector('input, select, textarea'))?.focus();
    return close;
}
