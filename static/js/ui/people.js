/**
 * The list of people: who raises a hand, who is in the call, who listens.
 */

import {arrange, attribute, h, setText} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {icon} from './kit/icon.js';
import {iconButton, textButton} from './kit/button.js';
import {openMenu, opensMenu} from './kit/menu.js';
import {avatar, setAvatar} from './avatar.js';
import {userItems} from './usermenu.js';
import {seenRows} from './kit/window.js';
import {hands} from './tilelist.js';
import {readUserData} from '../core/interop.js';
import {people as everyone} from '../core/state.js';
import {directionOf, t} from '../core/i18n.js';

/** @typedef {import('../core/state.js').User} User */
/** @typedef {import('../core/state.js').State} State */

/** Above this number of people only those rows are drawn that are seen. */
const many = 200;

/**
 * @param {State} state
 * @param {string} id
 * @returns {import('../core/state.js').Media | undefined} the camera stream of somebody
 */
function cameraOf(state, id) {
    return Object.values(state.streams).find(media => media.userId === id &&
        media.label !== 'screenshare' && media.label !== 'video');
}

/**
 * @param {import('./context.js').Context} context
 * @param {string} id
 */
function row(context, id) {
    const {store} = context;
    const face = avatar('', 'avatar-medium');
    const name = h('span', {class: 'person-name'});
    const role = h('span', {class: 'person-role'});
    const hand = h('span', {class: 'person-hand'}, icon('hand'));
    const screen = icon('screen-share', 'person-screen');
    const speaking = icon('audio-lines', 'person-speaking');
    const microphone = icon('mic-off', 'person-icon');
    const camera = icon('video-off', 'person-icon');
    /** @param {{x: number, y: number}} [at] */
    const open = at => {
        const localId = cameraOf(store.get(), id)?.localId ?? null;
        const label = name.textContent ?? '';
        openMenu(more, [{kind: 'heading', label}, ...userItems(context, id, {key: `user:${id}`, localId})], {label, at});
    };
    const more = iconButton({label: t('people.more'), icon: 'ellipsis-vertical', run: () => open(), props: opensMenu});
    const element = h('li', {
        class: 'person', 'data-user-id': id,
        on: {
            contextmenu(event) {
                event.preventDefault();
                open({x: event.clientX, y: event.clientY});
            },
        },
    }, face, h('span', {class: 'person-text'}, name, role), hand, screen, speaking, camera, microphone, more);

    /** @param {User} user */
    const update = user => {
        const state = store.get();
        const self = user.id === state.me.id;
        const media = cameraOf(state, user.id);
        const data = readUserData(user.data);
        setAvatar(face, user.name);
        const label = self ? t('tile.you', {name: user.name}) : user.name || t('people.anonymous');
        setText(name, label);
        name.dir = directionOf(label);
        const roles = [user.permissions.includes('op') && t('people.operator'),
                       !user.permissions.includes('present') && t('people.listener')].filter(Boolean);
        setText(role, roles.join(', '));
        role.hidden = roles.length === 0;
        hand.hidden = data.hand === 0;
        screen.toggleAttribute('hidden', !Object.values(state.streams).some(s =>
            s.userId === user.id && s.label === 'screenshare') && !(self && state.media.shares.length > 0));
        const muted = self ? state.media.microphone !== 'on' : data.muted || !media?.audio;
        const dark = self ? state.media.camera !== 'on' : data.cameraOff || !media?.video;
        const talks = Boolean(state.speaking[user.id]) && !muted;
        speaking.toggleAttribute('hidden', !talks);
        microphone.toggleAttribute('hidden', !muted);
        camera.toggleAttribute('hidden', !dark);
        more.setAttribute('aria-label', t('people.moreAbout', {name: label}));
        attribute(element, 'data-muted', muted ? 'true' : null);
        const facts = [label, ...roles, t(muted ? 'tile.micOff' : 'tile.micOn'),
                       t(dark ? 'people.cameraOff' : 'people.cameraOn')];
        if (data.hand > 0)
            facts.push(t('people.handUp'));
        element.setAttribute('aria-label', facts.join(', '));
    };
    return {element, update};
}

