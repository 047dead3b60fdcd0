/**
 * The users of a group: who they are, what they may do, their passwords.
 */

import {deleteUser, getUser, listUsers} from '../../management.mjs';
import {t} from '../core/i18n.js';
import {h} from '../ui/kit/dom.js';
import {textButton} from '../ui/kit/button.js';
import {confirm} from '../ui/kit/dialog.js';
import {icon} from '../ui/kit/icon.js';
import {avatar} from '../ui/avatar.js';
import {each, permissionsText, setOf} from './access.js';
import {failureText} from './failures.js';
import {problemNotice} from './fields.js';
import {editUser, newUser, passwordDialog} from './userdialogs.js';

/** Rows that are shown at first, and with each further step. */
const step = 50;

/**
 * A user, or one of the two that stand for others.
 *
 * @typedef {{name: string, wildcard: boolean, permissions: string | string[] | undefined, etag: string | null}} User
 */

/**
 * What a user is called on the page.
 *
 * @param {{name: string, wildcard: boolean}} user
 * @returns {string}
 */
export function titleOf({name, wildcard}) {
    return wildcard ? t('admin.users.others') : name || t('admin.users.nameless');
}

/** @param {User['permissions']} value */
export function roleText(value) {
    return setOf(value) === 'custom' ?
        permissionsText(/** @type {string[]} */ (value)) :
        t(`admin.role.${setOf(value)}`);
}

/**
 * @param {string} group
 * @param {string} name
 * @param {boolean} wildcard
 * @returns {Promise<User | null>} null if there is none
 */
async function read(group, name, wildcard) {
    try {
        const {etag, data} = await getUser(group, name, wildcard);
        return {name, wildcard, permissions: data.permissions, etag};
    } catch (error) {
        if (/** @type {any} */ (error)?.status === 404)
            return null;
        throw error;
    }
}

/** @type {import('./context.js').View} */
export function usersView(host, context, {group}) {
    let closed = false;
    let most = step;
    /** @type {string[]} */
    let names = [];
    const problem = problemNotice();
    const list = h('ul', {class: 'rows', 'aria-labelledby': 'users-title'});
    const special = h('ul', {class: 'rows', 'aria-labelledby': 'others-title'});
    const empty = h('p', {class: 'empty', role: 'status', hidden: true}, t('admin.users.none'));
    const filter = h('input', {
        class: 'input', type: 'search', id: 'users-search', autocomplete: 'off', placeholder: t('admin.users.search'),
        on: {
            input() {
                most = step;
                show();
            },
        },
    });
    const more = textButton({
        label: t('admin.more'), kind: 'quiet',
        run() {
            most += step;
            show();
        },
    });
    more.hidden = true;
    const view = h('div', {class: 'admin-view'},
        h('div', {class: 'toolbar'},
            h('div', {class: 'filter'}, h('label', {class: 'visually-hidden', for: filter.id}, t('admin.users.search')),
              icon('search'), filter),
            textButton({label: t('admin.users.new'), icon: 'user-plus', kind: 'primary', run: () => newUser(context, group, {name: null, wildcard: false}, load)})),
        problem.element,
        h('h2', {id: 'users-title', class: 'visually-hidden'}, t('admin.tab.users')), list, more, empty,
        h('section', {class: 'admin-section'},
            h('h2', {id: 'others-title'}, t('admin.users.special')), h('p', {class: 'hint'}, t('admin.users.specialHint')), special));
    host.append(view);

    const fail = (/** @type {unknown} */ error) => {
        if (!closed && !context.expired(error))
            problem.show(failureText(error));
    };

    async function load() {
        try {
            problem.show('');
            names = (await listUsers(group)).filter(name => name !== '');
            await show();
            const [wildcard, nameless] = await Promise.all([read(group, '', true), read(group, '', false)]);
            if (closed)
                return;
            special.replaceChildren(wildcard ? row(wildcard) : absent('', true), nameless ? row(nameless) : absent('', false));
        } catch (error) {
            fail(error);
        }
    }

    let turn = 0;
    async function show() {
        const now = ++turn;
        const search = filter.value.toLocaleLowerCase().trim();
        const found = names.filter(name => name.toLocaleLowerCase().includes(search));
        try {
            const users = await each(found.slice(0, most), name => read(group, name, false));
            if (closed || now !== turn)
                return;
            const focused = document.activeElement?.closest('[data-user]')?.getAttribute('data-user');
            list.replaceChildren(...users.flatMap(user => user ? [row(user)] : []));
            [...list.children].find(item => item.getAttribute('data-user') === focused)?.querySelector('button')?.focus();
            more.hidden = found.length <= most;
            empty.hidden = found.length > 0;
            empty.textContent = t(names.length > 0 ? 'admin.users.noMatch' : 'admin.users.none');
        } catch (error) {
            fail(error);
        }
    }

    /** @param {User} user */
    function row(user) {
        const title = titleOf(user);
        const named = (/** @type {string} */ label) => ({'aria-label': `${label}: ${title}`});
        return h('li', {class: 'row', 'data-user': user.wildcard ? '*' : user.name},
            user.wildcard || !user.name ? h('span', {class: 'row-icon'}, icon(user.wildcard ? 'globe' : 'circle-user')) :
                avatar(user.name, 'avatar-small'),
            h('span', {class: 'row-text'}, h('bdi', null, title), h('span', {class: 'hint row-detail'}, roleText(user.permissions))),
            h('span', {class: 'row-buttons'},
                textButton({label: t('admin.edit'), icon: 'pencil', props: named(t('admin.edit')), run: () => editUser(context, group, user, load)}),
                textButton({label: t('admin.login.password'), icon: 'key', props: named(t('admin.login.password')),
                    run: () => passwordDialog(context, group, user, load)}),
                textButton({label: t('admin.delete'), icon: 'trash-2', props: named(t('admin.delete')), run: () => remove(user)})));
    }

    /**
     * The row of somebody who does not exist.
     *
     * @param {string} name
     * @param {boolean} wildcard
     */
    function absent(name, wildcard) {
        return h('li', {class: 'row', 'data-user': wildcard ? '*' : name},
            h('span', {class: 'row-icon'}, icon(wildcard ? 'globe' : 'circle-user')),
            h('span', {class: 'row-text'}, titleOf({name, wildcard}),
                h('span', {class: 'hint row-detail'}, t('admin.users.refused'))),
            h('span', {class: 'row-buttons'},
                textButton({label: t('admin.users.let'), icon: 'plus', props: {'aria-label': `${t('admin.users.let')}: ${titleOf({name, wildcard})}`},
                    run: () => newUser(context, group, {name, wildcard}, load)})));
    }

    /** @param {User} user */
    function remove(user) {
        const name = titleOf(user);
        confirm({
            title: t('admin.users.delete'), text: t('admin.users.deleteSure', {name}), label: t('admin.delete'),
            async run() {
                try {
                    await deleteUser(group, user.name, user.wildcard);
                    context.say(t('admin.users.deleted', {name}));
                } catch (error) {
                    fail(error);
                    return;
                }
                await load();
            },
        });
    }

    load();
    return () => {
        closed = true;
        view.remove();
    };
}
