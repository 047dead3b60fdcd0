/**
 * Sending files: to whom, and which. Fetched when somebody wants to.
 */

import {h} from './kit/dom.js';
import {textButton} from './kit/button.js';
import {openDialog} from './kit/dialog.js';
import {sizeText} from '../core/files.js';
import {people} from '../core/state.js';
import {language, t} from '../core/i18n.js';

/**
 * Asks what is not known yet, and says what the other side learns.
 *
 * @param {import('./context.js').Context & {closed?: () => void}} context
 * @param {{userId: string | null, files: File[]}} what
 * @returns {() => void} closes the dialog
 */
export function openSendFiles({store, actions, closed = () => {}}, {userId, files}) {
    const state = store.get();
    const others = people(state).filter(user => user.id !== state.me.id);
    const person = h('select', {class: 'input', id: 'send-person'}, others.map(user =>
        h('option', {value: user.id, selected: user.id === userId, dir: 'auto'}, user.name || t('people.anonymous'))));
    const chooser = h('input', {type: 'file', class: 'input', id: 'send-files', multiple: true, on: {change: () => show()}});
    const list = h('ul', {class: 'send-list'});
    const chosen = () => files.length > 0 ? files : [...chooser.files ?? []];
    const send = h('button', {type: 'submit', class: 'button button-primary'}, t('chat.send'));
    const show = () => {
        list.replaceChildren(...chosen().map(file => h('li', null, h('bdi', null, file.name), ` (${sizeText(file.size, language())})`)));
        send.disabled = chosen().length === 0 || others.length === 0;
    };
    show();
    const form = h('form', {
        method: 'dialog', class: 'dialog-form send-form', 'data-dialog': 'send',
        on: {
            submit(event) {
                event.preventDefault();
                const wanted = chosen();
                close();
                actions.sendFiles.run(person.value, wanted);
            },
        },
    },
    h('div', {class: 'dialog-body'},
      others.length === 0 && h('p', null, t('stage.alone')),
      h('div', {class: 'field'}, h('label', {for: 'send-person'}, t('chat.to')), person),
      files.length === 0 && h('div', {class: 'field'}, h('label', {for: 'send-files'}, t('panel.files')), chooser),
      list, h('p', {class: 'hint'}, t('files.address'))),
    h('div', {class: 'dialog-footer'},
        textButton({label: t('dialog.cancel'), run: () => close()}), send));
    const close = openDialog({title: t('files.send'), body: form, class: 'dialog-small', onclose: closed});
    (files.length > 0 ? send : others.length > 1 && !userId ? person : chooser).focus();
    return close;
}
