/**
 * The groups of the server: a list, and a new one.
 */

import {createGroup, getStats, listGroups} from '../../management.mjs';
import {parseGroup} from '../group-name.js';
import {t} from '../core/i18n.js';
import {h} from '../ui/kit/dom.js';
import {textButton} from '../ui/kit/button.js';
import {icon} from '../ui/kit/icon.js';
import {failureText} from './failures.js';
import {field, problemNotice, uniqueId} from './fields.js';
import {formDialog} from './formdialog.js';
import {formatRoute} from './route.js';

/** Rows that are shown at first, and with each further step. */
const step = 100;

/** @type {import('./context.js').View} */
export function groupsView(host, context) {
    /** @type {string[] | null} */
    let names = null;
    let people = /** @type {Map<string, number>} */ (new Map());
    let most = step;
    let closed = false;

    const problem = problemNotice();
    const filter = h('input', {
        class: 'input', type: 'search', id: 'groups-search', autocomplete: 'off', placeholder: t('admin.groups.search'),
        on: {
            input() {
                most = step;
                show();
            },
        },
    });
    const list = h('ul', {class: 'rows'});
    const empty = h('p', {class: 'empty', role: 'status', hidden: true});
    const more = textButton({
        label: t('admin.more'), kind: 'quiet',
        run() {
            const next = most;
            most += step;
            show();
            list.children[next]?.querySelector('a')?.focus();
        },
    });
    const view = h('div', {class: 'admin-view'},
        h('div', {class: 'toolbar'},
            h('div', {class: 'filter'}, h('label', {class: 'visually-hidden', for: filter.id}, t('admin.groups.search')),
              icon('search'), filter),
            textButton({label: t('admin.groups.new'), icon: 'plus', kind: 'primary', run: () => newGroup(context)})),
        problem.element, list, more, empty);
    host.append(view);

    function show() {
        if (!names)
            return;
        const words = filter.value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
        const found = names.filter(name => words.every(word => name.toLocaleLowerCase().includes(word)));
        list.replaceChildren(...found.slice(0, most).map(name => {
            const inside = people.get(name) ?? 0;
            return h('li', null, h('a', {class: 'row', href: formatRoute({view: 'group', group: name, tab: 'settings'})},
                h('span', {class: 'row-text', dir: 'auto'}, name),
                inside > 0 && h('span', {class: 'state state-busy'}, icon('users'), t('landing.people', {count: inside})),
                icon('chevron-right')));
        }));
        more.hidden = found.length <= most;
        empty.hidden = found.length > 0;
        empty.textContent = found.length > 0 ? '' : t(names.length > 0 ? 'admin.groups.noMatch' : 'admin.groups.none');
    }
    more.hidden = true;

    listGroups().then(async found => {
        names = found;
        if (closed)
            return;
        show();
        const stats = await getStats();
        people = new Map(stats.map(({name, clients}) => [name, clients?.length ?? 0]));
        if (!closed)
            show();
    }).catch(error => {
        if (!closed && !context.expired(error))
            problem.show(failureText(error));
    });
    return () => {
        closed = true;
        view.remove();
    };
}

/** @param {import('./context.js').Context} context */
function newGroup(context) {
    const input = h('input', {
        class: 'input', type: 'text', dir: 'auto', id: uniqueId('group-name'), autocomplete: 'off', autocapitalize: 'none',
        spellcheck: false, maxLength: 1000,
    });
    const name = field(input, {label: t('landing.name'), hint: t('admin.groups.nameHint')});
    const display = h('input', {class: 'input', type: 'text', id: uniqueId('group-title'), autocomplete: 'off', maxLength: 200});
    let group = '';
    formDialog(context, {
        title: t('admin.groups.new'), button: t('admin.create'),
        fields: [name.element, field(display, {label: t('admin.field.displayName'), hint: t('admin.hint.displayName')}).element],
        async send() {
            const parsed = input.value.includes(':') ? null : parseGroup(input.value, document.baseURI);
            name.complain(parsed ? '' : t(input.value.trim() ? 'admin.groups.badName' : 'password.missing'));
            if (!parsed)
                return false;
            group = parsed.name;
            await createGroup(group, display.value.trim() ? {displayName: display.value.trim()} : {});
            return true;
        },
        explain: error => error?.status === 412 ? t('admin.groups.exists') : '',
        done() {
            context.say(t('admin.groups.created', {group}));
            context.go({view: 'group', group, tab: 'users'});
        },
    });
}
