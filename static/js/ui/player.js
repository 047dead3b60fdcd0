/**
 * Playing files to everyone: choosing them, and the controls below the stage for
 * whoever plays them.
 */

import {attribute, h, setText} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {icon, setIcon} from './kit/icon.js';
import {iconButton} from './kit/button.js';
import {clock} from '../core/format.js';
import {canPlayFiles, openFile} from '../media/playfile.js';
import {t} from '../core/i18n.js';

/** @typedef {import('../media/publish.js').Played} Played */

/**
 * Lets the user choose files, and plays them to everyone.
 *
 * @param {import('./context.js').Context} context
 */
export function choosePlayed(context) {
    if (!canPlayFiles()) {
        context.notify.warning(t('player.unsupported'));
        return;
    }
    const input = h('input', {
        type: 'file', accept: 'video/*,audio/*', multiple: true,
        on: {change: () => [...input.files ?? []].forEach(file => play(file, context))},
    });
    input.click();
}

/**
 * @param {File} file
 * @param {import('./context.js').Context} context
 */
async function play(file, {store, settings, publish, notify, log}) {
    try {
        const played = await openFile(file, {output: settings.get('output')});
        if (store.get().connection.state !== 'joined') {
            played.close();
            return;
        }
        const localId = publish.play({title: file.name, played, onend: played.close});
        played.element.addEventListener('ended', () => publish.stopShare(localId), {once: true});
        played.element.addEventListener('error', () => publish.stopShare(localId), {once: true});
    } catch (e) {
        log.note('play', e);
        notify.error(t('player.cannotPlay', {file: file.name}));
        return;
    }
    // Loudspeakers would send the sound a second time.
    if (store.get().media.microphone === 'on') {
        const setMicrophone = (/** @type {boolean} */ on) => publish.setMicrophone(on).catch(e => log.note('player', e));
        setMicrophone(false);
        notify.info(t('player.muted'), {label: t('banner.unmute'), run: () => setMicrophone(true)});
    }
}

/**
 * The controls for one file.
 *
 * @param {Played} file
 * @param {import('./context.js').Context} context
 */
function controls({localId, title, played}, {actions}) {
    const {element: media} = played;
    const scope = createScope();
    const pause = iconButton({
        label: t('player.pause'), icon: 'pause', class: 'player-button', props: {'data-action': 'pause'},
        run() {
            if (media.paused)
                media.play().catch(() => {});
            else
                media.pause();
        },
    });
    const glyph = /** @type {SVGSVGElement} */ (pause.querySelector('svg'));
    const time = h('span', {class: 'player-time'});
    const seek = h('input', {
        type: 'range', class: 'player-seek', min: '0', step: '0.1', 'aria-label': t('player.position'),
        on: {
            input() {
                media.currentTime = Number(seek.value);
                show();
            },
        },
    });
    const volume = h('input', {
        type: 'range', class: 'player-volume', min: '0', max: '100', value: '100', 'aria-label': t('player.volume'),
        on: {input: () => played.setVolume(Number(volume.value) / 100)},
    });
    const element = h('div', {class: 'player', role: 'group', 'aria-label': title, 'data-player': localId},
        pause, h('span', {class: 'player-title', dir: 'auto', 'data-tip': title}, title), seek, time,
        h('span', {class: 'player-loudness', 'data-tip': t('player.volume')}, icon('volume-2'), volume),
        iconButton({
            label: t('player.stop'), icon: 'circle-stop', class: 'player-button player-stop', props: {'data-action': 'stop'},
            run: () => actions.stopPlaying.run(localId),
        }));

    const show = () => {
        // Files made by recorders do not say how long they are.
        const known = Number.isFinite(media.duration);
        const now = clock(media.currentTime * 1000);
        const text = known ? t('player.time', {time: now, length: clock(media.duration * 1000)}) : now;
        seek.hidden = !known;
        if (known) {
            seek.max = String(media.duration);
            seek.value = String(media.currentTime);
        }
        seek.setAttribute('aria-valuetext', text);
        setText(time, text);
        const label = t(media.paused ? 'player.play' : 'player.pause');
        setIcon(glyph, media.paused ? 'play' : 'pause');
        pause.dataset.tip = label;
        attribute(pause, 'aria-label', label);
    };
    for (const event of ['play', 'pause', 'timeupdate', 'durationchange', 'seeked'])
        scope.listen(media, event, show);
    show();
    return {element, dispose: scope.dispose};
}

/** @type {import('./context.js').Component} */
export function players(host, context) {
    const {store} = context;
    const scope = createScope();
    const element = h('div', {class: 'players', role: 'region', 'aria-label': t('player.region')});
    scope.mount(host, element);
    /** @type {Map<string, ReturnType<typeof controls>>} */
    const shown = new Map();
    scope.add(store.subscribe(state => state.media.played, list => {
        for (const [key, {element, dispose}] of shown) {
            if (!list.some(({localId}) => localId === key)) {
                dispose();
                element.remove();
                shown.delete(key);
            }
        }
        for (const file of list) {
            if (!shown.has(file.localId)) {
                const entry = controls(file, context);
                shown.set(file.localId, entry);
                element.append(entry.element);
            }
        }
    }));
    // The tiles make room.
    const app = host.closest('.app') instanceof HTMLElement ? /** @type {HTMLElement} */ (host.closest('.app')) : host;
    const observer = new ResizeObserver(() => app.style.setProperty('--players', `${element.offsetHeight}px`));
    observer.observe(element);
    scope.add(() => {
        observer.disconnect();
        app.style.removeProperty('--players');
        for (const {dispose} of shown.values())
            dispose();
    });
    return scope.dispose;
}
