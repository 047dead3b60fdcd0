/**
 * The files panel: offers, transfers with their progress, and what has come.
 */

import {arrange, h, setText} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {icon} from './kit/icon.js';
import {iconButton, textButton} from './kit/button.js';
import {openSendFiles} from './sendfiles.js';
import {secondsLeft, sizeText} from '../core/files.js';
import {clock} from '../core/format.js';
import {language, t} from '../core/i18n.js';

/** @typedef {import('../core/files.js').FileTransfer} FileTransfer */

/**
 * Has the browser save something under a name.
 *
 * @param {Blob} blob
 * @param {string} name
 */
export function save(blob, name) {
    const href = URL.createObjectURL(blob);
    h('a', {href, download: name}).click();
    setTimeout(() => URL.revokeObjectURL(href), 60_000);
}

/**
 * @param {import('./context.js').Context} context
 * @param {string} key
 */
function card({store, files}, key) {
    const name = h('span', {class: 'file-name', dir: 'auto'});
    const about = h('p', {class: 'file-about'});
    const note = h('p', {class: 'hint'}, t('files.address'));
    const bar = h('progress', {class: 'file-bar', max: 1});
    const buttons = h('div', {class: 'file-buttons'});
    const element = h('li', {class: 'file', 'data-file': key},
        h('div', {class: 'file-head'}, icon('file'), name), about, bar, note, buttons);
    /** @type {string} */
    let shown = '';

    /** @param {FileTransfer} file */
    const update = file => {
        const {state, up, person, size, done} = file;
        element.dataset.state = state;
        setText(name, file.name);
        bar.setAttribute('aria-label', file.name);
        const args = {name: person || t('people.anonymous')};
        const facts = [t(up ? 'files.to' : 'files.from', args), sizeText(size, language())];
        if (state === 'running') {
            const left = secondsLeft(file);
            facts.push(`${sizeText(file.rate, language())}/s`);
            if (left !== null)
                facts.push(t('files.left', {time: clock(left * 1000)}));
        } else if (state !== 'offered') {
            facts.push(t(`files.state.${state}`));
        }
        if (file.reason)
            facts.push(file.reason);
        setText(about, facts.join(' · '));
        bar.hidden = state !== 'running' && state !== 'connecting';
        if (state === 'running')
            bar.value = size > 0 ? done / size : 1;
        else
            bar.removeAttribute('value');
        note.hidden = state !== 'offered';
        if (state === shown)
            return;
        shown = state;
        const named = (/** @type {string} */ label) => ({'aria-label': `${label}: ${file.name}`});
        const cancel = (/** @type {string} */ label) => textButton({
            label, run: () => files.cancel(key), props: {...named(label), 'data-action': 'cancel'},
        });
        const focused = buttons.contains(document.activeElement);
        buttons.replaceChildren(...{
            offered: () => [
                textButton({label: t('files.accept'), kind: 'primary', run: () => files.accept(key),
                            props: {...named(t('files.accept')), 'data-action': 'accept'}}),
                cancel(t('files.refuse'))],
            waiting: () => [cancel(t('dialog.cancel'))],
            connecting: () => [cancel(t('dialog.cancel'))],
            running: () => [cancel(t('dialog.cancel'))],
            done: () => file.blob ? [textButton({
                label: t('files.save'), icon: 'download', kind: 'primary',
                props: {...named(t('files.save')), 'data-action': 'save'},
                run: () => {
                    const {blob} = store.get().files.find(other => other.key === key) ?? {};
                    if (blob)
                        save(blob, file.name);
                },
            })] : [],
            cancelled: () => [],
        }[state]());
        if (state === 'done' || state === 'cancelled')
            buttons.append(iconButton({label: t('files.forget'), icon: 'x', run: () => files.forget(key),
                                       props: named(t('files.forget'))}));
        if (focused)
            buttons.querySelector('button')?.focus();
    };
    return {element, update};
}

/** @type {import('./context.js').Component} */
export function filesPanel(host, context) {
    const {store, actions} = context;
    const scope = createScope();
    const list = h('ul', {class: 'file-list', 'aria-label': t('panel.files')});
    const empty = h('div', {class: 'panel-empty'}, icon('file', 'panel-empty-icon'),
        h('p', {class: 'panel-empty-title'}, t('files.empty')), h('p', null, t('files.emptyHint')));
    const send = textButton({
        label: t('files.send'), icon: 'upload', kind: 'primary',
        run: () => openSendFiles(context, {userId: null, files: []}),
    });
    scope.mount(host, h('div', {class: 'files'}, h('div', {class: 'files-tools'}, send), empty, list));
    /** @type {Map<string, ReturnType<typeof card>>} */
    const cards = new Map();
    scope.add(store.subscribe(state => state.files, files => {
        for (const key of cards.keys()) {
            if (!files.some(file => file.key === key))
                cards.delete(key);
        }
        empty.hidden = files.length > 0;
        arrange(list, [...files].reverse().map(file => {
            const entry = cards.get(file.key) ?? card(context, file.key);
            cards.set(file.key, entry);
            entry.update(file);
            return entry.element;
        }));
    }));
    scope.add(store.subscribe(state => state.me.permissions, () => {
        send.disabled = !actions.sendFiles.available(store.get());
    }));
    return scope.dispose;
}
