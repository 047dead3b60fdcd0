/**
 * Choosing devices: as menu entries at the toggles, and as fields in the lobby and
 * the settings.
 */

import {h} from './kit/dom.js';
import {icon} from './kit/icon.js';
import {t} from '../core/i18n.js';

/** @typedef {'audio' | 'video' | 'output'} DeviceSetting */

const lists = /** @type {const} */ ({audio: 'microphones', video: 'cameras', output: 'speakers'});
const titles = {audio: 'device.microphone', video: 'device.camera', output: 'device.speaker'};
const icons = {audio: 'mic', video: 'video', output: 'volume-2'};

/**
 * The devices for a setting, and which one is in use.
 *
 * @param {import('../core/state.js').State} state
 * @param {DeviceSetting} setting
 * @returns {{id: string, label: string, chosen: boolean}[]}
 */
function options(state, setting) {
    const devices = state.devices[lists[setting]];
    const track = setting === 'audio' ? state.media.microphone$ :
        setting === 'video' ? state.media.camera$ : null;
    const wanted = track?.getSettings().deviceId ?? state.settings[setting];
    const chosen = devices.some(device => device.deviceId === wanted) ? wanted : devices[0]?.deviceId;
    return devices.map((device, i) => ({
        id: device.deviceId,
        label: device.label || t('device.unnamed', {number: i + 1}),
        chosen: device.deviceId === chosen,
    }));
}

/**
 * @param {import('./context.js').Context} context
 * @param {DeviceSetting} setting
 * @returns {import('./kit/menu.js').MenuItem[]} a heading and the devices; nothing
 *     if there is no choice to be had
 */
export function deviceItems({store, actions}, setting) {
    const list = options(store.get(), setting);
    if (list.length === 0)
        return [];
    return [
        {kind: 'heading', label: t(titles[setting])},
        ...list.map(({id, label, chosen}) => /** @type {import('./kit/menu.js').MenuItem} */ ({
            kind: 'radio', label, checked: chosen, run: () => actions.chooseDevice.run(setting, id),
        })),
    ];
}

/**
 * A field for one device, hidden where there is nothing to choose from.
 *
 * @param {HTMLElement} host
 * @param {import('./context.js').Context} context
 * @param {DeviceSetting} setting
 * @param {{compact?: boolean}} [how] `compact` shows an icon instead of the label
 * @returns {() => void}
 */
export function deviceField(host, context, setting, {compact = false} = {}) {
    const id = `device-${setting}-${compact ? 'lobby' : 'settings'}`;
    const select = h('select', {
        class: 'input', id, on: {change: () => context.actions.chooseDevice.run(setting, select.value)},
    });
    const element = compact ?
        h('div', {class: 'device-field'}, icon(icons[setting]),
          h('label', {for: id, class: 'visually-hidden'}, t(titles[setting])), select) :
        h('div', {class: 'field'}, h('label', {for: id}, t(titles[setting])), select);
    host.append(element);
    const stop = context.store.subscribe(
        ({devices, media, settings}) =>
            [devices, media.microphone$, media.camera$, settings[setting]],
        () => {
            const list = options(context.store.get(), setting);
            element.hidden = list.length === 0;
            select.replaceChildren(...list.map(({id, label, chosen}) =>
                h('option', {value: id, selected: chosen, dir: 'auto'}, label)));
        });
    return () => {
        stop();
        element.remove();
    };
}
