/**
 * Which tiles there are and in which order: pure functions of the state.
 */

import {readGroupData, readUserData} from '../core/interop.js';
import {may, people} from '../core/state.js';

/**
 * @typedef {object} TileInfo
 * @property {string} key stable: "user:" with the user id, or "stream:" with the local id
 * @property {'person' | 'screen' | 'video'} kind
 * @property {string} userId
 * @property {string} name
 * @property {boolean} self
 * @property {import('../core/state.js').Media | null} media what to show, of others
 * @property {MediaStream} [own] a file that we play
 * @property {string} [title] of that file
 * @property {number} hand since when the hand is up, 0 if it is down
 * @property {boolean} muted
 * @property {boolean} cameraOff
 * @property {boolean} pinned
 * @property {boolean} spotlit an operator shows it large to everyone
 * @property {number} arrived
 */

/**
 * All tiles, in order of rank and arrival: pinned, screens, spotlighted, raised hands, others,
 * oneself last.
 *
 * @param {import('../core/state.js').State} state
 * @returns {TileInfo[]}
 */
export function tiles(state) {
    const {users, streams, ui, settings, me} = state;
    const {spotlight} = readGroupData(state.group.data);
    /** @type {TileInfo[]} */
    const result = [];
    /** @type {Map<string, import('../core/state.js').Media>} */
    const cameras = new Map();
    for (const media of Object.values(streams)) {
        const user = users[media.userId];
        if (!user)
            continue;
        if (media.label !== 'screenshare' && media.label !== 'video' && !cameras.has(media.userId)) {
            cameras.set(media.userId, media);
            continue;
        }
        const key = `stream:${media.localId}`;
        result.push({
            key, kind: media.label === 'video' ? 'video' : 'screen', userId: user.id, name: user.name,
            self: false, media, hand: 0, muted: false, cameraOff: false,
            pinned: ui.pinned.includes(key), spotlit: false, arrived: media.arrived,
        });
    }
    for (const {localId, title, played} of state.media.played) {
        const key = `file:${localId}`;
        result.push({
            key, kind: 'video', userId: me.id, name: me.name, self: true, media: null, own: played.media, title, hand: 0,
            muted: false, cameraOff: false, pinned: ui.pinned.includes(key), spotlit: false, arrived: Number.MAX_SAFE_INTEGER,
        });
    }
    for (const user of people(state)) {
        const media = cameras.get(user.id) ?? null;
        const self = user.id === me.id;
        if (self ? !may(state, 'present') : !media && !user.permissions.includes('present'))
            continue;
        const data = readUserData(user.data);
        if (!self && !settings.displayAll && (!media?.video || data.cameraOff))
            continue;
        const key = `user:${user.id}`;
        result.push({
            key, kind: 'person', userId: user.id, name: user.name, self, media, hand: data.hand,
            muted: self ? state.media.microphone !== 'on' : data.muted || !media?.audio,
            cameraOff: self ? state.media.camera !== 'on' : data.cameraOff,
            pinned: ui.pinned.includes(key), spotlit: spotlight.includes(user.id), arrived: user.arrived,
        });
    }
    return result.sort((a, b) => rank(a) - rank(b) || byHand(a, b) || a.arrived - b.arrived);
}

/**
 * @param {TileInfo} tile
 * @returns {number}
 */
function rank(tile) {
    if (tile.pinned)
        return 0;
    if (tile.kind !== 'person')
        return 1;
    if (tile.spotlit)
        return 2;
    if (tile.self)
        return 5;
    return tile.hand > 0 ? 3 : 4;
}

/**
 * @param {TileInfo} a
 * @param {TileInfo} b
 * @returns {number}
 */
function byHand(a, b) {
    return a.hand > 0 && b.hand > 0 ? a.hand - b.hand : 0;
}

/**
 * The order of the queue of raised hands.
 *
 * @param {import('../core/state.js').State} state
 * @returns {string[]} user ids
 */
export function hands(state) {
    return people(state)
        .map(user => ({id: user.id, hand: readUserData(user.data).hand, arrived: user.arrived}))
        .filter(({hand}) => hand > 0)
        .sort((a, b) => a.hand - b.hand || a.arrived - b.arrived)
        .map(({id}) => id);
}

