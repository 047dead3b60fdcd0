/**
 * Shows the statistics of the server: totals, and a table for each group. They are
 * fetched again every few seconds, as long as somebody can see them.
 */

import {getStats} from '../../management.mjs';
import {language, t} from '../core/i18n.js';
import {arrange, attribute, h, setText} from '../ui/kit/dom.js';
import {icon} from '../ui/kit/icon.js';
import {textButton} from '../ui/kit/button.js';
import {gradeOf, search, sortRows, summarise} from './statistics.js';

/** @typedef {import('./statistics.js').GroupRows} GroupRows */
/** @typedef {import('./statistics.js').SortKey} SortKey */

/** Seconds between two fetches; 0 is never. */
const intervals = [2, 5, 15, 60, 0];

/** What matters most comes first: on narrow screens the last ones are out of sight. */
const columns = /** @type {[string, SortKey | null][]} */ ([
    ['person', 'person'], ['direction', 'direction'], ['bitrate', 'bitrate'], ['loss', 'loss'], ['rtt', 'rtt'],
    ['stream', null], ['layer', null],
]);

/** @type {(key: SortKey | null) => boolean} */
const isNumber = key => key === 'bitrate' || key === 'loss' || key === 'rtt';

/** @param {Intl.NumberFormatOptions} options */
const formatter = options => new Intl.NumberFormat(language(), options);

/** @returns what writes numbers with their units in the language of now */
function units() {
    const kilo = formatter({style: 'unit', unit: 'kilobit-per-second', maximumFractionDigits: 0});
    const mega = formatter({style: 'unit', unit: 'megabit-per-second', maximumFractionDigits: 1});
    const percent = formatter({style: 'percent', maximumFractionDigits: 1});
    const ms = formatter({style: 'unit', unit: 'millisecond', maximumFractionDigits: 0});
    const plain = formatter({maximumFractionDigits: 0});
    return {
        rate: (/** @type {number} */ n) => n < 1e6 ? kilo.format(n / 1e3) : mega.format(n / 1e6),
        percent: (/** @type {number} */ n) => percent.format(n),
        delay: (/** @type {number | null} */ rtt, /** @type {number | null} */ jitter) =>
            rtt === null && jitter === null ? '' :
                rtt === null ? `± ${ms.format(jitter ?? 0)}` :
                    jitter === null ? ms.format(rtt) : `${plain.format(rtt)} ± ${ms.format(jitter)}`,
        count: (/** @type {number} */ n) => plain.format(n),
    };
}

/**
 * @param {HTMLElement} host
 * @param {{only?: string, signIn?: string}} [options] `only` is the one group to show, `signIn`
 *     the address where whoever is refused may sign in
 * @returns {() => void} stops and removes it
 */
