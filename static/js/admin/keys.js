/**
 * The keys with which other programs may sign tokens for a group. The server never
 * shows them, so they can only be replaced.
 */

import {setKeys} from '../../management.mjs';
import {t} from '../core/i18n.js';
import {h} from '../ui/kit/dom.js';
import {textButton} from '../ui/kit/button.js';
import {confirm} from '../ui/kit/dialog.js';
import {generateKey, parseKeys} from './access.js';
import {failureText} from './failures.js';
import {field, problemNotice} from './fields.js';
import {copyButton} from './links.js';

/** @type {import('./context.js').View} */
export function keysView(host, context, {group}) {
    const problem = problemNotice();
    const text = h('textarea', {
        class: 'input code', id: 'keys', rows: 12, spellcheck: false, dir: 'ltr', autocomplete: 'off',
        placeholder: '{"keys": [{"kty": "EC", "alg": "ES256", "crv": "P-256", "x": "…", "y": "…"}]}',
    });
    const keys = field(text, {label: t('admin.keys.label'), hint: t('admin.keys.hint')});

    const write = async (/** @type {object[]} */ list, /** @type {string} */ done) => {
        problem.show('');
        try {
            await setKeys(group, list);
            context.say(t(done));
        } catch (error) {
            if (!context.expired(error))
                problem.show(failureText(error));
        }
    };

    const view = h('div', {class: 'admin-view'},
        h('form', {
            class: 'card form', noValidate: true,
            on: {
                submit(event) {
                    event.preventDefault();
                    const list = parseKeys(text.value);
                    keys.complain(list ? '' : t('admin.keys.wrong'));
                    if (!list) {
                        text.focus();
                        return;
                    }
                    confirm({
                        title: t('admin.keys.replace'), text: t('admin.keys.replaceSure'), label: t('admin.keys.replace'),
                        run: () => write(list, 'admin.keys.replaced'),
                    });
                },
            },
        },
        h('p', null, t('admin.keys.lead')), problem.element, keys.element,
        h('div', {class: 'buttons'},
            h('button', {type: 'submit', class: 'button button-primary'}, t('admin.keys.replace')),
            textButton({
                label: t('admin.keys.generate'), icon: 'wand',
                run() {
                    text.value = JSON.stringify({keys: [generateKey()]}, null, 4);
                    keys.complain('');
                    context.say(t('admin.keys.generated'));
                    text.focus();
                },
            }),
            copyButton(context, {label: t('admin.keys.copy'), text: () => text.value}))),
        h('section', {class: 'card danger-zone', 'aria-labelledby': 'keys-remove'},
            h('div', null, h('h2', {id: 'keys-remove'}, t('admin.keys.remove')), h('p', {class: 'hint'}, t('admin.keys.removeHint'))),
            textButton({
                label: t('admin.keys.remove'), icon: 'trash-2', kind: 'danger',
                run: () => confirm({
                    title: t('admin.keys.remove'), text: t('admin.keys.removeHint'), label: t('admin.keys.remove'),
                    run: () => write([], 'admin.keys.removed'),
                }),
            })));
    host.append(view);
    return () => {
        // Keys are secrets.
        text.value = '';
        view.remove();
    };
}