/** A tile stays where it is for at least this long, in milliseconds. */
export const restTime = 3000;

/**
 * Brings recent speakers onto the first page: a speaker who is on a later one
 * changes places with whoever on the first has been silent longest.
 *
 * @param {TileInfo[]} list in order
 * @param {{first: number, spoke: Record<string, number>, speaking: Record<string, boolean>,
 *     previous: string[]}} options `first` is the size of the first page; `previous`
 *     holds the keys that were on it, which stay there unless they must give way
 * @returns {TileInfo[]}
 */
export function promote(list, {first, spoke, speaking, previous}) {
    if (list.length <= first)
        return list;
    const fixed = list.filter(tile => rank(tile) < 3);
    const rest = list.filter(tile => rank(tile) >= 3);
    const room = Math.max(0, first - fixed.length);
    const stay = rest.filter(tile => previous.includes(tile.key)).slice(0, room);
    const others = rest.filter(tile => !stay.includes(tile));
    const page = [...stay, ...others.splice(0, room - stay.length)];
    for (const tile of others.filter(tile => speaking[tile.userId])) {
        const quiet = page
            .filter(t => !speaking[t.userId] && !t.self)
            .sort((a, b) => (spoke[a.userId] ?? 0) - (spoke[b.userId] ?? 0))[0];
        if (!quiet)
            break;
        page[page.indexOf(quiet)] = tile;
        others[others.indexOf(tile)] = quiet;
    }
    return [...fixed, ...page, ...others];
}

/**
 * Which screen or film takes the stage: the chosen one, else the latest.
 *
 * @param {TileInfo[]} list
 * @param {import('../core/state.js').State} state
 * @returns {TileInfo | undefined}
 */
export function largeScreen(list, {ui}) {
    const screens = list.filter(tile => tile.kind !== 'person');
    return screens.find(tile => tile.key === ui.screen) ?? screens.at(-1);
}

/**
 * @typedef {object} Scene
 * @property {'grid' | 'spotlight'} kind
 * @property {TileInfo[]} main large tiles; empty in a grid
 * @property {TileInfo[]} rest
 * @property {TileInfo | null} floating the own view, when it floats
 */

/**
 * Which tiles are large, which small, and whether the own view floats.
 *
 * @param {import('../core/state.js').State} state
 * @param {{compact: boolean, speaker: string | null}} options `speaker` is the user
 *     who speaks or did so last
 * @returns {Scene}
 */
export function scene(state, {compact, speaker}) {
    const {layout, selfView} = state.settings;
    let list = tiles(state);
    const self = list.find(tile => tile.self && tile.kind === 'person') ?? null;
    const others = list.length - (self ? 1 : 0);
    const floats = selfView === 'floating' || selfView === 'auto' && others === 1;
    /** @type {TileInfo | null} */
    let floating = null;
    if (self && others > 0 && !self.pinned && !self.spotlit && (floats || selfView === 'hidden')) {
        list = list.filter(tile => tile !== self);
        floating = floats ? self : null;
    }
    const large = list.filter(tile => tile.pinned);
    if (large.length === 0)
        large.push(...[largeScreen(list, state)].filter(tile => tile !== undefined), ...list.filter(tile => tile.spotlit));
    if (layout !== 'grid' && large.length === 0 && list.length > 1) {
        const tooMany = list.length > (compact ? 4 : 9) && layout === 'auto';
        if (layout === 'speaker' || layout === 'sidebar' || tooMany) {
            const talking = list.find(tile => tile.userId === speaker && !tile.self) ??
                list.find(tile => !tile.self);
            if (talking)
                large.push(talking);
        }
    }
    if (large.length === 0 || layout === 'grid' && !large.some(tile => tile.pinned))
        return {kind: 'grid', main: [], rest: list, floating};
    const shown = large.slice(0, compact ? 1 : 4);
    return {kind: 'spotlight', main: shown, rest: list.filter(tile => !shown.includes(tile)), floating};
}