export function statsView(host, {only, signIn} = {}) {
    /** @type {GroupRows[] | null} */
    let groups = null;
    let problem = '';
    let sortKey = /** @type {SortKey} */ ('person');
    let descending = false;
    let interval = 5;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    let closed = false;
    let fetching = false;
    /** @type {Date | null} */
    let fetched = null;
    /** The section of each group, and what it shows. */
    const sections = /** @type {Map<string, {section: HTMLElement, update: (group: GroupRows) => void}>} */ (new Map());

    const totals = h('dl', {class: 'totals'});
    const filter = h('input', {
        class: 'input', type: 'search', id: 'stats-search', autocomplete: 'off',
        placeholder: t('stats.search'), on: {input: () => show()},
    });
    const every = h('select', {
        class: 'input', id: 'stats-interval',
        on: {
            change() {
                interval = Number(every.value);
                schedule();
            },
        },
    }, intervals.map(n => h('option', {value: String(n), selected: n === interval},
        n === 0 ? t('stats.never') : formatter({style: 'unit', unit: 'second', unitDisplay: 'long'}).format(n))));
    const again = textButton({label: t('stats.refresh'), icon: 'refresh-cw', run: () => refresh()});
    const when = h('p', {class: 'hint stats-when'});
    const reason = h('span');
    // With nothing to show, these are the ways on; the browser asks for a name and a password.
    const link = signIn ? h('a', {class: 'button', href: signIn}, t('stats.signIn')) : null;
    const retry = textButton({label: t('landing.retry'), run: () => refresh()});
    const notice = h('div', {class: 'notice notice-danger', role: 'alert', hidden: true},
        icon('triangle-alert'), reason, link, retry);
    const list = h('div', {class: 'stats-groups'});
    const empty = h('p', {class: 'empty', role: 'status', hidden: true});
    // Until there is something to show, a browser may be asking for a name and a password.
    const toolbar = h('div', {class: 'toolbar', hidden: true},
        h('div', {class: 'filter'}, h('label', {class: 'visually-hidden', for: 'stats-search'}, t('stats.search')),
          icon('search'), filter),
        h('div', {class: 'toolbar-field'}, h('label', {for: 'stats-interval'}, t('stats.every')), every),
        again);
    const view = h('div', {class: 'stats'}, toolbar, notice, totals, when, list, empty);
    host.append(view);

    async function refresh() {
        clearTimeout(timer);
        if (fetching)
            return;
        fetching = true;
        attribute(view, 'aria-busy', true);
        try {
            groups = (await getStats()).filter(({name}) => only === undefined || name === only).map(summarise);
            fetched = new Date();
            problem = '';
        } catch (error) {
            const {status} = /** @type {{status?: number}} */ (error);
            problem = status === 401 || status === 403 ? 'stats.forbidden' : status ? 'stats.failed' : 'stats.unreachable';
        }
        fetching = false;
        if (closed)
            return;
        attribute(view, 'aria-busy', null);
        show();
        schedule();
    }

    function schedule() {
        clearTimeout(timer);
        // After a refusal the browser would ask for a password again and again.
        if (interval > 0 && problem !== 'stats.forbidden' && !document.hidden)
            timer = setTimeout(refresh, interval * 1000);
    }

    function show() {
        notice.hidden = !problem;
        setText(reason, problem && t(problem));
        toolbar.hidden = !groups;
        retry.hidden = Boolean(groups);
        if (link)
            link.hidden = problem !== 'stats.forbidden';
        if (!groups)
            return;
        const unit = units();
        const sum = (/** @type {(group: GroupRows) => number} */ of) =>
            /** @type {GroupRows[]} */ (groups).reduce((total, group) => total + of(group), 0);
        showTotals([
            ['stats.groups', unit.count(groups.length)],
            ['stats.people', unit.count(sum(group => group.people))],
            ['stats.received', unit.rate(sum(group => group.up))],
            ['stats.sent', unit.rate(sum(group => group.down))],
        ]);
        setText(when, fetched ? t('stats.updated', {
            time: new Intl.DateTimeFormat(language(), {timeStyle: 'medium'}).format(fetched),
        }) : '');

        const found = search(groups, filter.value);
        for (const name of [...sections.keys()]) {
            if (!found.some(group => group.name === name))
                sections.delete(name);
        }
        arrange(list, found.map(group => {
            let entry = sections.get(group.name);
            if (!entry)
                sections.set(group.name, entry = groupSection(group.name));
            entry.update(group);
            return entry.section;
        }));
        empty.hidden = found.length > 0;
        setText(empty, found.length > 0 ? '' : t(groups.length > 0 ? 'stats.noMatch' : 'stats.noGroups'));
    }

    /** @param {[string, string][]} values key of the label, and value */
    function showTotals(values) {
        if (totals.childElementCount === 0)
            totals.append(...values.map(([key]) => h('div', {class: 'total'}, h('dt', null, t(key)), h('dd'))));
        values.forEach(([, value], i) =>
            setText(/** @type {Element} */ (totals.children[i]?.lastElementChild), value));
    }

    /** @param {string} name */
    function groupSection(name) {
        const heading = h('h2', {dir: 'auto'}, name);
        const summary = h('p', {class: 'hint'});
        const body = h('tbody');
        const heads = columns.map(([column, key]) => h('th', {scope: 'col', class: isNumber(key) ? 'number' : ''},
            key ? sortButton(column, key) : t(`stats.column.${column}`)));
        const table = h('div', {class: 'table-scroll', tabIndex: 0, role: 'region', 'aria-label': name},
            h('table', {class: 'table'}, h('thead', null, h('tr', null, heads)), body));
        const nobody = h('p', {class: 'hint'}, t('stats.nobody'));
        const section = h('section', {class: 'card stats-group'},
            h('div', {class: 'stats-heading'}, heading, summary), table, nobody);
        return {
            section,
            update(/** @type {GroupRows} */ group) {
                const unit = units();
                setText(summary, t('stats.summary', {
                    people: t('stats.persons', {count: group.people}), up: unit.rate(group.up), down: unit.rate(group.down),
                }));
                table.hidden = group.rows.length === 0;
                nobody.hidden = group.rows.length > 0;
                columns.forEach(([, key], i) => attribute(/** @type {Element} */ (heads[i]), 'aria-sort',
                    key === sortKey ? descending ? 'descending' : 'ascending' : null));
                body.replaceChildren(...sortRows(group.rows, sortKey, descending, language()).map(row => tableRow(row, unit)));
            },
        };
    }

    /**
     * @param {string} column
     * @param {SortKey} key
     */
    function sortButton(column, key) {
        return h('button', {
            type: 'button', class: 'sort',
            on: {
                click() {
                    descending = sortKey === key ? !descending : isNumber(key);
                    sortKey = key;
                    show();
                },
            },
        }, t(`stats.column.${column}`), icon('chevron-up', 'sort-icon'));
    }

    /**
     * @param {import('./statistics.js').Row} row
     * @param {ReturnType<typeof units>} unit
     */
    function tableRow(row, unit) {
        const grade = gradeOf(row.loss);
        // Cells of a narrow screen stand below each other, and say what they are.
        const cell = (/** @type {string} */ column, /** @type {string} */ kind, /** @type {import('../ui/kit/dom.js').Child[]} */ ...content) =>
            h('td', {class: kind, 'data-label': t(`stats.column.${column}`)}, content);
        return h('tr', null,
            h('th', {scope: 'row', dir: 'auto', title: row.client}, row.person),
            h('td', null, row.direction && h('span', {class: 'direction'},
                icon(row.direction === 'up' ? 'upload' : 'download'), t(`stats.${row.direction}`))),
            cell('bitrate', 'number', row.bitrate === null ? '' : unit.rate(row.bitrate),
                 row.limit !== null && h('span', {class: 'limit'}, ` / ${unit.rate(row.limit)}`)),
            cell('loss', `number loss-${grade}`, grade !== 'good' && icon('triangle-alert'),
                 row.loss === null ? '' : unit.percent(row.loss)),
            cell('rtt', 'number', unit.delay(row.rtt, row.jitter)),
            cell('stream', 'identifier', row.stream && h('bdi', {dir: 'ltr', title: row.stream}, row.stream.slice(0, 8))),
            cell('layer', '', row.layer && h('bdi', {dir: 'ltr'}, row.layer)));
    }

    const visible = () => {
        if (document.hidden)
            clearTimeout(timer);
        else if (interval > 0 && problem !== 'stats.forbidden')
            refresh();
    };
    document.addEventListener('visibilitychange', visible);
    refresh();

    return () => {
        closed = true;
        clearTimeout(timer);
        document.removeEventListener('visibilitychange', visible);
        view.remove();
    };
}
