/**
 * The call in a small window that stays in front of others: whoever is pinned,
 * shares a screen or speaks, one's own picture, the two toggles. Browsers that
 * have no such windows can show a single picture so: see the menu of a tile.
 */

import {attribute, h, setText} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {textButton} from './kit/button.js';
import {avatar, setAvatar} from './avatar.js';
import {tiles} from './tilelist.js';
import {deviceToggle} from './toggle.js';
import {t} from '../core/i18n.js';

/** @typedef {import('./tilelist.js').TileInfo} TileInfo */

/** The part of the interface that type declarations do not have yet. */
/** @typedef {{window: Window | null, requestWindow: (size: {width: number, height: number}) => Promise<Window>}} Opener */

const size = {width: 400, height: 300};

/** @returns {Opener | null} null if the browser has no such windows */
function opener() {
    return /** @type {any} */ (window).documentPictureInPicture ?? null;
}

/**
 * Who is shown: what is pinned, shared or spotlighted, else whoever spoke last.
 *
 * @param {import('../core/state.js').State} state
 * @returns {TileInfo | null} null if nobody else is there
 */
export function mainTile(state) {
    const others = tiles(state).filter(tile => !tile.self);
    const first = others[0];
    if (!first || first.pinned || first.kind !== 'person' || first.spotlit)
        return first ?? null;
    const spoke = (/** @type {TileInfo} */ {userId}) =>
        state.speaking[userId] ? Infinity : state.spoke[userId] ?? 0;
    return others.reduce((best, tile) => spoke(tile) > spoke(best) ? tile : best);
}

/**
 * Opens the window, or closes it if it is open. The browser wants a click or a key
 * before.
 *
 * @param {import('./context.js').Context} context
 */
export async function togglePictureInPicture(context) {
    const windows = opener();
    if (!windows)
        return;
    if (windows.window) {
        windows.window.close();
        return;
    }
    fill(await windows.requestWindow(size), context);
}

/**
 * @param {Window} popup
 * @param {import('./context.js').Context} context
 */
function fill(popup, context) {
    const {store, subscribe} = context;
    const scope = createScope();
    const page = popup.document;
    dress(page);

    const picture = () => h('video', {muted: true, autoplay: true, playsInline: true, 'aria-hidden': 'true', tabIndex: -1});
    const main = picture();
    const own = picture();
    const face = avatar('', 'pip-avatar');
    const name = h('span', {class: 'pip-name', dir: 'auto'});
    const mine = h('div', {class: 'pip-own'}, own);
    const bar = h('div', {class: 'pip-controls controls', role: 'region', 'aria-label': t('control.region')});
    page.body.append(h('main', {class: 'pip', 'aria-label': t('stage.region')}, face, main, name, mine), bar);
    scope.add(deviceToggle(bar, context, 'microphone', {arrow: false}));
    scope.add(deviceToggle(bar, context, 'camera', {arrow: false}));
    bar.append(textButton({label: t('pip.back'), icon: 'maximize-2', run: () => popup.close()}));

    const show = () => {
        const state = store.get();
        const {media} = state;
        const tile = mainTile(state);
        play(main, tile && !tile.cameraOff ? tile.media?.media?.getVideoTracks() ?? [] : []);
        main.classList.toggle('pip-whole', tile !== null && tile.kind !== 'person');
        face.hidden = tile === null;
        setAvatar(face, tile?.name ?? '');
        setText(name, tile === null ? t('stage.alone') :
            tile.kind === 'screen' ? t('tile.screen', {name: tile.name || t('people.anonymous')}) :
                tile.name || t('people.anonymous'));
        attribute(name, 'data-speaking', tile !== null && Boolean(state.speaking[tile.userId]));
        subscribe.setFloating(tile?.media?.localId ?? null, {width: popup.innerWidth, height: popup.innerHeight});
        play(own, media.camera$ && media.camera === 'on' ? [media.camera$] : []);
        own.classList.toggle('mirrored', media.mirrored && state.settings.mirrorView);
        mine.hidden = media.camera !== 'on';
    };
    scope.add(store.subscribe(
        state => [state.users, state.streams, state.ui.pinned, state.group.data, state.me, state.settings,
                  state.media.camera$, state.media.camera, state.media.mirrored, state.speaking],
        show));
    scope.add(store.subscribe(state => state.connection.state, state => {
        if (state !== 'joined' && state !== 'lost')
            popup.close();
    }));
    scope.listen(popup, 'resize', show);
    scope.add(() => subscribe.setFloating(null, size));
    popup.addEventListener('pagehide', scope.dispose, {once: true});
}

/**
 * Gives a new page the looks, the language and the icons of this one.
 *
 * @param {Document} page
 */
function dress(page) {
    const {lang, dir, dataset} = document.documentElement;
    Object.assign(page.documentElement, {lang, dir});
    if (dataset.theme)
        page.documentElement.dataset.theme = dataset.theme;
    page.title = document.title;
    const sheets = [...document.querySelectorAll('link[rel="stylesheet"]')].map(link =>
        /** @type {HTMLLinkElement} */ (link).href);
    for (const href of [...sheets, new URL('../../css/pip.css', import.meta.url).href])
        page.head.append(h('link', {rel: 'stylesheet', href}));
    const icons = document.querySelector('.sprite');
    if (icons)
        page.body.append(page.importNode(icons, true));
}

/**
 * @param {HTMLVideoElement} video
 * @param {MediaStreamTrack[]} tracks
 */
function play(video, tracks) {
    const present = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks() : [];
    video.hidden = tracks.length === 0;
    if (present.length === tracks.length && present.every((track, i) => track === tracks[i]))
        return;
    video.srcObject = tracks.length > 0 ? new MediaStream(tracks) : null;
    if (tracks.length > 0) {
        video.play().catch(() => {
            // It is muted and will play; a newer source has interrupted it.
        });
    }
}

/**
 * Has the browser open the window when the page goes into the background, where it
 * does such things for calls.
 *
 * @param {import('./context.js').Context} context
 * @returns {() => void} undoes it, and closes the window
 */
export function floatInBackground(context) {
    const set = (/** @type {(() => void) | null} */ handler) => {
        try {
            navigator.mediaSession.setActionHandler(/** @type {any} */ ('enterpictureinpicture'), handler);
        } catch {
            // The browser does not do this.
        }
    };
    if (opener()) {
        set(() => {
            if (!opener()?.window)
                togglePictureInPicture(context).catch(e => context.log.note('picture in picture', e));
        });
    }
    return () => {
        set(null);
        opener()?.window?.close();
    };
}
