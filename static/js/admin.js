/**
 * The administration of a server in the browser: signing in, and the views that
 * the address chooses among.
 */

import {signOut} from './admin/account.js';
import {groupView} from './admin/group.js';
import {groupsView} from './admin/groups.js';
import {invitationsView} from './admin/invitations.js';
import {loginView} from './admin/login.js';
import {relaysView} from './admin/relays.js';
import {formatRoute, parseRoute} from './admin/route.js';
import {t} from './core/i18n.js';
import {element, startPage} from './pages/page.js';
import {statsView} from './pages/statsview.js';
import {textButton} from './ui/kit/button.js';
import {createAnnouncer} from './ui/kit/announce.js';
import {h} from './ui/kit/dom.js';
import {icon} from './ui/kit/icon.js';

/** @typedef {import('./admin/context.js').Context} Context */
/** @typedef {import('./admin/route.js').Route} Route */

const main = element('admin', HTMLElement);
const announcer = createAnnouncer(document.body);
const flash = h('div', {class: 'flash', hidden: true}, icon('circle-check'), h('span', {dir: 'auto'}));
document.body.append(flash);

/** @type {import('./admin/account.js').Account | null} */
let account = null;
let lastName = '';
let lastGroup = new URL(location.href).searchParams.get('group') ?? '';
/** @type {import('./admin/context.js').Drafts} */
const drafts = new Map();
/** @type {(() => void) | null} takes away what is shown */
let close = null;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let timer;

/** @param {string} text */
function say(text) {
    announcer.polite(text);
    clearTimeout(timer);
    /** @type {Element} */ (flash.lastElementChild).textContent = text;
    flash.hidden = false;
    timer = setTimeout(() => {
        flash.hidden = true;
    }, 6000);
}

/** @param {Route} route */
function go(route) {
    if (formatRoute(route) === location.hash)
        show(true);
    else
        location.hash = formatRoute(route);
}

/**
 * Leaves, for good or until one has signed in again.
 *
 * @param {string} reason
 */
function leave(reason) {
    signOut();
    account = null;
    document.querySelector('dialog[open]')?.remove();
    login(reason);
}

/** @param {string} [reason] */
function login(reason = '') {
    close?.();
    document.title = t('admin.pageTitle');
    close = loginView(main, {
        group: lastGroup, username: lastName, reason,
        done(signedIn) {
            if (lastName !== signedIn.name || lastGroup !== (signedIn.group ?? ''))
                drafts.clear();
            account = signedIn;
            lastName = signedIn.name;
            lastGroup = signedIn.group ?? '';
            show(true);
        },
    });
}

/**
 * Shows what the address says.
 *
 * @param {boolean} focus moves the focus to its heading
 */
function show(focus) {
    if (!account) {
        login();
        return;
    }
    close?.();
    const {group: only} = account;
    let route = parseRoute(location.hash);
    if (only !== null && (route.view !== 'group' || route.group !== only)) {
        route = {view: 'group', group: only, tab: 'settings'};
        history.replaceState(null, '', formatRoute(route));
    }
    /** @type {Context} */
    const context = {
        account, drafts, say, go,
        expired(error) {
            if (error?.status !== 401)
                return false;
            leave(t('admin.failure.signedOut'));
            return true;
        },
    };
    const body = h('div', {class: 'admin-view'});
    const bar = h('div', {class: 'account'},
        only === null && h('nav', {class: 'account-nav', 'aria-label': t('admin.title')},
            /** @type {const} */ (['groups', 'people', 'tokens', 'relays']).map(view => h('a', {
                href: formatRoute({view}), class: 'admin-tab',
                'aria-current': view === route.view || view === 'groups' && route.view === 'group' ? 'page' : null,
            }, icon({groups: 'layout-grid', people: 'activity', tokens: 'key', relays: 'network'}[view]), t(`admin.view.${view}`)))),
        h('span', {class: 'account-name'}, icon('circle-user'), h('bdi', null, account.name || t('admin.login.token'))),
        textButton({label: t('admin.signOut'), icon: 'log-out', kind: 'quiet', run: signOutByHand}));
    main.append(bar, body);
    if (route.view !== 'group')
        body.append(h('h1', {tabIndex: -1}, t(`admin.view.${route.view}`)));
    const closeView = {
        groups: groupsView, tokens: invitationsView, relays: relaysView, group: groupView,
        people: (/** @type {HTMLElement} */ host) => statsView(host),
    }[route.view](body, context, route);
    document.title = `${route.view === 'group' ? route.group : t(`admin.view.${route.view}`)} – ${t('admin.title')}`;
    if (focus)
        main.querySelector('h1')?.focus();
    close = () => {
        closeView();
        bar.remove();
        body.remove();
    };
}

function signOutByHand() {
    drafts.clear();
    leave('');
}

addEventListener('hashchange', () => {
    document.querySelector('dialog[open]')?.remove();
    show(true);
});
addEventListener('beforeunload', event => {
    if (drafts.size > 0)
        event.preventDefault();
});

await startPage(() => show(false), {catalogues: ['admin', 'call']});
