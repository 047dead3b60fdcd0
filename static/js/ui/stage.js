/**
 * The stage: keeps one tile per person and shared screen, and puts them where the
 * layout says.
 */

import {arrange, h, setText} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {roving} from './kit/focus.js';
import {iconButton, textButton} from './kit/button.js';
import {banners} from './banners.js';
import {floating, grid, perPage, smallest, spotlight} from './layout.js';
import {hands, promote, restTime, scene} from './tilelist.js';
import {createTile} from './tile.js';
import {people} from '../core/state.js';
import {t} from '../core/i18n.js';

/** @typedef {import('./tilelist.js').TileInfo} TileInfo */
/** @typedef {import('./layout.js').Rect} Rect */

/** How many tiles are on a page at most, unless the user has chosen. */
const most = {wide: 25, compact: 9};

/** @type {import('./context.js').Component} */
export function stage(host, context) {
    const {store, actions} = context;
    const scope = createScope();
    const layer = h('div', {class: 'tiles'});
    const dots = h('div', {class: 'page-dots', 'aria-hidden': 'true'});
    const pageText = h('span', {class: 'visually-hidden'});
    const pager = h('div', {class: 'pager'},
        iconButton({label: t('stage.previous'), icon: 'chevron-left', class: 'pager-button',
                    run: () => actions.turnPage.run(-1)}),
        dots, pageText,
        iconButton({label: t('stage.next'), icon: 'chevron-right', class: 'pager-button',
                    run: () => actions.turnPage.run(1)}));
    const move = iconButton({
        label: t('stage.moveSelf'), icon: 'rotate-cw', class: 'tile-button self-move',
        run() {
            corner = (corner + 1) % 4;
            lay();
        },
    });
    const alone = h('div', {class: 'stage-alone'},
        h('p', {class: 'stage-alone-title'}, t('stage.alone')),
        h('p', {class: 'stage-alone-text'}, t('stage.aloneHint')),
        textButton({label: t('header.copyLink'), icon: 'link', run: () => actions.copyLink.run()}));
    const element = h('main', {class: 'stage', tabIndex: -1, 'aria-label': t('stage.region')}, layer, alone, pager);
    scope.mount(host, element);
    scope.add(banners(element, context));

    /** @type {Map<string, import('./tile.js').Tile>} */
    const tiles = new Map();
    let corner = 0;
    /** @type {string | null} */
    let speaker = null;
    /** @type {string[]} */
    let firstPage = [];
    let promotedAt = 0;

    /** @returns {{width: number, height: number, gap: number, compact: boolean}} */
    const measure = () => {
        const style = getComputedStyle(layer);
        const gap = parseFloat(style.getPropertyValue('--stage-gap')) || 8;
        const box = layer.getBoundingClientRect();
        return {width: box.width, height: box.height, gap, compact: Math.min(innerWidth, box.width) < 600};
    };

    const tileFor = (/** @type {TileInfo} */ info) => {
        let tile = tiles.get(info.key);
        if (!tile) {
            tile = createTile(context, info);
            tiles.set(info.key, tile);
        }
        return tile;
    };

    const lay = () => {
        const area = measure();
        if (area.width < 1 || area.height < 1)
            return;
        const state = store.get();
        const now = scene(state, {compact: area.compact, speaker});
        /** @type {Map<string, Rect>} */
        const rects = new Map();
        let {page} = state.ui;
        /** @type {number} */
        let pages;

        if (now.kind === 'grid') {
            const size = perPage(now.rest.length, area, area.gap, {
                minWidth: area.compact ? smallest.compact : smallest.wide,
                most: state.settings.maxTiles ?? (area.compact ? most.compact : most.wide),
            });
            pages = Math.max(1, Math.ceil(now.rest.length / size));
            page = Math.min(page, pages - 1);
            const list = inOrder(now.rest, size, state);
            const visible = list.slice(page * size, (page + 1) * size);
            // The last page keeps the size of tiles of the others.
            const places = grid(pages > 1 ? size : visible.length, area, area.gap);
            visible.forEach((tile, i) => rects.set(tile.key, /** @type {Rect} */ (places[i])));
        } else {
            const how = {
                below: state.settings.layout === 'speaker',
                shape: now.main[0]?.kind === 'person' ? 1 : 1.6,
            };
            const full = spotlight(now.main.length, now.rest.length, area, area.gap, how);
            const size = Math.max(1, full.strip.length);
            pages = Math.max(1, Math.ceil(now.rest.length / size));
            page = Math.min(page, pages - 1);
            const list = inOrder(now.rest, size, state);
            const visible = list.slice(page * size, (page + 1) * size);
            const places = spotlight(now.main.length, visible.length, area, area.gap, how);
            now.main.forEach((tile, i) => rects.set(tile.key, /** @type {Rect} */ (places.main[i])));
            visible.forEach((tile, i) => rects.set(tile.key, /** @type {Rect} */ (places.strip[i])));
        }
        if (now.floating)
            rects.set(now.floating.key, floating(area, corner, area.gap + 4));

        const all = [...now.main, ...now.rest, ...(now.floating ? [now.floating] : [])];
        const queue = hands(state);
        for (const [key, tile] of tiles) {
            if (!all.some(info => info.key === key)) {
                tile.dispose();
                tiles.delete(key);
            }
        }
        for (const info of all) {
            const tile = tileFor(info);
            tile.update(info, {hand: info.hand > 0 ? queue.indexOf(info.userId) + 1 : 0});
            tile.element.classList.toggle('tile-floating', info === now.floating);
            tile.place(rects.get(info.key) ?? null);
            tile.setSpeaking(Boolean(state.speaking[info.userId]) && info.kind === 'person');
            tile.setQuality(info.media ? state.quality[info.media.localId] : undefined);
        }
        arrange(layer, all.map(info => tileFor(info).element));
        const own = now.floating ? tiles.get(now.floating.key)?.element : null;
        if (own && move.parentNode !== own)
            own.append(move);
        else if (!own)
            move.remove();

        const shown = visibleTiles();
        if (!shown.some(tile => tile.tabIndex === 0) && shown[0])
            shown[0].tabIndex = 0;
        alone.hidden = people(state).length !== 1;
        element.dataset.layout = now.kind;
        element.dataset.count = String(all.length);
        showPages(page, pages);
        if (page !== state.ui.page)
            store.merge('ui', {page});
    };

    /**
     * @param {TileInfo[]} list
     * @param {number} size of a page
     * @param {import('../core/state.js').State} state
     */
    const inOrder = (list, size, {spoke, speaking}) => {
        if (list.length <= size) {
            firstPage = [];
            return list;
        }
        const rested = Date.now() - promotedAt >= restTime;
        const result = promote(list, {first: size, spoke, speaking: rested ? speaking : {}, previous: firstPage});
        const keys = result.slice(0, size).map(tile => tile.key);
        if (keys.some(key => !firstPage.includes(key)))
            promotedAt = Date.now();
        firstPage = keys;
        return result;
    };

    const showPages = (/** @type {number} */ page, /** @type {number} */ pages) => {
        pager.hidden = pages < 2;
        element.classList.toggle('stage-paged', pages > 1);
        if (pages < 2)
            return;
        dots.replaceChildren(...Array.from({length: pages}, (_, i) =>
            h('span', {class: i === page ? 'page-dot page-dot-now' : 'page-dot'})));
        setText(pageText, t('stage.page', {page: page + 1, pages}));
        const [previous, next] = /** @type {HTMLButtonElement[]} */ ([...pager.querySelectorAll('button')]);
        if (previous)
            previous.disabled = page === 0;
        if (next)
            next.disabled = page === pages - 1;
    };

    const visibleTiles = () => /** @type {HTMLElement[]} */ (
        [...layer.children].filter(tile => tile instanceof HTMLElement && !tile.hidden));

    scope.listen(layer, 'keydown', event => {
        if (event.target instanceof HTMLElement && event.target.classList.contains('tile'))
            roving(event, visibleTiles(), {horizontal: true});
    });

    // Swiping turns pages.
    let startX = 0;
    let startY = 0;
    scope.listen(layer, 'pointerdown', event => {
        startX = event.pointerType === 'touch' ? event.clientX : NaN;
        startY = event.clientY;
    });
    scope.listen(layer, 'pointerup', event => {
        const dx = event.clientX - startX;
        if (Math.abs(dx) > 60 && Math.abs(event.clientY - startY) < 60)
            actions.turnPage.run((dx < 0) === (document.dir !== 'rtl') ? 1 : -1);
    });

    // The floating own view goes to the corner nearest to where it is dropped.
    scope.listen(layer, 'pointerdown', event => {
        const own = event.target instanceof Element ? event.target.closest('.tile-floating') : null;
        if (!(own instanceof HTMLElement) || event.button !== 0 || event.target.closest('button'))
            return;
        const from = own.style.transform;
        own.setPointerCapture(event.pointerId);
        const drag = (/** @type {PointerEvent} */ now) => {
            own.classList.add('tile-still');
            own.style.transform = `${from} translate(${now.clientX - event.clientX}px, ${now.clientY - event.clientY}px)`;
        };
        const drop = (/** @type {PointerEvent} */ now) => {
            own.removeEventListener('pointermove', drag);
            own.classList.remove('tile-still');
            if (Math.hypot(now.clientX - event.clientX, now.clientY - event.clientY) > 8) {
                const mine = own.getBoundingClientRect();
                const box = layer.getBoundingClientRect();
                const end = mine.left + mine.width / 2 > box.left + box.width / 2 === (document.dir !== 'rtl');
                const bottom = mine.top + mine.height / 2 > box.top + box.height / 2;
                corner = bottom ? (end ? 0 : 1) : (end ? 3 : 2);
            }
            lay();
        };
        own.addEventListener('pointermove', drag);
        own.addEventListener('pointerup', drop, {once: true});
        own.addEventListener('pointercancel', drop, {once: true});
    });

    const observer = new ResizeObserver(lay);
    observer.observe(layer);
    scope.add(() => observer.disconnect());

    scope.add(store.subscribe(
        state => [state.users, state.streams, state.ui.pinned, state.ui.screen, state.ui.page, state.group.data, state.me, state.settings,
                  state.media.camera$, state.devices, state.media.played, state.media.camera, state.media.microphone, state.media.mirrored],
        lay));
    scope.add(store.subscribe(state => [state.speaking, state.quality], () => {
        const {speaking, me} = store.get();
        const talking = Object.keys(speaking).find(id => speaking[id] && id !== me.id);
        const changed = talking !== undefined && talking !== speaker;
        if (changed)
            speaker = talking;
        if (changed || tiles.size > 4) {
            lay();
            return;
        }
        for (const [key, tile] of tiles) {
            const id = tile.element.dataset.userId ?? '';
            tile.setSpeaking(key.startsWith('user:') && Boolean(speaking[id]));
        }
    }));
    scope.add(store.subscribe(state => state.quality, lay));
    scope.add(() => {
        for (const tile of tiles.values())
            tile.dispose();
    });
    return scope.dispose;
}
