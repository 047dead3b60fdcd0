/**
 * A slider for the volume of a stream, here only.
 */

import {h, setText} from './kit/dom.js';
import {openDialog} from './kit/dialog.js';
import {percent} from '../core/format.js';
import {language, t} from '../core/i18n.js';

/**
 * @param {import('../media/subscribe.js').Subscribe} subscribe
 * @param {string} localId of the stream
 * @param {string} name of the person
 */
export function openVolume(subscribe, localId, name) {
    const value = h('output', {for: 'volume'}, percent(subscribe.volume(localId), language()));
    const input = h('input', {
        type: 'range', id: 'volume', min: '0', max: '200', step: '5',
        value: String(Math.round(subscribe.volume(localId) * 100)),
        on: {
            input() {
                const volume = Number(input.value) / 100;
                subscribe.setVolume(localId, volume);
                setText(value, percent(volume, language()));
            },
        },
    });
    openDialog({
        title: t('user.volume'), class: 'dialog-small', onclose: () => {},
        body: h('div', {class: 'dialog-body'},
            h('div', {class: 'field'}, h('label', {for: 'volume', dir: 'auto'}, name), input, value)),
    });
    input.focus();
}
