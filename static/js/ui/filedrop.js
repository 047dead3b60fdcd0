/**
 * Files that are dropped on somebody, or anywhere else in the call, or pasted.
 */

import {h} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {loadStyle} from './kit/style.js';
import {fetchTexts} from '../core/languages.js';
import {t} from '../core/i18n.js';

/** @type {import('./context.js').Component} */
export function fileDrop(host, context) {
    const {store, actions, notify, log} = context;
    const scope = createScope();
    const ask = (/** @type {string | null} */ userId, /** @type {File[]} */ files) =>
        Promise.all([import('./sendfiles.js'), fetchTexts('more'), loadStyle('ondemand.css')])
            .then(([{openSendFiles}]) => openSendFiles(context, {userId, files}), e => {
                log.note('files', e);
                notify.error(t('failure.network'));
            });
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
            ask(target(event), files);
    });
    scope.listen(host, 'paste', event => {
        const files = [...event.clipboardData?.files ?? []];
        if (files.length === 0 || !actions.sendFiles.available(store.get()))
            return;
        event.preventDefault();
        ask(store.get().chat.recipient, files);
    });
    return scope.dispose;
}
