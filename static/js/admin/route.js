/**
 * Where one is on the page: the fragment of the address, so that the buttons of
 * the browser work and places can be bookmarked.
 */

/** @typedef {'settings' | 'users' | 'invitations' | 'keys' | 'people'} Tab */
/** @typedef {{view: 'groups' | 'people' | 'tokens' | 'relays'} | {view: 'group', group: string, tab: Tab}} Route */

/** The tabs of a group, in order. */
export const tabs = /** @type {readonly Tab[]} */ (['settings', 'users', 'invitations', 'keys', 'people']);

/**
 * @param {string} hash with its sign
 * @returns {Route} the list of groups if there is no such place
 */
export function parseRoute(hash) {
    const [view, name, tab] = hash.replace(/^#\/?/, '').split('/');
    if (view === 'people' || view === 'tokens' || view === 'relays')
        return {view};
    if (view !== 'group' || !name)
        return {view: 'groups'};
    try {
        return {view, group: decodeURIComponent(name), tab: tabs.find(known => known === tab) ?? 'settings'};
    } catch {
        return {view: 'groups'};
    }
}

/**
 * @param {Route} route
 * @returns {string} with its sign
 */
export function formatRoute(route) {
    if (route.view !== 'group')
        return `#/${route.view}`;
    return `#/group/${encodeURIComponent(route.group)}/${route.tab}`;
}
