/**
 * The view of a call: header, stage, controls, panel.
 */

import {h} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {keyboard} from './kit/shortcuts.js';
import {announcements} from './announcements.js';
import {controls} from './controls.js';
import {header} from './header.js';
import {hints} from './hints.js';
import {panel} from './panel.js';
import {reactionsLayer} from './reactions.js';
import {fileDrop} from './filedrop.js';
import {stage} from './stage.js';
import {tiles} from './tilelist.js';
import {loadStyle} from './kit/style.js';
import {t} from '../core/i18n.js';
import {remember} from '../core/visits.js';
import {fetchTexts} from '../core/languages.js';

/** Bars are hidden after this much time without a sign of life, in milliseconds. */
const patience = 4000;

/** @type {import('./context.js').Component} */
export function callView(host, context) {
    const {store} = context;
    const scope = createScope();
    const skip = (/** @type {string} */ selector, /** @type {string} */ label) => h('a', {
        class: 'skip-link', href: '#',
        on: {
            click(event) {
                event.preventDefault();
                const target = element.querySelector(selector);
                if (target instanceof HTMLElement)
                    target.focus();
            },
        },
    }, label);
    const element = h('div', {class: 'call'},
        h('nav', {class: 'skips', 'aria-label': t('skip.region')},
            skip('.stage', t('skip.stage')), skip('.controls', t('skip.controls'))));
    scope.mount(host, element);
    for (const component of [header, stage, controls, panel, announcements, hints, keyboard, fileDrop, reactionsLayer])
        scope.add(component(element, context));

    scope.add(store.subscribe(state => state.connection.state, state => {
        element.dataset.connection = state;
    }));

    // In full screen and on low screens the bars go when nothing happens.
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const wake = () => {
        clearTimeout(timer);
        element.classList.remove('call-idle');
        timer = setTimeout(() => {
            const focus = document.activeElement;
            const busy = focus?.closest('.header, .controls, .panel, .menu') && focus.matches(':focus-visible');
            if (!busy && store.get().ui.panel === null)
                element.classList.add('call-idle');
        }, patience);
    };
    for (const event of ['pointermove', 'pointerdown', 'keydown', 'focusin'])
        scope.listen(element, event, wake);
    wake();
    scope.add(() => clearTimeout(timer));

    scope.listen(document, 'fullscreenchange', () => {
        const full = document.fullscreenElement !== null;
        element.classList.toggle('call-fullscreen', full);
        store.merge('ui', {fullscreen: full});
    });

    // Closing the tab by mistake while presenting costs everyone something.
    scope.listen(window, 'beforeunload', event => {
        const {shares, played} = store.get().media;
        if (shares.length + played.length > 0)
            event.preventDefault();
    });
    scope.add(whenever(context, state => state.media.played.length > 0, element.querySelector('.stage'),
                       async () => (await import('./player.js')).players));
    scope.add(whenever(context, state => tiles(state).filter(({kind}) => kind !== 'person').length > 1,
                       element.querySelector('.stage'), async () => (await import('./screentabs.js')).screenTabs));
    scope.add(whenever(context, ({captions, settings}) => captions.length > 0 && settings.captions,
                       element.querySelector('.stage'), async () => (await import('./captions.js')).captions));
    scope.add(whenever(context, ({settings}) => settings.sounds !== 'off' || settings.notify !== 'off', element,
                       async () => (await import('./signals.js')).signals));
    scope.add(store.subscribe(({group, connection}) => [group.name, group.title, connection.state === 'joined'],
        ([name, title, joined]) => {
            if (joined && name)
                remember({name: String(name), title: String(title), time: Date.now()});
        }));
    scope.add(keepAwake());
    if ('documentPictureInPicture' in window) {
        let here = true;
        scope.add(() => {
            here = false;
        });
        import('./pictureinpicture.js').then(({floatInBackground}) => {
            if (here)
                scope.add(floatInBackground(context));
        }, () => {
            // The menu says so if it is wanted.
        });
    }
    return scope.dispose;
}

/**
 * A component that is fetched when it is wanted, and goes when it is not.
 *
 * @param {import('./context.js').Context} context
 * @param {(state: import('../core/state.js').State) => boolean} wanted
 * @param {Element | null} host
 * @param {() => Promise<import('./context.js').Component>} fetchComponent
 * @returns {() => void}
 */
function whenever(context, wanted, host, fetchComponent) {
    const scope = createScope();
    /** @type {(() => void) | null} */
    let close = null;
    let now = false;
    scope.add(context.store.subscribe(wanted, on => {
        now = on;
        close?.();
        close = null;
        if (!on)
            return;
        Promise.all([fetchComponent(), fetchTexts('more'), loadStyle('ondemand.css')]).then(([component]) => {
            if (now && !close && host?.isConnected)
                close = component(/** @type {HTMLElement} */ (host), context);
        }, e => context.log.note('component', e));
    }));
    scope.add(() => {
        now = false;
        close?.();
    });
    return scope.dispose;
}

/**
 * Keeps the screen of a phone on while in a call.
 *
 * @returns {() => void}
 */
function keepAwake() {
    const scope = createScope();
    /** @type {WakeLockSentinel | null} */
    let lock = null;
    const acquire = () => {
        if (document.hidden || !('wakeLock' in navigator))
            return;
        navigator.wakeLock.request('screen').then(now => {
            lock = now;
        }, () => {
            // The battery is low, or the browser does not allow it.
        });
    };
    scope.listen(document, 'visibilitychange', acquire);
    acquire();
    scope.add(() => {
        lock?.release().catch(() => {});
    });
    return scope.dispose;
}
