/**
 * What the address of the page says: which group, and with which parameters.
 */

/**
 * @typedef {object} Parameters
 * @property {string | null} token of an invitation
 * @property {string | null} username
 * @property {boolean} audio false to start with the microphone off
 * @property {boolean} video false to start with the camera off
 * @property {string | null} theme
 * @property {string | null} lang
 * @property {string | null} layout
 * @property {boolean} chat false to leave the chat closed
 * @property {boolean} join join at once if nothing must be asked
 */

/**
 * Reads the parameters of an address; unknown ones are ignored.
 *
 * @param {URL} url
 * @returns {Parameters}
 */
export function parameters(url) {
    const query = url.searchParams;
    return {
        token: query.get('token') || null,
        username: query.get('username') || null,
        audio: query.get('audio') !== 'off',
        video: query.get('video') !== 'off',
        theme: query.get('theme'),
        lang: query.get('lang'),
        layout: query.get('layout'),
        chat: query.get('chat') !== 'off',
        join: query.get('join') === '1',
    };
}

/**
 * The address without what is secret or personal in it.
 *
 * @param {URL} url
 * @returns {URL}
 */
export function withoutSecrets(url) {
    const result = new URL(url);
    result.searchParams.delete('token');
    result.searchParams.delete('username');
    return result;
}

/**
 * The address of a group, without parameters, ending in a slash.
 *
 * @param {URL} url of the page
 * @returns {URL}
 */
export function groupURL(url) {
    const result = new URL(url);
    result.search = '';
    result.hash = '';
    if (!result.pathname.endsWith('/'))
        result.pathname += '/';
    return result;
}

/**
 * The name of the group that a path belongs to, for use when the server does not
 * say.
 *
 * @param {string} pathname
 * @returns {string} empty if there is none
 */
export function groupName(pathname) {
    const match = pathname.match(/\/group\/(.+?)\/?$/);
    if (!match?.[1])
        return '';
    try {
        return decodeURIComponent(match[1]);
    } catch {
        return match[1];
    }
}

/**
 * Whether an address that the server told us to go to may be visited.
 *
 * @param {string} address
 * @param {string} base
 * @returns {string | null} the absolute address, or null
 */
export function safeDestination(address, base) {
    try {
        const url = new URL(address, base);
        return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
    } catch {
        return null;
    }
}

/** The address of the landing page, wherever the server keeps its files. */
export const home = new URL('../../', import.meta.url).href;
