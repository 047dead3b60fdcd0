/**
 * The groups that were visited with this browser: kept in it only, under a key of their own,
 * for the landing page.
 *
 * @typedef {object} Visit
 * @property {string} name of the group
 * @property {string} title as it was shown
 * @property {number} time of the last visit, in milliseconds since 1970
 */

const key = 'visits';

/** So many are kept. */
export const most = 8;

/** @returns {Storage | null} null if the browser forbids storage */
function storage() {
    try {
        return localStorage;
    } catch {
        return null;
    }
}

/**
 * @param {string | null | undefined} text as stored
 * @returns {Visit[]} the latest first; what cannot be read is left out
 */
export function parseVisits(text) {
    try {
        const list = JSON.parse(text ?? '[]');
        return (Array.isArray(list) ? list : []).filter(visit => typeof visit?.name === 'string' && visit.name !== '' &&
            typeof visit.title === 'string' && typeof visit.time === 'number').slice(0, most);
    } catch {
        return [];
    }
}

/** @returns {Visit[]} the latest first */
export function visits() {
    return parseVisits(storage()?.getItem(key));
}

/** @param {Visit[]} list */
function store(list) {
    try {
        if (list.length > 0)
            storage()?.setItem(key, JSON.stringify(list.slice(0, most)));
        else
            storage()?.removeItem(key);
    } catch {
        // Storage is full: nothing is remembered.
    }
}

/** @param {Visit} visit */
export function remember(visit) {
    store([visit, ...visits().filter(({name}) => name !== visit.name)]);
}

/** @param {string} [name] of one group; all if left out */
export function forgetVisits(name) {
    store(name === undefined ? [] : visits().filter(visit => visit.name !== name));
}
