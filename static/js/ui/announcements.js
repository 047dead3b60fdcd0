/**
 * What screen readers are told about the call, gathered so that many people
 * arriving at once are one sentence.
 */

import {createScope} from './kit/scope.js';
import {hands} from './tilelist.js';
import {readUserData} from '../core/interop.js';
import {people, recording} from '../core/state.js';
import {shortName} from '../core/subgroups.js';
import {mentions} from '../core/format.js';
import {heard} from '../core/heard.js';
import {language, t} from '../core/i18n.js';

const gather = 3000;

/** @type {import('./context.js').Component} */
export function announcements(host, {store, settings, announcer, notify}) {
    const scope = createScope();

    // ---- Coming and going --------------------------------------------------------

    /** @type {Map<string, string> | null} */
    let known = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const report = () => {
        timer = undefined;
        const state = store.get();
        const now = new Map(people(state).filter(user => user.id !== state.me.id)
            .map(user => [user.id, user.name || t('people.anonymous')]));
        if (known) {
            const joined = [...now].filter(([id]) => !known?.has(id)).map(([, name]) => name);
            const left = [...known].filter(([id]) => !now.has(id)).map(([, name]) => name);
            if (joined.length > 0)
                announcer.polite(t('announce.joined', {count: joined.length, names: names(joined)}));
            if (left.length > 0)
                announcer.polite(t('announce.left', {count: left.length, names: names(left)}));
        }
        known = now;
    };
    scope.add(store.subscribe(state => state.users, () => {
        timer ??= setTimeout(report, gather);
    }));
    scope.add(() => clearTimeout(timer));

    // ---- Hands, screens, recording, connection -----------------------------------

    scope.add(store.subscribe(state => state.users, (_, before = {}) => {
        const state = store.get();
        for (const id of hands(state)) {
            // Whoever came with a hand raised, or was here before us, is no news.
            if (id === state.me.id || !before[id] || readUserData(before[id].data).hand > 0)
                continue;
            const text = t('announce.hand', {name: state.users[id]?.name || t('people.anonymous')});
            announcer.polite(text);
            if (state.me.permissions.includes('op'))
                notify.info(text);
        }
    }));
    scope.add(store.subscribe(
        ({streams, users}) => Object.values(streams).filter(media => media.label === 'screenshare')
            .map(media => users[media.userId]?.name ?? '').join('\n'),
        (now, before) => {
            if (now && now !== before)
                announcer.polite(t('announce.screen', {name: now.split('\n').at(-1) || t('people.anonymous')}));
        }));
    scope.add(store.subscribe(recording, (now, before) => {
        if (now || before)
            announcer.assertive(t(now ? 'announce.recording' : 'announce.notRecording'));
    }));
    scope.add(store.subscribe(state => state.connection.state, (now, before) => {
        if (now === 'lost')
            announcer.assertive(t('announce.lost'));
        else if (before === 'lost' && now === 'joined') {
            announcer.assertive(t('announce.back'));
            notify.info(t('announce.back'));
        }
    }));
    scope.add(store.subscribe(state => state.media.mutedBy, by => {
        if (by !== null)
            announcer.assertive(by ? t('banner.mutedBy', {name: by}) : t('banner.muted'));
    }));

    scope.add(store.subscribe(state => state.breakout.invitation, place => {
        if (place)
            announcer.assertive(t('breakout.invitation', {name: place.by || t('chat.server'), group: shortName(place.name, store.get().group.name)}));
    }));

    // ---- Files ---------------------------------------------------------------------

    scope.add(store.subscribe(state => state.files, (now, before = now) => {
        for (const file of now) {
            const old = before.find(other => other.key === file.key);
            const args = {name: file.person || t('people.anonymous'), file: file.name};
            const text = !old && file.state === 'offered' ? t('files.offer', args) :
                old && old.state !== 'done' && file.state === 'done' && !file.up ? t('files.arrived', args) : '';
            if (!text)
                continue;
            announcer.polite(text);
            if (store.get().ui.panel !== 'files')
                notify.info(text, {label: t('announce.show'), run: () => store.merge('ui', {panel: 'files'})});
        }
    }));

    // ---- Chat ----------------------------------------------------------------------

    scope.add(store.subscribe(state => state.chat.messages, (now, before = now) => {
        for (const {kind, source, dest, name, text} of heard(before, now)) {
            if (settings.get('announceChat') && kind !== 'output')
                announcer.polite(t('announce.message', {name: name || t('chat.server'), text}));
            if (store.get().ui.panel !== 'chat' && source && (dest !== null || mentions(text, store.get().me.name))) {
                notify.info(t(dest === null ? 'announce.message' : 'announce.privateMessage', {name: name || t('people.anonymous'), text}), {
                    label: t('announce.show'), run: () => store.merge('ui', {panel: 'chat'}),
                });
            }
        }
    }));
    scope.add(store.subscribe(state => state.chat.messages.filter(m => m.kind === 'output').length, (now, before) => {
        if (before !== undefined && now > before && store.get().ui.panel !== 'chat')
            store.merge('ui', {panel: 'chat'});
    }));
    return scope.dispose;
}

/**
 * @param {string[]} list
 * @returns {string}
 */
function names(list) {
    return new Intl.ListFormat(language(), {type: 'conjunction'}).format(list.slice(0, 3));
}
