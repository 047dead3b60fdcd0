/**
 * One tile: a person, or a shared screen. The element lives as long as what it
 * shows, wherever it moves.
 *
 * For tests and style sheets each tile carries: data-key; data-user-id;
 * data-stream-id, the id of the stream on the wire, while there is one; data-kind
 * (person, screen, video); data-self; data-state (idle: nothing to show, connecting,
 * live, trouble, failed); data-picture while a picture is on; data-speaking.
 */

import {attribute, h, setText} from './kit/dom.js';
import {icon, setIcon} from './kit/icon.js';
import {iconButton} from './kit/button.js';
import {openMenu, opensMenu} from './kit/menu.js';
import {avatar, setAvatar} from './avatar.js';
import {userItems} from './usermenu.js';
import {loadStyle} from './kit/style.js';
import {directionOf, t} from '../core/i18n.js';
import {fetchTexts} from '../core/languages.js';

/** @typedef {import('./tilelist.js').TileInfo} TileInfo */
/** @typedef {'idle' | 'connecting' | 'live' | 'trouble' | 'failed'} TileState */

/**
 * @param {TileInfo} info
 * @returns {TileState}
 */
export function tileState({self, media, cameraOff}) {
    if (self)
        return cameraOff ? 'idle' : 'live';
    if (!media)
        return 'idle';
    switch (media.status) {
    case 'failed':
        return 'failed';
    case 'disconnected': case 'lost':
        return 'trouble';
    case 'new': case 'checking':
        return media.media ? 'live' : 'connecting';
    }
    if (media.stalled && media.video && !cameraOff)
        return 'trouble';
    return media.video && !cameraOff ? 'live' : 'idle';
}

/**
 * @typedef {object} Tile
 * @property {HTMLElement} element
 * @property {(info: TileInfo, place: {hand: number}) => void} update
 * @property {(rect: import('./layout.js').Rect | null) => void} place null hides it
 * @property {(speaking: boolean) => void} setSpeaking
 * @property {(quality: 'good' | 'fair' | 'poor' | undefined) => void} setQuality
 * @property {() => void} dispose
 */

/**
 * @param {import('./context.js').Context} context
 * @param {TileInfo} first
 * @returns {Tile}
 */
