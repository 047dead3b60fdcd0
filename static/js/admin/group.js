/**
 * A group: its name, and tabs for all that belongs to it.
 */

import {t} from '../core/i18n.js';
import {h} from '../ui/kit/dom.js';
import {icon} from '../ui/kit/icon.js';
import {statsView} from '../pages/statsview.js';
import {invitationsView} from './invitations.js';
import {keysView} from './keys.js';
import {groupURL} from './links.js';
import {formatRoute, tabs} from './route.js';
import {settingsView} from './settings.js';
import {usersView} from './users.js';

/** @typedef {import('./route.js').Tab} Tab */

/** @type {Record<Tab, string>} */
const icons = {settings: 'settings', users: 'users', invitations: 'ticket', keys: 'key', people: 'activity'};

/** @type {Record<Tab, import('./context.js').View>} */
const views = {
    settings: settingsView, users: usersView, invitations: invitationsView, keys: keysView,
    people: (host, context, route) => statsView(host, {only: route.group}),
};

/** @type {import('./context.js').View} */
export function groupView(host, context, route) {
    const everything = context.account.group === null;
    const {group, tab} = /** @type {{group: string, tab: Tab}} */ (route);
    // Only the server's administrators may see who is connected.
    const shown = tabs.filter(name => everything || name !== 'people');
    const body = h('div', {class: 'admin-body'});
    const view = h('div', {class: 'admin-view'},
        everything && h('a', {class: 'back', href: formatRoute({view: 'groups'})},
            icon('arrow-left'), t('admin.groups.all')),
        h('div', {class: 'admin-heading'},
            h('h1', {dir: 'auto', tabIndex: -1}, group),
            h('a', {class: 'button', href: groupURL(group), target: '_blank', rel: 'noreferrer'},
              icon('external-link'), t('admin.group.open'))),
        h('nav', {class: 'admin-tabs', 'aria-label': group}, shown.map(name => h('a', {
            href: formatRoute({view: 'group', group, tab: name}), class: 'admin-tab',
            'aria-current': name === tab ? 'page' : null,
        }, icon(icons[name]), t(`admin.tab.${name}`)))),
        body);
    host.append(view);
    const close = views[shown.includes(tab) ? tab : 'settings'](body, context, route);
    return () => {
        close();
        view.remove();
    };
}
