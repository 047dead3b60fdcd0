/**
 * The TURN servers that clients are told: whether each could be used when the server
 * last tried it.
 */

import {getRelays} from '../../management.mjs';
import {language, t} from '../core/i18n.js';
import {textButton} from '../ui/kit/button.js';
import {h} from '../ui/kit/dom.js';
import {icon} from '../ui/kit/icon.js';
import {failureText} from './failures.js';
import {problemNotice} from './fields.js';

/** @typedef {Awaited<ReturnType<typeof getRelays>>[number]} Relay */

/**
 * @param {Relay} relay
 * @returns {string} how it went
 */
function resultText({ok, error, rtt = 0, total = 0}) {
    if (!ok)
        return t('admin.relays.failed', {text: error ?? ''});
    const ms = new Intl.NumberFormat(language(), {style: 'unit', unit: 'millisecond', maximumFractionDigits: 1});
    return t('admin.relays.works', {rtt: ms.format(rtt), total: ms.format(total)});
}

/** @param {Relay} relay */
function row(relay) {
    const time = new Intl.DateTimeFormat(language(), {dateStyle: 'medium', timeStyle: 'short'}).format(new Date(relay.time));
    return h('li', {class: 'row', 'data-state': relay.ok ? 'works' : 'failed'},
        h('span', {class: 'row-icon'}, icon(relay.ok ? 'circle-check' : 'circle-x')),
        h('span', {class: 'row-text'}, h('bdi', {dir: 'ltr'}, relay.url),
            h('span', {class: 'hint row-detail'}, resultText(relay)),
            h('span', {class: 'hint row-detail'}, t('admin.relays.tried', {date: time}))));
}

/** @type {import('./context.js').View} */
export function relaysView(host, context) {
    let closed = false;
    const problem = problemNotice();
    const list = h('ul', {class: 'rows', 'aria-label': t('admin.view.relays')});
    const empty = h('p', {class: 'empty', role: 'status', hidden: true}, t('admin.relays.none'));
    const view = h('div', {class: 'admin-view'},
        h('div', {class: 'toolbar'}, h('p', {class: 'hint toolbar-text'}, t('admin.relays.hint')),
            textButton({label: t('stats.refresh'), icon: 'refresh-cw', run: load})),
        problem.element, list, empty);
    host.append(view);

    async function load() {
        try {
            const relays = await getRelays();
            if (closed)
                return;
            problem.show('');
            list.replaceChildren(...relays.map(row));
            empty.hidden = relays.length > 0;
        } catch (error) {
            if (!closed && !context.expired(error))
                problem.show(failureText(error));
        }
    }

    load();
    return () => {
        closed = true;
        view.remove();
    };
}
