/**
 * What can be done about a person: the same menu at the tile and in the list.
 */

import {ask, confirm} from './kit/dialog.js';
import {readGroupData, readUserData} from '../core/interop.js';
import {percent} from '../core/format.js';
import {language, t} from '../core/i18n.js';

/** @typedef {import('./kit/menu.js').MenuItem} MenuItem */

/**
 * The volume of a stream: the menu shows it, a dialog with a slider changes it.
 *
 * @param {import('./context.js').Context} context
 * @param {string} localId
 * @param {string} name of the person
 * @returns {MenuItem}
 */
const volumeItem = ({subscribe, log, notify}, localId, name) => ({
    kind: 'item', icon: 'volume-2', label: t('user.volume'), hint: percent(subscribe.volume(localId), language()),
    run: () => import('./volume.js').then(({openVolume}) => openVolume(subscribe, localId, name), e => {
        log.note('volume', e);
        notify.error(t('failure.network'));
    }),
});

/**
 * @param {import('./context.js').Context} context
 * @param {string} userId
 * @param {{key: string, localId: string | null}} tile of that person, to be pinned and heard
 * @returns {MenuItem[]}
 */
export function userItems(context, userId, {key, localId}) {
    const {store, actions} = context;
    const state = store.get();
    const user = state.users[userId];
    if (!user)
        return [];
    const has = (/** @type {string} */ permission) => user.permissions.includes(permission);
    const self = userId === state.me.id;
    const name = user.name || t('people.anonymous');
    const pinned = state.ui.pinned.includes(key);
    /** @type {MenuItem[]} */
    const items = [
        {kind: 'item', icon: pinned ? 'pin-off' : 'pin', label: t(pinned ? 'user.unpin' : 'user.pin'),
         run: () => actions.pin.run(key)},
    ];
    if (actions.spotlight.available(state) && has('present')) {
        const spotlit = readGroupData(state.group.data).spotlight.includes(userId);
        items.push({kind: 'item', icon: 'presentation', label: t(spotlit ? 'user.unspotlight' : 'user.spotlight'),
                    run: () => actions.spotlight.run(userId)});
    }
    if (!self && actions.messageTo.available(state))
        items.push({kind: 'item', icon: 'message-square', label: t('user.message'),
                    run: () => actions.messageTo.run(userId)});
    if (!self && actions.sendFiles.available(state))
        items.push({kind: 'item', icon: 'paperclip', label: t('files.send'),
                    run: () => actions.askFiles.run(userId)});
    if (localId)
        items.push(volumeItem(context, localId, name));
    if (self) {
        const raised = readUserData(user.data).hand > 0;
        items.push({kind: 'item', icon: 'hand', label: t(raised ? 'control.lower' : 'control.raise'),
                    run: () => actions.toggleHand.run()});
        if (actions.playFiles.available(state))
            items.push({kind: 'item', icon: 'play', label: t('menu.playFile'), run: () => actions.playFiles.run()});
        return items;
    }
    if (!actions.mute.available(state))
        return items;
    items.push({kind: 'separator'});
    const raised = readUserData(user.data).hand > 0;
    if (raised)
        items.push({kind: 'item', icon: 'hand', label: t('user.lowerHand'), run: () => actions.lowerHand.run(userId)});
    if (has('present') && readUserData(user.data).muted)
        items.push({kind: 'item', icon: 'mic', label: t('user.askUnmute'), run: () => actions.askUnmute.run(userId)});
    if (localId)
        items.push({kind: 'item', icon: 'mic-off', label: t('user.mute'), run: () => actions.mute.run(userId)});
    items.push(
        has('present') ?
            {kind: 'item', icon: 'video-off', label: t('user.forbidPresenting'),
             run: () => actions.forbidPresenting.run(userId)} :
            {kind: 'item', icon: 'video', label: t('user.allowPresenting'),
             run: () => actions.allowPresenting.run(userId)},
        has('message') ?
            {kind: 'item', icon: 'ban', label: t('user.forbidChat'), run: () => actions.forbidChat.run(userId)} :
            {kind: 'item', icon: 'message-square-text', label: t('user.allowChat'),
             run: () => actions.allowChat.run(userId)},
        has('op') ?
            {kind: 'item', icon: 'shield-off', label: t('user.takeOperator'),
             run: () => actions.takeOperator.run(userId)} :
            {kind: 'item', icon: 'shield', label: t('user.giveOperator'),
             run: () => actions.giveOperator.run(userId)},
        {kind: 'item', icon: 'triangle-alert', label: t('user.warn'),
         run: () => ask({
             title: t('user.warnTitle', {name}), label: t('user.warnLabel'), button: t('user.warnSend'),
             run: text => text && actions.warn.run(userId, text),
         })},
        {kind: 'item', icon: 'info', label: t('user.identify'), run: () => actions.identify.run(userId)},
        {kind: 'separator'},
        {kind: 'item', icon: 'user-x', label: t('user.kick'), danger: true,
         run: () => confirm({
             title: t('user.kickTitle', {name}), text: t('user.kickText', {name}), label: t('user.kick'),
             run: () => actions.kick.run(userId),
         })});
    return items;
}
