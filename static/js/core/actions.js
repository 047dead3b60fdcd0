/**
 * Everything a user can do, once. Buttons, menus, keys and chat commands are views
 * of these; none of them does anything by itself.
 *
 * @template {any[]} A
 * @typedef {object} Action
 * @property {(state: import('./state.js').State) => boolean} available whether it
 *     makes sense now and is permitted
 * @property {(...args: A) => void} run does nothing if the action is not available
 */

import {readGroupData} from './interop.js';
import {may, people} from './state.js';
import {t} from './i18n.js';
import {fetchTexts} from './languages.js';
import {canShareScreen} from '../media/capture.js';
import {otherCamera} from '../media/devices.js';

/**
 * @typedef {object} ActionContext
 * @property {import('./state.js').StateStore} store
 * @property {import('./session.js').Session} session
 * @property {import('../media/publish.js').Publish} publish
 * @property {import('../media/subscribe.js').Subscribe} subscribe
 * @property {import('./settings.js').Settings} settings
 * @property {import('./notify.js').Notify} notify
 * @property {() => import('../ui/context.js').Context} view what components get
 * @property {import('./features.js').Features | null} features null until a call begins:
 *     they are fetched then
 */

/** @typedef {ReturnType<typeof createActions>} Actions */

/** @typedef {import('./state.js').State} State */

export const layouts = /** @type {const} */ (['auto', 'grid', 'speaker', 'sidebar']);

