/**
 * The control bar.
 */

import {attribute, h, setText} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {icon, setIcon} from './kit/icon.js';
import {openMenu} from './kit/menu.js';
import {keyFor} from './kit/shortcuts.js';
import {deviceToggle} from './toggle.js';
import {canShareScreen} from '../media/capture.js';
import {layouts} from '../core/actions.js';
import {reactions} from '../core/reactions.js';
import {may} from '../core/state.js';
import {t} from '../core/i18n.js';

/**
 * A button of the bar: an icon with a label below.
 *
 * @param {import('../core/settings.js').Settings} settings
 * @param {{name: string, icon: string, label: string, shortcut?: string, class?: string, run: () => void}} options
 */
function control(settings, {name, icon: picture, label, shortcut = '', class: extra = '', run}) {
    const glyph = icon(picture);
    const text = h('span', {class: 'control-label'}, label);
    const badge = h('span', {class: 'badge', hidden: true});
    const tip = (/** @type {string} */ text) => {
        const key = keyFor(shortcut, settings.get('keys'));
        return key ? `${text} (${key})` : text;
    };
    const button = h('button', {
        type: 'button', class: 'control-button', 'data-control': name, 'data-tip': tip(label),
        'aria-label': label, on: {click: run},
    }, h('span', {class: 'control-face'}, glyph, badge), text);
    const element = h('div', {class: `control ${extra}`}, button);
    return {
        element, button, glyph, badge,
        /** A key was chosen. */
        refresh() {
            button.dataset.tip = tip(text.textContent ?? '');
        },
        /** @param {string} now */
        setLabel(now) {
            setText(text, now);
            button.setAttribute('aria-label', now);
            button.dataset.tip = tip(now);
        },
    };
}

