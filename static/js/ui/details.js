/**
 * Details of one stream: size, rate, codec, loss, way. Read anew every second while the
 * dialog is open.
 */

import {h} from './kit/dom.js';
import {openDialog} from './kit/dialog.js';
import {readDetails} from '../media/details.js';
import {isolated, language, t} from '../core/i18n.js';

const interval = 1000;

/** @type {import('./context.js').Dialog} */
export function detailsDialog(host, {store, publish, subscribe, log, closed}) {
    const key = store.get().ui.dialogTab;
    const connection = () => {
        /** @type {RTCPeerConnection | null} */
        let own = null;
        if (key === 'own')
            publish.each((kind, stream) => {
                own = kind === 'camera' ? stream.pc : own;
            });
        return own ?? subscribe.connection(key);
    };
    const media = store.get().streams[key];
    const name = media ? store.get().users[media.userId]?.name || media.username : store.get().me.name;

    const unit = (/** @type {number | null} */ value, /** @type {string} */ name) => value === null ? '' :
        new Intl.NumberFormat(language(), {style: 'unit', unit: name, maximumFractionDigits: 0}).format(value);
    const rate = (/** @type {number | null} */ bits) => unit(bits === null ? null : bits / 1000, 'kilobit-per-second');
    const join = (/** @type {string[]} */ ...parts) => parts.filter(Boolean).join(' · ');

    const list = h('dl', {class: 'details'});
    const none = h('p', {class: 'hint'}, t('details.none'));
    /** @type {[string, any][]} */
    let before = [];
    let open = true;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const show = async () => {
        const pc = connection();
        /** @type {[string, any][]} */
        const now = pc ? [...await pc.getStats()] : [];
        if (!open)
            return;
        const {pictures, sound, loss, roundTrip, jitter, way, transport} = readDetails(now, before);
        before = now;
        /** @type {[string, string][]} */
        const rows = [];
        for (const {width, height, rate: frames, bits, codec} of pictures)
            rows.push([t('details.picture'), join(isolated(`${width} × ${height}`), t('details.frames', {count: frames}), rate(bits), codec)]);
        if (sound)
            rows.push([t('details.sound'), join(rate(sound.bits), sound.codec)]);
        if (loss !== null)
            rows.push([t('details.loss'), new Intl.NumberFormat(language(), {style: 'percent', maximumFractionDigits: 1}).format(loss)]);
        if (roundTrip !== null)
            rows.push([t('details.roundTrip'), unit(roundTrip * 1000, 'millisecond')]);
        if (jitter !== null)
            rows.push([t('details.jitter'), unit(jitter * 1000, 'millisecond')]);
        if (way)
            rows.push([t('details.way'), join(t(`details.way.${way}`), transport.toUpperCase())]);
        list.replaceChildren(...rows.flatMap(([term, text]) => [h('dt', null, term), h('dd', null, text)]));
        none.hidden = rows.length > 0;
        timer = setTimeout(refresh, interval);
    };
    const refresh = () => {
        show().catch(e => {
            // The stream has ended meanwhile; what was shown stays.
            log.note('details', e);
        });
    };
    refresh();
    return openDialog({
        title: t('details.title', {name: name || t('people.anonymous')}), class: 'dialog-small',
        body: h('div', {class: 'dialog-body', tabIndex: 0, 'data-details': key}, list, none),
        onclose() {
            open = false;
            clearTimeout(timer);
            closed();
        },
    });
}