/** @param {ActionContext} context */
export function createActions(context) {
    const {store, session, publish, subscribe, settings, notify} = context;
    const inCall = (/** @type {State} */ state) => state.connection.state === 'joined';
    const always = () => true;
    const with_ = (/** @type {string} */ permission) => (/** @type {State} */ state) =>
        inCall(state) && may(state, permission);
    const mayPresent = (/** @type {State} */ state) =>
        state.connection.state === 'idle' || may(state, 'present');

    /**
     * @template {any[]} A
     * @param {(state: State) => boolean} available
     * @param {(...args: A) => unknown} run
     * @returns {Action<A>}
     */
    const action = (available, run) => ({
        available,
        run(...args) {
            if (available(store.get()))
                run(...args);
        },
    });

    /**
     * An action of an operator on somebody.
     *
     * @param {string} kind
     */
    const onUser = kind => action(with_('op'), (/** @type {string} */ id, /** @type {string} */ value = '') =>
        session.userAction(kind, id, value || null));

    const setMicrophone = (/** @type {boolean} */ on) => {
        if (on)
            store.merge('media', {mutedBy: null});
        settings.set('localMute', !on);
        publish.setMicrophone(on).catch(() => {});
    };

    const setCamera = (/** @type {boolean} */ on) => {
        settings.set('camera', on);
        publish.setCamera(on).catch(() => {});
    };

    const setPanel = (/** @type {State['ui']['panel']} */ panel) => {
        store.merge('ui', {panel});
        if (panel === 'chat')
            store.merge('chat', {unread: 0});
    };

    const pin = (/** @type {string} */ key) => {
        const {pinned} = store.get().ui;
        store.merge('ui', {pinned: pinned.includes(key) ? pinned.filter(k => k !== key) : [...pinned, key]});
    };

    return {
        // Devices
        toggleMicrophone: action(mayPresent, () => setMicrophone(store.get().media.microphone !== 'on')),
        toggleCamera: action(mayPresent, () => setCamera(store.get().media.camera !== 'on')),
        flipCamera: action(({devices, media}) => devices.cameras.length > 1 && media.camera === 'on' &&
                           matchMedia('(pointer: coarse)').matches, () => {
            const {devices, media} = store.get();
            settings.set('video', otherCamera(devices.cameras, media.camera$?.getSettings().deviceId));
        }),
        chooseDevice: action(always, (/** @type {'audio' | 'video' | 'output'} */ setting,
                                      /** @type {string} */ id) => {
            settings.set(setting, id || null);
        }),
        shareScreen: action(state => with_('present')(state) && canShareScreen() &&
                            state.media.sharing === 'idle',
                            () => publish.share().catch(() => {})),
        stopSharing: action(state => state.media.shares.length > 0,
                            (/** @type {string} */ localId = '') => publish.stopShare(localId || undefined)),
        playFiles: action(with_('present'), () =>
            Promise.all([import('../ui/player.js'), fetchTexts('more')])
                .then(([{choosePlayed}]) => choosePlayed(context.view()), () => notify.error(t('failure.network')))),
        stopPlaying: action(state => state.media.played.length > 0, (/** @type {string} */ localId) =>
            publish.stopShare(localId)),
        enableSound: action(always, () => subscribe.enableSound()),

        // View
        toggleChat: action(always, () => setPanel(store.get().ui.panel === 'chat' ? null : 'chat')),
        togglePeople: action(always, () => setPanel(store.get().ui.panel === 'people' ? null : 'people')),
        toggleHost: action(state => inCall(state) && (may(state, 'op') || may(state, 'record')),
            () => setPanel(store.get().ui.panel === 'host' ? null : 'host')),
        toggleTranscript: action(always, () => setPanel(store.get().ui.panel === 'transcript' ? null : 'transcript')),
        toggleCaptions: action(inCall, () => settings.set('captions', !settings.get('captions'))),
        openNotices: action(always, () => store.merge('ui', {dialog: 'notices'})),
        closePanel: action(state => state.ui.panel !== null, () => setPanel(null)),
        setLayout: action(always, (/** @type {string} */ layout) => {
            settings.set('layout', layout);
            store.merge('ui', {page: 0});
        }),
        nextLayout: action(inCall, () => {
            const at = layouts.findIndex(layout => layout === settings.get('layout'));
            const layout = layouts[(at + 1) % layouts.length] ?? 'auto';
            settings.set('layout', layout);
            store.merge('ui', {page: 0});
            notify.info(t('layout.now', {layout: t(`layout.${layout}`)}), null, 'layout');
        }),
        toggleSelfView: action(inCall, () =>
            settings.set('selfView', settings.get('selfView') === 'hidden' ? 'auto' : 'hidden')),
        pin: action(always, pin),
        unpinAll: action(state => state.ui.pinned.length > 0, () => store.merge('ui', {pinned: []})),
        turnPage: action(always, (/** @type {number} */ by) =>
            store.merge('ui', {page: Math.max(0, store.get().ui.page + by)})),
        toggleFullScreen: action(() => document.fullscreenEnabled, () => {
            const change = document.fullscreenElement ?
                document.exitFullscreen() : document.documentElement.requestFullscreen();
            change.catch(() => notify.warning(t('failure.fullscreen')));
        }),
        togglePictureInPicture: action(state => inCall(state) && 'documentPictureInPicture' in window,
            () => import('../ui/pictureinpicture.js')
                .then(({togglePictureInPicture}) => togglePictureInPicture(context.view()))
                .catch(() => notify.warning(t('failure.pip')))),
        openSettings: action(always, (/** @type {string} */ tab = 'audio') =>
            store.merge('ui', {dialog: 'settings', dialogTab: tab})),
        openCheck: action(always, () => store.merge('ui', {dialog: 'check'})),
        testRelay: action(inCall, async () => {
            const [{relayTest}] = await Promise.all([import('../ui/troubleshooter.js'), fetchTexts('more')]);
            const {name, text} = await relayTest(context.view());
            session.output(t('message.from', {name, text}));
        }),
        openHelp: action(always, () => store.merge('ui', {dialog: 'help'})),
        copyLink: action(always, () => {
            navigator.clipboard.writeText(session.location()).then(
                () => notify.info(t('link.copied')),
                () => notify.warning(t('link.notCopied', {link: session.location()})));
        }),

        // The call
        toggleHand: action(inCall, () => session.setHand(!store.get().me.hand)),
        setHand: action(inCall, (/** @type {boolean} */ raised) => session.setHand(raised)),
        leave: action(always, () => session.leave()),
        retryNow: action(state => state.connection.state === 'lost', () => session.retryNow()),
        restartMedia: action(inCall, () => {
            publish.each((_, stream) => stream.restartIce());
            subscribe.each(stream => stream.restartIce());
        }),
        replaceMedia: action(with_('present'), () => publish.republish()),

        // Messages
        sendMessage: action(with_('message'), (/** @type {string} */ text, /** @type {string | null} */ dest = null) =>
            session.chat(text, {dest})),
        sendAction: action(with_('message'), (/** @type {string} */ text) => session.chat(text, {kind: 'me'})),
        exportChat: action(state => state.chat.messages.some(({kind}) => kind !== 'output'), () =>
            Promise.all([import('../ui/chatexport.js'), fetchTexts('more')])
                .then(([{exportChat}]) => exportChat(context.view()), () => notify.error(t('failure.network')))),
        messageTo: action(with_('message'), (/** @type {string | null} */ id) => {
            store.merge('chat', {recipient: id});
            setPanel('chat');
        }),

        // Files
        sendFiles: action(with_('message'), (/** @type {string} */ id, /** @type {File[]} */ list) => {
            if (context.features?.files.send(id, list))
                setPanel('files');
            else
                notify.error(t('files.gone'));
        }),
        askFiles: action(with_('message'), (/** @type {string} */ id) =>
            store.merge('ui', {dialog: 'send', dialogTab: id})),
        toggleFiles: action(always, () => setPanel(store.get().ui.panel === 'files' ? null : 'files')),

        react: action(with_('message'), (/** @type {string} */ emoji) => context.features?.reactions.send(emoji)),

        // Moderation
        askUnmute: action(with_('op'), (/** @type {string} */ id) => session.userMessage('askunmute', id)),
        lowerHand: action(with_('op'), (/** @type {string} */ id) => session.userMessage('lowerhand', id)),
        spotlight: action(with_('op'), (/** @type {string} */ id) => {
            const state = store.get();
            // Whoever has left is forgotten on this occasion.
            const now = readGroupData(state.group.data).spotlight.filter(other => state.users[other]);
            const wanted = now.includes(id) ? now.filter(other => other !== id) : [...now, id];
            session.groupAction('setdata', {spotlight: wanted.length > 0 ? wanted : null});
        }),
        refreshSubgroups: action(with_('op'), () => {
            session.awaitSubgroups();
            session.groupAction('subgroups');
        }),
        toggleBreakout: action(with_('op'), () =>
            setPanel(store.get().ui.panel === 'breakout' ? null : 'breakout')),
        visit: action(inCall, (/** @type {import('./state.js').Place} */ place) => session.visit(place)),
        goBack: action(state => inCall(state) && state.breakout.from !== null, () => {
            const {from} = store.get().breakout;
            if (from)
                session.visit(from);
        }),
        /** Asks people of this group to go to another one. */
        sendTo: action(with_('op'), (/** @type {import('./state.js').Place} */ {name, location},
                                     /** @type {string[]} */ ids) => {
            for (const id of ids)
                session.userMessage('breakout', id, {group: name, location});
            notify.info(t('breakout.invited', {count: ids.length}));
        }),
        /** Asks everybody in other groups to come here. */
        callBack: action(with_('op'), (/** @type {import('./state.js').Place[]} */ places) =>
            session.tell(places, 'breakout', {group: store.get().group.name, location: session.location()})
                .then(count => notify.info(t('breakout.told', {count})))),
        /** Shows a notice in other groups. */
        tellSubgroups: action(with_('op'), (/** @type {import('./state.js').Place[]} */ places,
                                            /** @type {string} */ text) =>
            session.tell(places, 'warning', text).then(count => notify.info(t('breakout.told', {count})))),
        giveOperator: onUser('op'),
        takeOperator: onUser('unop'),
        allowPresenting: onUser('present'),
        forbidPresenting: onUser('unpresent'),
        allowChat: onUser('unshutup'),
        forbidChat: onUser('shutup'),
        identify: onUser('identify'),
        kick: onUser('kick'),
        mute: action(with_('op'), (/** @type {string} */ id) => session.userMessage('mute', id)),
        muteAll: action(with_('op'), () => session.userMessage('mute', null, null, true)),
        warn: action(with_('op'), (/** @type {string} */ id, /** @type {string} */ text) =>
            session.userMessage('warning', id, text)),
        warnAll: action(with_('op'), (/** @type {string} */ text) => session.userMessage('warning', null, text)),
        lock: action(with_('op'), (/** @type {string} */ text = '') => session.groupAction('lock', text || null)),
        unlock: action(with_('op'), () => session.groupAction('unlock')),
        clearChat: action(with_('op'), () => session.groupAction('clearchat')),
        deleteMessage: action(with_('op'), (/** @type {string} */ id, /** @type {string} */ userId) =>
            session.groupAction('clearchat', {id, userId})),
        deleteFrom: action(with_('op'), (/** @type {string} */ userId) =>
            session.groupAction('clearchat', {userId})),
        listSubgroups: action(with_('op'), () => session.groupAction('subgroups')),
        record: action(with_('record'), () => session.groupAction('record')),
        unrecord: action(with_('record'), () => session.groupAction('unrecord')),

        // Invitations
        openInvite: action(with_('token'), () => store.merge('ui', {dialog: 'invite'})),
        invite: action(with_('token'), (/** @type {string} */ line) => context.features?.invitations.invite(line)),
        reinvite: action(with_('token'), (/** @type {string} */ line) => context.features?.invitations.reinvite(line)),
        revoke: action(with_('token'), (/** @type {string} */ line) => context.features?.invitations.revoke(line)),
        listTokens: action(with_('token'), () => context.features?.invitations.list()),

        // Settings by name
        set: action(always, (/** @type {string} */ name, /** @type {unknown} */ value) => {
            if (!settings.set(name, value))
                notify.error(t('command.badSetting', {name}));
        }),
        unset: action(always, (/** @type {string} */ name) => settings.unset(name)),
        showSettings: action(always, () => {
            const lines = Object.entries(settings.all()).map(([name, value]) => `${name}: ${JSON.stringify(value)}`);
            session.output(lines.join('\n'));
        }),
        say: action(always, (/** @type {string} */ text) => session.output(text)),

        /** Everyone in the call, for those who must find somebody by name. */
        people: () => people(store.get()),
    };
}