/** @type {import('./context.js').Component} */
export function controls(host, context) {
    const {store, settings, actions} = context;
    const scope = createScope();
    const devices = h('div', {class: 'controls-group'});
    scope.add(deviceToggle(devices, context, 'microphone'));
    scope.add(deviceToggle(devices, context, 'camera'));

    const share = control(settings, {
        name: 'share', icon: 'monitor-up', label: t('control.share'), shortcut: 'shortcut.share',
        class: 'control-wide', run: () => shareOrMenu(),
    });
    const hand = control(settings, {
        name: 'hand', icon: 'hand', label: t('control.raise'), shortcut: 'shortcut.hand',
        run: () => actions.toggleHand.run(),
    });
    const react = control(settings, {
        name: 'react', icon: 'smile', label: t('control.react'), shortcut: 'shortcut.react',
        class: 'control-wide', run: () => reactMenu(),
    });
    react.button.setAttribute('aria-haspopup', 'menu');
    react.button.setAttribute('aria-expanded', 'false');
    const chat = control(settings, {
        name: 'chat', icon: 'message-square-text', label: t('panel.chat'), shortcut: 'shortcut.chat',
        run: () => actions.toggleChat.run(),
    });
    const people = control(settings, {
        name: 'people', icon: 'users', label: t('panel.people'), shortcut: 'shortcut.people',
        class: 'control-wide', run: () => actions.togglePeople.run(),
    });
    const more = control(settings, {name: 'more', icon: 'ellipsis', label: t('control.more'), run: () => moreMenu()});
    more.button.setAttribute('aria-haspopup', 'menu');
    more.button.setAttribute('aria-expanded', 'false');
    const leave = control(settings, {
        name: 'leave', icon: 'phone', label: t('control.leave'), class: 'control-leave',
        run: () => actions.leave.run(),
    });
    devices.append(share.element, hand.element, react.element);

    scope.mount(host, h('div', {class: 'controls', role: 'region', 'aria-label': t('control.region'), tabIndex: -1},
        devices,
        h('div', {class: 'controls-group'}, chat.element, people.element, more.element),
        h('div', {class: 'controls-group'}, leave.element)));

    const shareOrMenu = () => {
        const {shares} = store.get().media;
        if (shares.length === 0) {
            actions.shareScreen.run();
            return;
        }
        openMenu(share.button, [
            {kind: 'item', icon: 'screen-share-off', label: t('share.stop', {count: shares.length}), danger: true,
             run: () => actions.stopSharing.run()},
            {kind: 'item', icon: 'monitor-up', label: t('share.another'), run: () => actions.shareScreen.run()},
        ], {label: t('control.share')});
    };

    const reactMenu = () => openMenu(react.element.checkVisibility() ? react.button : more.button,
        reactions.map((emoji, i) => ({
            kind: 'item', label: emoji, hint: String(i + 1), run: () => actions.react.run(emoji),
        })), {label: t('control.react'), row: 'menu-row'});

    const moreMenu = () => {
        const state = store.get();
        const passwordPage = context.session.passwordPage();
        const sharing = state.media.shares.length > 0;
        const compact = host.clientWidth < 600;
        /** @type {import('./kit/menu.js').MenuItem[]} */
        const items = [];
        if (compact) {
            items.push({kind: 'item', icon: 'users', label: t('panel.people'), run: () => actions.togglePeople.run()});
            if (sharing)
                items.push({kind: 'item', icon: 'screen-share-off', danger: true,
                            label: t('share.stop', {count: state.media.shares.length}),
                            run: () => actions.stopSharing.run()});
            else if (actions.shareScreen.available(state))
                items.push({kind: 'item', icon: 'monitor-up', label: t('control.share'),
                            run: () => actions.shareScreen.run()});
            items.push({kind: 'separator'});
        }
        if (compact && actions.react.available(state))
            items.push({kind: 'item', icon: 'smile', label: t('control.react'), run: () => setTimeout(reactMenu)});
        if (actions.flipCamera.available(state))
            items.push({kind: 'item', icon: 'switch-camera', label: t('control.flip'), run: () => actions.flipCamera.run()});
        items.push({kind: 'heading', label: t('layout.title')});
        for (const layout of layouts)
            items.push({kind: 'radio', label: t(`layout.${layout}`), checked: state.settings.layout === layout,
                        run: () => actions.setLayout.run(layout)});
        items.push({kind: 'separator'});
        if (actions.muteAll.available(state)) {
            items.push(
                {kind: 'item', icon: 'mic-off', label: t('menu.muteAll'), run: () => actions.muteAll.run()},
                state.group.locked ?
                    {kind: 'item', icon: 'lock-open', label: t('menu.unlock'), run: () => actions.unlock.run()} :
                    {kind: 'item', icon: 'lock', label: t('menu.lock'), run: () => actions.lock.run()},
                {kind: 'item', icon: 'shield', label: t('panel.host'), run: () => actions.toggleHost.run()},
                {kind: 'separator'});
        } else if (actions.toggleHost.available(state)) {
            items.push({kind: 'item', icon: 'shield', label: t('panel.host'), run: () => actions.toggleHost.run()});
        }
        if (actions.playFiles.available(state))
            items.push({kind: 'item', icon: 'play', label: t('menu.playFile'), run: () => actions.playFiles.run()});
        items.push({kind: 'check', label: t('menu.captions'), checked: state.settings.captions,
                    run: () => actions.toggleCaptions.run()});
        if (actions.toggleFullScreen.available(state))
            items.push({kind: 'item', icon: state.ui.fullscreen ? 'minimize' : 'maximize',
                        label: t(state.ui.fullscreen ? 'menu.exitFullScreen' : 'menu.fullScreen'),
                        hint: keyFor('shortcut.fullscreen', settings.get('keys')), run: () => actions.toggleFullScreen.run()});
        if (actions.togglePictureInPicture.available(state))
            items.push({kind: 'item', icon: 'picture-in-picture-2', label: t('user.pip'),
                        run: () => actions.togglePictureInPicture.run()});
        if (actions.openInvite.available(state))
            items.push({kind: 'item', icon: 'user-plus', label: t('invite.title'), run: () => actions.openInvite.run()});
        items.push(
            {kind: 'item', icon: 'file', label: t('panel.files'), run: () => actions.toggleFiles.run()},
            {kind: 'item', icon: 'captions', label: t('panel.transcript'), run: () => actions.toggleTranscript.run()},
            {kind: 'item', icon: 'bell', label: t('notices.title'), run: () => actions.openNotices.run()},
            {kind: 'item', icon: 'link', label: t('header.copyLink'), run: () => actions.copyLink.run()},
            {kind: 'item', icon: 'settings', label: t('menu.settings'), run: () => actions.openSettings.run()},
            ...passwordPage ? [/** @type {const} */ ({
                kind: 'item', icon: 'key', label: t('menu.password'), run: () => open(passwordPage, '_blank', 'noopener'),
            })] : [],
            {kind: 'item', icon: 'activity', label: t('menu.check'), run: () => actions.openCheck.run()},
            {kind: 'item', icon: 'circle-question-mark', label: t('menu.help'), hint: keyFor('shortcut.help', settings.get('keys')),
             run: () => actions.openHelp.run()});
        openMenu(more.button, items, {label: t('control.more')});
    };

    scope.add(store.subscribe(state => [state.media.shares, state.media.sharing, may(state, 'present')], () => {
        const state = store.get();
        const on = state.media.shares.length > 0;
        share.element.hidden = !canShareScreen() || !may(state, 'present');
        setIcon(share.glyph, on ? 'screen-share' : 'monitor-up');
        share.button.dataset.state = on ? 'active' : state.media.sharing === 'choosing' ? 'busy' : 'idle';
        attribute(share.button, 'aria-pressed', on);
        share.setLabel(t(on ? 'control.sharing' : 'control.share'));
    }));
    scope.add(store.subscribe(state => state.settings.keys, () => {
        for (const part of [share, hand, react, chat, people])
            part.refresh();
    }));
    scope.add(store.subscribe(state => may(state, 'message'), allowed => {
        react.element.hidden = !allowed;
    }));
    scope.add(store.subscribe(state => state.me.hand, raised => {
        hand.button.dataset.state = raised ? 'raised' : 'idle';
        attribute(hand.button, 'aria-pressed', raised);
        hand.setLabel(t(raised ? 'control.lower' : 'control.raise'));
    }));
    scope.add(store.subscribe(state => [state.ui.panel, state.chat.unread], () => {
        const {ui, chat: {unread}} = store.get();
        for (const [name, part] of /** @type {const} */ ([['chat', chat], ['people', people]])) {
            attribute(part.button, 'aria-expanded', ui.panel === name);
            part.button.dataset.state = ui.panel === name ? 'active' : 'idle';
        }
        chat.badge.hidden = unread === 0;
        setText(chat.badge, unread > 99 ? '99+' : String(unread));
        chat.button.setAttribute('aria-label', unread > 0 ?
            t('control.chatUnread', {count: unread}) : t('panel.chat'));
    }));
    return scope.dispose;
}
