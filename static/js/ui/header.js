/**
 * The header of the call: what this is, who is here, whether it is being recorded.
 */

import {h, setText} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {icon} from './kit/icon.js';
import {iconButton, textButton} from './kit/button.js';
import {clock} from '../core/format.js';
import {people, recording} from '../core/state.js';
import {t} from '../core/i18n.js';

/** @type {import('./context.js').Component} */
export function header(host, {store, actions}) {
    const scope = createScope();
    const title = h('h1', {class: 'header-title', dir: 'auto'});
    const lock = h('span', {class: 'header-badge', 'data-tip': t('header.locked')},
        icon('lock'), h('span', {class: 'visually-hidden'}, t('header.locked')));
    const time = h('span', {class: 'header-time'});
    const recTime = h('span', {class: 'rec-time'});
    const rec = h('span', {class: 'rec', tabIndex: 0, 'data-tip': t('header.recording'), 'aria-label': t('header.recording')},
        h('span', {class: 'rec-dot'}), h('span', null, t('header.rec')), recTime);
    const count = h('span', null);
    const peopleButton = h('button', {
        type: 'button', class: 'button button-quiet header-people', 'data-tip': t('panel.people'),
        on: {click: () => actions.togglePeople.run()},
    }, icon('users'), count);
    const link = iconButton({
        label: t('header.copyLink'), icon: 'link', class: 'header-link', run: () => actions.copyLink.run(),
    });
    const back = textButton({
        label: t('breakout.back'), icon: 'undo-2', kind: 'quiet', run: () => actions.goBack.run(),
        props: {'data-action': 'back'},
    });
    back.classList.add('header-back');
    scope.add(store.subscribe(state => state.breakout.from, from => {
        back.hidden = from === null;
        back.dataset.tip = t('breakout.backTo', {group: from?.name ?? ''});
    }));
    scope.mount(host, h('header', {class: 'header', tabIndex: -1},
        h('div', {class: 'header-start'}, back, title, lock, rec),
        h('div', {class: 'header-end'}, time, peopleButton, link)));

    scope.add(store.subscribe(state => state.group, group => {
        setText(title, group.title);
        lock.hidden = !group.locked;
        document.title = group.title;
    }));
    scope.add(store.subscribe(state => people(state).length, number => {
        setText(count, String(number));
        peopleButton.setAttribute('aria-label', t('header.people', {count: number}));
    }));

    let recordingSince = 0;
    const tick = () => {
        const {joinedAt} = store.get().connection;
        setText(time, clock(Date.now() - joinedAt));
        setText(recTime, recordingSince ? clock(Date.now() - recordingSince) : '');
    };
    scope.add(store.subscribe(recording, now => {
        recordingSince = now ? Date.now() : 0;
        rec.hidden = !now;
        tick();
    }));
    const timer = setInterval(tick, 1000);
    scope.add(() => clearInterval(timer));
    tick();

    // Unread messages are seen from other tabs too.
    scope.add(store.subscribe(state => [state.chat.unread, state.group.title], () => {
        const {chat, group} = store.get();
        document.title = chat.unread > 0 ? `(${chat.unread}) ${group.title}` : group.title;
    }));
    return scope.dispose;
}