export function createTile(context, first) {
    const {store, actions, subscribe} = context;
    let info = first;
    /** @type {import('./layout.js').Rect | null} */
    let rect = null;

    const video = h('video', {
        class: 'tile-video', muted: true, autoplay: true, playsInline: true, 'aria-hidden': 'true', tabIndex: -1,
    });
    /** The last picture, while a stream is being replaced or the connection is lost. */
    const frozen = h('canvas', {class: 'tile-frozen', hidden: true, 'aria-hidden': 'true'});
    const face = avatar(info.name, 'tile-avatar');
    const name = h('span', {class: 'tile-name'});
    const muted = icon('mic-off', 'tile-muted');
    const speaking = icon('audio-lines', 'tile-speaking');
    const handNumber = h('span', null);
    const hand = h('span', {class: 'tile-hand'}, icon('hand'), handNumber);
    const quality = h('span', {class: 'tile-quality', hidden: true},
        h('span', {class: 'tile-bar'}), h('span', {class: 'tile-bar'}), h('span', {class: 'tile-bar'}));
    const note = h('div', {class: 'tile-note', hidden: true});
    const pinButton = iconButton({
        label: t('user.pin'), icon: 'pin', class: 'tile-button', run: () => actions.pin.run(info.key),
    });
    const pinGlyph = pinButton.querySelector('svg');
    const more = iconButton({
        label: t('tile.more'), icon: 'ellipsis-vertical', class: 'tile-button', run: () => menu(), props: opensMenu,
    });
    const enlarge = iconButton({
        label: t('tile.zoom'), icon: 'zoom-in', class: 'tile-button', run: () => zooming(zoom => zoom.by(1.5)),
        props: {'data-action': 'zoom'},
    });
    const flip = iconButton({
        label: t('control.flip'), icon: 'switch-camera', class: 'tile-button self-flip', run: () => actions.flipCamera.run(),
        props: {'data-action': 'flip'},
    });
    const element = h('div', {
        class: 'tile', role: 'group', tabIndex: -1,
        on: {
            dblclick: () => actions.pin.run(info.key),
            contextmenu(event) {
                event.preventDefault();
                menu({x: event.clientX, y: event.clientY});
            },
            wheel(/** @type {WheelEvent} */ event) {
                if (!zoom)
                    zooming(zoom => zoom.wheel(event));
            },
            keydown(event) {
                if (event.key === '+' && event.target === element)
                    zooming(zoom => zoom.by(1.5));
                if (event.key === 'Enter' && event.target === element) {
                    event.preventDefault();
                    menu();
                }
            },
        },
    },
    face, video, frozen,
    h('div', {class: 'tile-foot'}, h('span', {class: 'tile-label'}, muted, speaking, name), hand, quality),
    h('div', {class: 'tile-tools'}, pinButton, enlarge, more), flip,
    note);

    /** @type {import('./zoom.js').Zoom | null} */
    let zoom = null;
    let gone = false;
    /**
     * Does something with the zoom of a screen, which is fetched then.
     *
     * @param {(zoom: import('./zoom.js').Zoom) => void} fn
     */
    const zooming = fn => {
        if (info.kind === 'person')
            return;
        if (zoom) {
            fn(zoom);
            return;
        }
        Promise.all([import('./zoom.js'), fetchTexts('more'), loadStyle('ondemand.css')]).then(([{createZoom}]) => {
            if (gone)
                return;
            zoom ??= createZoom(element, [video, frozen]);
            fn(zoom);
        }, e => context.log.note('zoom', e));
    };

    const fullScreen = () => {
        element.requestFullscreen().catch(() => context.notify.warning(t('failure.fullscreen')));
    };

    const float = () => {
        video.requestPictureInPicture().catch(() => context.notify.warning(t('failure.pip')));
    };

    /** @param {{x: number, y: number}} [at] */
    const menu = at => {
        const items = userItems(context, info.userId, {
            key: info.key, localId: info.media?.audio ? info.media.localId : null,
        });
        if (document.fullscreenEnabled && element.dataset.picture === 'true')
            items.splice(1, 0, {kind: 'item', icon: 'maximize', label: t('user.fullScreen'), run: fullScreen});
        if (document.pictureInPictureEnabled && element.dataset.picture === 'true')
            items.splice(2, 0, {kind: 'item', icon: 'picture-in-picture-2', label: t('user.pip'), run: float});
        const stream = info.kind === 'person' && info.self ? 'own' : info.media?.localId;
        if (stream)
            items.splice(1, 0, {kind: 'item', icon: 'gauge', label: t('tile.details'),
                                run: () => store.merge('ui', {dialog: 'details', dialogTab: stream})});
        openMenu(more, items, {label: t('tile.menu', {name: label()}), at});
    };

    const label = () => info.title || (info.kind !== 'person' ?
        t(`tile.${info.kind}`, {name: info.name || t('people.anonymous')}) : '') || (info.self ? t('tile.you', {name: info.name}) : info.name || t('people.anonymous'));

    /** Cuts the edges off a camera's picture to fill the tile, unless shapes differ much. */
    const fit = () => {
        if (!rect || !video.videoWidth)
            return;
        const ratio = rect.width / rect.height / (video.videoWidth / video.videoHeight);
        element.classList.toggle('tile-contain', info.kind !== 'person' ||
            !element.classList.contains('tile-floating') && (ratio > 1.9 || ratio < 0.4));
    };

    const picture = () => {
        const shown = !video.hidden && video.srcObject !== null && video.videoWidth > 0;
        attribute(element, 'data-picture', shown ? 'true' : null);
        fit();
    };
    for (const event of ['loadeddata', 'resize', 'emptied', 'playing'])
        video.addEventListener(event, picture);

    const freeze = () => {
        if (!frozen.hidden || element.dataset.picture !== 'true' || !video.videoWidth)
            return;
        frozen.width = video.videoWidth;
        frozen.height = video.videoHeight;
        frozen.getContext('2d')?.drawImage(video, 0, 0);
        frozen.hidden = false;
    };
    const thaw = () => {
        frozen.hidden = true;
        frozen.width = 0;
    };
    // The first new picture replaces the last old one.
    video.addEventListener('playing', thaw);

    const show = (/** @type {MediaStreamTrack[]} */ tracks) => {
        const present = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks() : [];
        if (present.length === tracks.length && present.every((track, i) => track === tracks[i]))
            return;
        video.srcObject = tracks.length > 0 ? new MediaStream(tracks) : null;
        if (tracks.length > 0) {
            video.play().catch(() => {
                // It is muted and will play; a newer source has interrupted it.
            });
        }
        picture();
    };

    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let slow;
    const explain = (/** @type {TileState} */ state) => {
        clearTimeout(slow);
        note.hidden = state !== 'trouble' && state !== 'failed';
        switch (state) {
        case 'connecting':
            slow = setTimeout(() => {
                note.hidden = false;
                note.replaceChildren(icon('loader-circle', 'spinning'), t('tile.connecting'));
            }, 2000);
            break;
        case 'trouble':
            note.replaceChildren(icon('wifi-off'), t('tile.trouble'));
            break;
        case 'failed':
            note.replaceChildren(icon('triangle-alert'), t('tile.failed'), h('button', {
                type: 'button', class: 'button tile-retry',
                on: {click: () => info.media && subscribe.retry(info.media.localId)},
            }, t('tile.retry')));
            break;
        }
    };

    /** @type {TileState | null} */
    let state = null;

    return {
        element,
        update(now, {hand: place}) {
            info = now;
            const next = tileState(now);
            if (next !== state) {
                state = next;
                element.dataset.state = next;
                explain(next);
            }
            element.dataset.key = now.key;
            element.dataset.userId = now.userId;
            element.dataset.kind = now.kind;
            attribute(element, 'data-self', now.self ? 'true' : null);
            attribute(element, 'data-stream-id', now.media?.id ?? null);
            attribute(element, 'data-pinned', now.pinned ? 'true' : null);

            const {media} = store.get();
            if (now.media?.replacing || now.media?.status === 'lost')
                freeze();
            if (!now.media || now.cameraOff)
                thaw();
            if (now.own)
                show(now.own.getVideoTracks());
            else if (now.self)
                show(media.camera$ ? [media.camera$] : []);
            else
                show(now.media?.media?.getVideoTracks() ?? []);
            video.hidden = now.cameraOff;
            video.classList.toggle('mirrored', now.self && !now.own && media.mirrored && store.get().settings.mirrorView);
            picture();

            // The first pinch should work.
            if (now.kind !== 'person' && !zoom && matchMedia('(pointer: coarse)').matches)
                zooming(() => {});
            enlarge.hidden = now.kind === 'person' || element.dataset.picture !== 'true';
            flip.hidden = !now.self || now.kind !== 'person' || !actions.flipCamera.available(store.get());
            setAvatar(face, now.name);
            // Of a file without picture there is only who plays it.
            face.hidden = now.kind === 'screen' || now.kind === 'video' && (now.media?.video ?? now.own?.getVideoTracks().length !== 0);
            setText(name, label());
            name.dir = directionOf(label());
            muted.toggleAttribute('hidden', !now.muted || now.kind !== 'person');
            hand.hidden = now.hand === 0;
            setText(handNumber, place > 0 ? String(place) : '');
            const pinText = t(now.pinned ? 'user.unpin' : 'user.pin');
            pinButton.setAttribute('aria-label', pinText);
            pinButton.dataset.tip = pinText;
            attribute(pinButton, 'aria-pressed', now.pinned);
            if (pinGlyph)
                setIcon(pinGlyph, now.pinned ? 'pin-off' : 'pin');
            const facts = [label()];
            if (now.kind === 'person') {
                facts.push(t(now.muted ? 'tile.micOff' : 'tile.micOn'));
                if (now.hand > 0)
                    facts.push(t('tile.hand', {place}));
            }
            if (next === 'trouble' || next === 'failed')
                facts.push(t(`tile.${next}`));
            element.setAttribute('aria-label', facts.join(', '));
        },
        place(now) {
            const moved = rect === null || now === null;
            rect = now;
            element.hidden = now === null;
            if (now) {
                // A tile that appears does not fly in from somewhere else.
                element.classList.toggle('tile-still', moved);
                // Places are counted from the side where the language begins.
                const x = document.dir === 'rtl' ? -now.x : now.x;
                element.style.transform = `translate(${x}px, ${now.y}px)`;
                element.style.width = `${now.width}px`;
                element.style.height = `${now.height}px`;
                element.classList.toggle('tile-small', now.width < 200);
                fit();
                zoom?.fit();
            }
            if (info.media) {
                subscribe.setSize(info.media.localId, now &&
                    {width: now.width, height: now.height});
            }
        },
        setSpeaking: on => attribute(element, 'data-speaking', on ? 'true' : null),
        setQuality(value) {
            quality.hidden = value === undefined || value === 'good' || info.self;
            attribute(element, 'data-quality', value ?? null);
        },
        dispose() {
            clearTimeout(slow);
            gone = true;
            zoom?.dispose();
            video.srcObject = null;
            element.remove();
        },
    };
}
