/**
 * Sending files: to whom, and which. They may be chosen, dropped on somebody, or
 * pasted into the chat.
 */

import {h} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {textButton} from './kit/button.js';
import {openDialog} from './kit/dialog.js';
import {loadStyle} from './kit/style.js';
import {sizeText} from '../core/files.js';
import {people} from '../core/state.js';
import {language, t} from '../core/i18n.js';

/**
 * Asks what is not known yet, and says what the other side learns.
 *
 * @param {import('./context.js').Context} context
 * @param {{userId: string | null, files: File[]}} what
 * @returns {() => void} closes the dialog
 */
export function openSendFiles({store, actions}, {userId, files}) {
    // What is dropped or pasted comes here without a panel or dialog having been opened.
    loadStyle('ondemand.css');
    const state = store.get();
    const others = people(state).filter(user => user.id !== state.me.id);
    const person = h('select', {class: 'input', id: 'send-person'}, others.map(user =>
        h('option', {value: user.id, selected: user.id === userId}, user.name || t('people.anonymous'))));
    const chooser = h('input', {type: 'file', class: 'input', id: 'send-files', multiple: true, on: {change: () => show()}});
    const list = h('ul', {class: 'send-list'});
    const chosen = () => files.length > 0 ? files : [...chooser.files ?? []];
    const send = h('button', {type: 'submit', class: 'button button-primary'}, t('chat.send'));
    const show = () => {
        list.replaceChildren(...chosen().map(file => h('li', {dir: 'auto'}, `${file.name} (${sizeText(file.size, language())})`)));
        send.disabled = chosen().length === 0 || others.length === 0;
    };
    show();
    const form = h('form', {
        method: 'dialog', class: 'dialog-body send-form', 'data-dialog': 'send',
        on: {
            submit(event) {
                event.preventDefault();
                const wanted = chosen();
                close();
                actions.sendFiles.run(person.value, wanted);
            },
        },
    },
    others.length === 0 && h('p', null, t('stage.alone')),
    h('div', {class: 'field'}, h('label', {for: 'send-person'}, t('chat.to')), person),
    files.length === 0 && h('div', {class: 'field'}, h('label', {for: 'send-files'}, t('panel.files')), chooser),
    list, h('p', {class: 'hint'}, t('files.address')),
    h('div', {class: 'dialog-footer dialog-footer-inside'},
        textButton({label: t('dialog.cancel'), run: () => close()}), send));
    const close = openDialog({title: t('files.send'), body: form, class: 'dialog-small', onclose: () => store.merge('ui', {dialog: null})});
    (files.length > 0 ? send : others.length > 1 && !userId ? person : chooser).focus();
    return close;
}

/**
 * Files that are dropped on somebody, or anywhere else in the call.
 *
 * @type {import('./context.js').Component}
 */
export function fileDrop(host, context) {
    const {store, actions} = context;
    const scope = createScope();
    const text = h('p');
    const overlay = h('div', {class: 'drop', hidden: true, 'aria-hidden': 'true'}, text);
    scope.mount(host, overlay);

    /** @param {Event} event */
    const target = event => {
        const element = event.target instanceof Element ? event.target : null;
        const id = element?.closest('[data-user-id]')?.getAttribute('data-user-id');
        const {me, users, chat} = store.get();
        if (id && id !== me.id && users[id])
            return id;
        return element?.closest('.chat') ? chat.recipient : null;
    };
    const carries = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes('Files') &&
        actions.sendFiles.available(store.get());

    scope.listen(host, 'dragover', event => {
        if (!carries(event))
            return;
        event.preventDefault();
        event.dataTransfer.dropEffect = 'copy';
        const id = target(event);
        text.textContent = id ? t('files.dropOn', {name: store.get().users[id]?.name || t('people.anonymous')}) :
            t('files.drop');
        overlay.hidden = false;
    });
    scope.listen(host, 'dragleave', event => {
        if (!host.contains(event.relatedTarget))
            overlay.hidden = true;
    });
    scope.listen(host, 'drop', event => {
        overlay.hidden = true;
        if (!carries(event))
            return;
        event.preventDefault();
        const files = [...event.dataTransfer.files];
        if (files.length > 0)
            openSendFiles(context, {userId: target(event), files});
    });
    scope.listen(host, 'paste', event => {
        const files = [...event.clipboardData?.files ?? []];
        if (files.length === 0 || !actions.sendFiles.available(store.get()))
            return;
        event.preventDefault();
        openSendFiles(context, {userId: store.get().chat.recipient, files});
    });
    return scope.dispose;
}