/** @type {import('./context.js').Component} */
export function people(host, context) {
    const {store, actions} = context;
    const scope = createScope();
    const search = h('input', {
        class: 'input', type: 'search', placeholder: t('people.search'), 'aria-label': t('people.search'),
        on: {input: () => show()},
    });
    const sections = h('div', {class: 'people-sections'});
    const none = h('p', {class: 'people-none', hidden: true}, t('people.none'));
    const muteAll = textButton({label: t('menu.muteAll'), icon: 'mic-off', run: () => actions.muteAll.run()});
    const invite = textButton({
        label: t('invite.title'), icon: 'user-plus', run: () => actions.openInvite.run(),
        props: {'data-action': 'invite'},
    });
    const element = h('div', {class: 'people'},
        h('div', {class: 'people-tools'}, search,
          textButton({label: t('people.invite'), icon: 'link', run: () => actions.copyLink.run()}), invite, muteAll),
        sections, none);
    scope.mount(host, element);

    const parts = /** @type {const} */ (['hands', 'call', 'listening']);
    const built = Object.fromEntries(parts.map(part => {
        const heading = h('h3', {class: 'people-heading', id: `people-${part}`});
        const list = h('ul', {class: 'people-list', 'aria-labelledby': `people-${part}`});
        return [part, {heading, list, element: h('section', null, heading, list)}];
    }));
    sections.append(...parts.map(part => /** @type {HTMLElement} */ (built[part]?.element)));
    /** @type {Map<string, ReturnType<typeof row>>} */
    const rows = new Map();

    let height = 52;
    let long = false;
    const seen = (/** @type {HTMLElement} */ list, /** @type {number} */ count) => {
        const top = element.getBoundingClientRect().top - list.getBoundingClientRect().top;
        return seenRows({count, height, top, bottom: top + element.clientHeight});
    };
    let frame = 0;
    scope.listen(element, 'scroll', () => {
        if (long)
            frame ||= requestAnimationFrame(show);
    }, {passive: true});
    scope.add(() => cancelAnimationFrame(frame));

    const show = () => {
        frame = 0;
        const state = store.get();
        const wanted = search.value.trim().toLowerCase();
        const users = everyone(state);
        /** @type {Set<string>} */
        const drawn = new Set();
        const queue = hands(state);
        const found = users.filter(user => user.name.toLowerCase().includes(wanted));
        const byName = (/** @type {User} */ a, /** @type {User} */ b) =>
            Number(b.id === state.me.id) - Number(a.id === state.me.id) || a.name.localeCompare(b.name);
        const raised = found.filter(user => queue.includes(user.id))
            .sort((a, b) => queue.indexOf(a.id) - queue.indexOf(b.id));
        const rest = found.filter(user => !queue.includes(user.id)).sort(byName);
        const inCall = (/** @type {User} */ user) => user.permissions.includes('present') ||
            Boolean(cameraOf(state, user.id));
        const lists = {hands: raised, call: rest.filter(inCall), listening: rest.filter(user => !inCall(user))};
        for (const part of parts) {
            const list = lists[part];
            const target = /** @type {NonNullable<(typeof built)[string]>} */ (built[part]);
            target.element.hidden = list.length === 0;
            setText(target.heading, t(`people.section.${part}`, {count: list.length}));
            const {first, last} = found.length > many ? seen(target.list, list.length) : {first: 0, last: list.length};
            target.list.style.paddingBlock = `${first * height}px ${(list.length - last) * height}px`;
            arrange(target.list, list.slice(first, last).map((user, i) => {
                const entry = rows.get(user.id) ?? row(context, user.id);
                rows.set(user.id, entry);
                entry.update(user);
                attribute(entry.element, 'aria-setsize', found.length > many ? list.length : null);
                attribute(entry.element, 'aria-posinset', found.length > many ? first + i + 1 : null);
                drawn.add(user.id);
                return entry.element;
            }));
        }
        for (const id of rows.keys()) {
            if (!drawn.has(id))
                rows.delete(id);
        }
        height = sections.querySelector('.person')?.clientHeight || height;
        long = found.length > many;
        none.hidden = found.length > 0;
        invite.hidden = !actions.openInvite.available(state);
        muteAll.hidden = !actions.muteAll.available(state) || users.length < 2;
    };
    scope.add(store.subscribe(
        state => [state.users, state.streams, state.speaking, state.me, state.media.microphone,
                  state.media.camera, state.media.shares], show));
    return scope.dispose;
}
