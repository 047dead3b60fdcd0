/**
 * The host panel: what operators do about the whole group.
 */

import {h, setText} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {iconButton, textButton} from './kit/button.js';
import {ask, confirm} from './kit/dialog.js';
import {readGroupData} from '../core/interop.js';
import {people, recording} from '../core/state.js';
import {groupName, home} from '../core/url.js';
import {t} from '../core/i18n.js';

/** @type {import('./context.js').Component} */
export function hostPanel(host, context) {
    const {store, actions} = context;
    const scope = createScope();
    /** @type {(() => void)[]} */
    const updates = [];
    const section = (/** @type {string} */ title, /** @type {(HTMLElement | null)[]} */ ...children) =>
        h('section', {class: 'host-section'}, h('h3', null, title), children);

    /**
     * A button for an action, there only while the action is available.
     *
     * @param {import('../core/actions.js').Action<[]>} action
     * @param {{label: string, icon: string, name: string, run?: () => void, danger?: boolean}} options
     */
    const button = (action, {label, icon: picture, name, run = () => action.run(), danger}) => {
        const element = textButton({
            label, icon: picture, kind: danger ? 'danger' : undefined, run, props: {'data-action': name},
        });
        updates.push(() => {
            element.hidden = !action.available(store.get());
        });
        return element;
    };

    // ---- The door ----------------------------------------------------------------

    const message = h('input', {
        class: 'input', id: 'host-lock-message', type: 'text', maxLength: 200, autocomplete: 'off',
        placeholder: t('host.lockPlaceholder'),
    });
    const lockState = h('p', {class: 'host-state', role: 'status'});
    const lock = button(actions.lock, {
        label: t('menu.lock'), icon: 'lock', name: 'lock', run: () => actions.lock.run(message.value.trim()),
    });
    const unlock = button(actions.unlock, {label: t('menu.unlock'), icon: 'lock-open', name: 'unlock'});
    const messageField = h('div', {class: 'field'},
        h('label', {for: message.id}, t('host.lockMessage')), message);
    const door = section(t('host.door'), lockState, messageField, lock, unlock,
        button(actions.openInvite, {label: t('invite.title'), icon: 'user-plus', name: 'invite'}));
    updates.push(() => {
        const {locked} = store.get().group;
        setText(lockState, t(locked ? 'host.locked' : 'host.open'));
        lock.hidden = locked;
        unlock.hidden = !locked;
        messageField.hidden = locked;
    });

    // ---- Everyone ------------------------------------------------------------------

    const spotlit = h('ul', {class: 'host-list'});
    const everyone = section(t('chat.everyone'),
        button(actions.muteAll, {label: t('menu.muteAll'), icon: 'mic-off', name: 'mute-all'}),
        button(/** @type {any} */ (actions.warnAll), {
            label: t('host.notice'), icon: 'triangle-alert', name: 'notice',
            run: () => ask({
                title: t('host.notice'), label: t('host.noticeLabel'), button: t('chat.send'),
                run: text => text.trim() && actions.warnAll.run(text.trim()),
            }),
        }),
        button(actions.clearChat, {
            label: t('host.clear'), icon: 'eraser', name: 'clear',
            run: () => confirm({
                title: t('host.clearTitle'), text: t('chat.deleteFromText'), label: t('host.clear'),
                run: () => actions.clearChat.run(),
            }),
        }));
    const spotlights = section(t('host.spotlight'), h('p', {class: 'hint'}, t('host.spotlightHint')), spotlit);
    updates.push(() => {
        const state = store.get();
        const ids = readGroupData(state.group.data).spotlight;
        spotlit.replaceChildren(...people(state).filter(user => ids.includes(user.id)).map(user =>
            h('li', {class: 'host-row'}, h('span', {dir: 'auto'}, user.name || t('people.anonymous')),
              iconButton({label: t('user.unspotlight'), icon: 'x', run: () => actions.spotlight.run(user.id)}))));
    });

    // ---- Recording -----------------------------------------------------------------

    const start = button(actions.record, {label: t('host.record'), icon: 'circle-dot', name: 'record'});
    const stop = button(actions.unrecord, {label: t('host.unrecord'), icon: 'circle-stop', name: 'unrecord', danger: true});
    const files = h('a', {
        href: new URL(`recordings/${groupName(new URL(context.session.location()).pathname).split('/').map(encodeURIComponent).join('/')}/`, home).href,
        target: '_blank', rel: 'noopener',
    }, t('host.recordings'));
    const record = section(t('host.recording'), start, stop, files);
    updates.push(() => {
        const state = store.get();
        record.hidden = !state.me.permissions.includes('record');
        start.hidden = recording(state);
        stop.hidden = !recording(state);
    });

    // ---- Subgroups -------------------------------------------------------------------

    const breakout = section(t('panel.breakout'),
        button(actions.toggleBreakout, {label: t('breakout.manage'), icon: 'split', name: 'breakout'}));

    for (const part of [everyone, spotlights, breakout, door]) {
        updates.push(() => {
            part.hidden = !store.get().me.permissions.includes('op');
        });
    }
    scope.mount(host, h('div', {class: 'files host', 'data-host': true}, door, everyone, spotlights, record, breakout));
    scope.add(store.subscribe(
        state => [state.group, state.me.permissions, state.users, state.connection.state], () => {
            const focused = document.activeElement;
            for (const update of updates)
                update();
            if (focused instanceof HTMLElement && host.contains(focused) && !focused.checkVisibility())
                (lock.hidden ? unlock : lock).focus();
        }));
    return scope.dispose;
}
