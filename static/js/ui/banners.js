/**
 * The banner on top of the stage: one at a time, the most urgent one.
 */

import {arrange, h} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {textButton} from './kit/button.js';
import {icon} from './kit/icon.js';
import {shortName} from '../core/subgroups.js';
import {t} from '../core/i18n.js';

/**
 * @typedef {object} Banner
 * @property {string} name
 * @property {'info' | 'warning' | 'danger'} kind
 * @property {string} icon
 * @property {string} text
 * @property {{label: string, kind?: string, run: () => void}[]} buttons
 */

/**
 * @param {Pick<import('./context.js').Context, 'store' | 'actions' | 'log'>} context
 * @returns {Banner | null}
 */
export function banner({store, actions, log}) {
    const {connection, media, ui, breakout: {invitation}} = store.get();
    if (connection.state === 'lost') {
        const seconds = Math.max(0, Math.ceil((connection.until - Date.now()) / 1000));
        const waiting = connection.until > 0 && seconds > 0;
        return {
            name: 'lost', kind: 'warning', icon: 'wifi-off',
            text: waiting ? t('banner.lost', {count: seconds}) : t('banner.reconnecting'),
            buttons: waiting ? [{label: t('banner.retry'), kind: 'primary', run: () => actions.retryNow.run()}] : [],
        };
    }
    if (ui.crash !== null) {
        const text = ui.crash;
        return {
            name: 'crash', kind: 'danger', icon: 'triangle-alert', text: t('banner.crash'),
            buttons: [
                {label: t('banner.copyDetails'), run: () => {
                    navigator.clipboard.writeText(`${text}\n\n${log.text()}`).catch(() => {});
                }},
                {label: t('banner.dismiss'), run: () => store.merge('ui', {crash: null})},
            ],
        };
    }
    if (media.soundBlocked) {
        return {
            name: 'sound', kind: 'info', icon: 'volume-off', text: t('banner.soundBlocked'),
            buttons: [{label: t('banner.enableSound'), kind: 'primary', run: () => actions.enableSound.run()}],
        };
    }
    if (invitation) {
        return {
            name: 'breakout', kind: 'info', icon: 'split',
            text: t('breakout.invitation', {name: invitation.by || t('chat.server'), group: shortName(invitation.name, store.get().group.name)}),
            buttons: [
                {label: t('breakout.go'), kind: 'primary', run: () => actions.visit.run(invitation)},
                {label: t('banner.dismiss'), run: () => store.merge('breakout', {invitation: null})},
            ],
        };
    }
    if (media.mutedBy !== null) {
        return {
            name: 'muted', kind: 'info', icon: 'mic-off',
            text: media.mutedBy ? t('banner.mutedBy', {name: media.mutedBy}) : t('banner.muted'),
            buttons: [
                {label: t('banner.unmute'), run: () => actions.toggleMicrophone.run()},
                {label: t('banner.dismiss'), run: () => store.merge('media', {mutedBy: null})},
            ],
        };
    }
    if (media.weak && !ui.weakSeen) {
        const camera = media.camera === 'on' ? [{
            label: t('banner.cameraOff'), kind: 'primary', run: () => actions.toggleCamera.run(),
        }] : [];
        return {
            name: 'weak', kind: 'warning', icon: 'triangle-alert', text: t('banner.weak'),
            buttons: [...camera, {label: t('banner.dismiss'), run: () => store.merge('ui', {weakSeen: true})}],
        };
    }
    if (media.shares.length > 0) {
        return {
            name: 'sharing', kind: 'info', icon: 'screen-share', text: t('banner.sharing', {count: media.shares.length}),
            buttons: [{label: t('share.stop', {count: media.shares.length}), kind: 'danger',
                       run: () => actions.stopSharing.run()}],
        };
    }
    return null;
}

/** @type {import('./context.js').Component} */
export function banners(host, context) {
    const {store} = context;
    const scope = createScope();
    const text = h('p', {class: 'banner-text'});
    const element = h('div', {class: 'banner', hidden: true});
    scope.mount(host, element);
    let shown = '';

    const show = () => {
        const now = banner(context);
        element.hidden = now === null;
        if (!now) {
            shown = '';
            return;
        }
        text.textContent = now.text;
        const name = `${now.name} ${now.buttons.map(button => button.label).join()}`;
        if (name === shown)
            return;
        shown = name;
        element.className = `banner banner-${now.kind}`;
        element.dataset.banner = now.name;
        arrange(element, [h('div', {class: 'banner-said'}, icon(now.icon), text), ...now.buttons.map(textButton)]);
    };

    scope.add(store.subscribe(
        ({connection, media, ui, breakout}) => [connection, media.soundBlocked, media.mutedBy, media.shares, media.weak,
            media.camera, ui.weakSeen, ui.crash, breakout.invitation], show));
    // The countdown.
    const timer = setInterval(() => store.get().connection.state === 'lost' && show(), 500);
    scope.add(() => clearInterval(timer));
    return scope.dispose;
}
