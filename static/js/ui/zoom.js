/**
 * Zoom and pan of a shared screen: by wheel, two fingers and dragging, by buttons, and by
 * keys while the tile has the focus.
 */

import {h, setText} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {iconButton} from './kit/button.js';
import {percent} from '../core/format.js';
import {largest, panned, whole, zoomed} from '../core/zoom.js';
import {language, t} from '../core/i18n.js';

const step = 1.5;

/**
 * @typedef {object} Zoom
 * @property {(event: WheelEvent) => void} wheel to be told of the event that asked for zoom
 * @property {(factor: number) => void} by about the centre
 * @property {() => void} fit to be called when the size of the tile has changed
 * @property {() => void} dispose
 */

/**
 * @param {HTMLElement} tile
 * @param {HTMLElement[]} pictures what is scaled
 * @returns {Zoom}
 */
export function createZoom(tile, pictures) {
    const scope = createScope();
    /** @type {import('../core/zoom.js').View} */
    let view = whole;
    const size = () => ({width: tile.clientWidth, height: tile.clientHeight});
    const value = h('output', {class: 'zoom-value'});
    const out = iconButton({label: t('zoom.out'), icon: 'zoom-out', class: 'tile-button', run: () => by(1 / step),
                            props: {'data-action': 'zoom-out'}});
    const into = iconButton({label: t('zoom.in'), icon: 'zoom-in', class: 'tile-button', run: () => by(step),
                             props: {'data-action': 'zoom-in'}});
    const reset = iconButton({label: t('zoom.reset'), icon: 'shrink', class: 'tile-button', run: () => set(whole),
                              props: {'data-action': 'zoom-reset'}});
    const bar = h('div', {class: 'zoom', role: 'group', 'aria-label': t('zoom.region')}, out, value, into, reset);
    scope.mount(tile, bar);

    const set = (/** @type {import('../core/zoom.js').View} */ now) => {
        view = now;
        for (const picture of pictures)
            picture.style.transform = view.scale === 1 ? '' : `translate(${view.x}px, ${view.y}px) scale(${view.scale})`;
        tile.classList.toggle('tile-zoomed', view.scale > 1);
        tile.dataset.zoom = view.scale.toFixed(2);
        bar.hidden = view.scale === 1;
        setText(value, percent(view.scale, language()));
        into.disabled = view.scale >= largest;
    };
    const by = (/** @type {number} */ factor) => {
        const focused = document.activeElement;
        set(zoomed(view, factor, {x: 0, y: 0}, size()));
        // What hides with the focus gives it back to the tile.
        if (bar.hidden && focused && bar.contains(focused))
            tile.focus();
    };
    set(whole);

    /** @param {{clientX: number, clientY: number}} event */
    const point = ({clientX, clientY}) => {
        const box = tile.getBoundingClientRect();
        return {x: clientX - box.left - box.width / 2, y: clientY - box.top - box.height / 2};
    };
    const wheel = (/** @type {WheelEvent} */ event) => {
        event.preventDefault();
        const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1;
        set(zoomed(view, Math.exp(-event.deltaY * lines / 400), point(event), size()));
    };
    scope.listen(tile, 'wheel', wheel, {passive: false});

    // One finger or the mouse moves, two fingers zoom as well.
    /** @type {Map<number, {clientX: number, clientY: number}>} */
    const fingers = new Map();
    scope.listen(tile, 'pointerdown', event => {
        if (event.target.closest('button') || event.button !== 0)
            return;
        fingers.set(event.pointerId, event);
        // A swipe over a part of a screen turns no page.
        if (view.scale > 1 || fingers.size > 1) {
            event.stopPropagation();
            tile.setPointerCapture(event.pointerId);
        }
    });
    scope.listen(tile, 'pointermove', event => {
        const before = fingers.get(event.pointerId);
        if (!before)
            return;
        const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
        fingers.set(event.pointerId, event);
        if (other) {
            const distance = (/** @type {{clientX: number, clientY: number}} */ a) =>
                Math.hypot(a.clientX - other.clientX, a.clientY - other.clientY) || 1;
            const middle = {clientX: (event.clientX + other.clientX) / 2, clientY: (event.clientY + other.clientY) / 2};
            set(zoomed(view, distance(event) / distance(before), point(middle), size()));
        }
        const share = other ? 2 : 1;
        if (view.scale > 1)
            set(panned(view, (event.clientX - before.clientX) / share, (event.clientY - before.clientY) / share, size()));
    });
    for (const type of ['pointerup', 'pointercancel']) {
        scope.listen(tile, type, event => {
            if (fingers.delete(event.pointerId) && view.scale > 1)
                event.stopPropagation();
        });
    }

    scope.listen(tile, 'keydown', event => {
        if (event.target !== tile || event.ctrlKey || event.metaKey || event.altKey)
            return;
        const far = 60;
        /** @type {Record<string, () => void>} */
        const keys = {'+': () => by(step), '=': () => by(step), '-': () => by(1 / step), 0: () => set(whole)};
        if (view.scale > 1) {
            Object.assign(keys, {
                ArrowLeft: () => set(panned(view, far, 0, size())), ArrowRight: () => set(panned(view, -far, 0, size())),
                ArrowUp: () => set(panned(view, 0, far, size())), ArrowDown: () => set(panned(view, 0, -far, size())),
            });
        }
        const run = Object.hasOwn(keys, event.key) ? keys[event.key] : undefined;
        if (run) {
            event.preventDefault();
            event.stopPropagation();
            run();
        }
    });
    scope.add(() => set(whole));
    return {wheel, by, fit: () => set(panned(view, 0, 0, size())), dispose: scope.dispose};
}
