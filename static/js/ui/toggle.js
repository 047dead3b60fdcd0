/**
 * The toggles for microphone and camera, the same in the lobby and in the call:
 * state by icon, text, colour and `aria-pressed`; an arrow beside opens the menu
 * of devices.
 */

import {attribute, h, setText} from './kit/dom.js';
import {icon, setIcon} from './kit/icon.js';
import {createScope} from './kit/scope.js';
import {openMenu, opensMenu} from './kit/menu.js';
import {keyText, toggleKeys} from './kit/keys.js';
import {deviceItems} from './devicemenu.js';
import {may} from '../core/state.js';
import {t} from '../core/i18n.js';

const parts = {
    microphone: {on: 'mic', off: 'mic-off', setting: 'audio'},
    camera: {on: 'video', off: 'video-off', setting: 'video'},
};

/**
 * @param {HTMLElement} host
 * @param {import('./context.js').Context} context
 * @param {'microphone' | 'camera'} source
 * @param {{arrow?: boolean}} [options]
 * @returns {() => void}
 */
export function deviceToggle(host, context, source, {arrow = true} = {}) {
    const {store, actions} = context;
    const {on, off, setting} = parts[source];
    const scope = createScope();
    const run = () => (source === 'microphone' ? actions.toggleMicrophone : actions.toggleCamera).run();

    const picture = icon(off);
    const caution = h('span', {class: 'toggle-caution', hidden: true}, icon('triangle-alert'));
    const label = h('span', {class: 'control-label'});
    const button = h('button', {
        type: 'button', class: 'control-button toggle', 'data-control': source,
        on: {
            click() {
                const state = store.get().media[source];
                if (button.getAttribute('aria-disabled') === 'true')
                    context.notify.info(t('toggle.notAllowed'));
                else if (state === 'blocked' || state === 'missing')
                    import('./permissionhelp.js').then(({openPermissionHelp}) => openPermissionHelp(source, state, run), run);
                else if (state !== 'busy')
                    run();
            },
        },
    }, h('span', {class: 'control-face'}, picture, caution), label);

    const menu = h('button', {
        type: 'button', class: 'control-arrow', ...opensMenu,
        'aria-label': t(`toggle.devices.${source}`), 'data-tip': t(`toggle.devices.${source}`),
        on: {
            click() {
                const settings = /** @type {const} */ ({
                    kind: 'item', icon: 'settings', label: t('menu.settings'),
                    run: () => actions.openSettings.run(setting),
                });
                const main = deviceItems(context, /** @type {'audio' | 'video'} */ (setting));
                const speakers = source === 'microphone' ? deviceItems(context, 'output') : [];
                openMenu(menu, [...main, ...speakers, {kind: 'separator'}, settings],
                         {label: t(`toggle.devices.${source}`)});
            },
        },
    }, icon('chevron-up'));

    const element = h('div', {class: 'control control-split'}, button, arrow && menu);
    scope.mount(host, element);

    scope.add(store.subscribe(
        state => [state.media[source], state.connection.state === 'idle' || may(state, 'present')],
        () => {
            const state = store.get();
            const allowed = state.connection.state === 'idle' || may(state, 'present');
            const shown = allowed ? state.media[source] : 'notallowed';
            element.dataset.state = shown;
            button.dataset.state = shown;
            setIcon(picture, shown === 'busy' ? 'loader-circle' : shown === 'on' ? on : off);
            picture.classList.toggle('spinning', shown === 'busy');
            caution.hidden = shown !== 'blocked' && shown !== 'missing';
            attribute(button, 'aria-pressed', shown === 'on');
            attribute(button, 'aria-disabled', allowed ? null : true);
            attribute(button, 'aria-busy', shown === 'busy' ? true : null);
            menu.hidden = !allowed;
            setText(label, t(`toggle.${source}`));
            const text = t(`toggle.${source}.${shown}`);
            button.setAttribute('aria-label', `${t(`toggle.${source}`)}: ${text}`);
            button.dataset.tip = `${text} (${keyText(toggleKeys[source])})`;
        }));
    return scope.dispose;
}
