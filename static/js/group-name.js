/**
 * Names of groups as people type them.
 */

/**
 * Understands what was typed or pasted: a name, or the address of a group on
 * this server.
 *
 * @param {string} text
 * @param {string} base URL of the directory that has `group/` in it
 * @returns {{url: URL, name: string} | null} the page of the group and its name, or
 *     null if that cannot be a group
 */
export function parseGroup(text, base) {
    const trimmed = text.trim();
    const prefix = new URL('group/', base);
    if (/^https?:/i.test(trimmed))
        return parseAddress(trimmed, prefix);

    const name = trimmed.replace(/\/{2,}/g, '/').replace(/^\/|\/$/g, '');
    return validName(name) ? {url: new URL(pathOf(name), prefix), name} : null;
}

/**
 * @param {string} text
 * @param {URL} prefix
 * @returns {{url: URL, name: string} | null}
 */
function parseAddress(text, prefix) {
    if (!URL.canParse(text))
        return null;
    const url = new URL(text);
    if (url.origin !== prefix.origin || !url.pathname.startsWith(prefix.pathname))
        return null;
    let name;
    try {
        name = decodeURIComponent(url.pathname.slice(prefix.pathname.length)).replace(/\/+$/, '');
    } catch {
        return null;
    }
    if (!validName(name))
        return null;
    const result = new URL(pathOf(name), prefix);
    result.search = url.search;
    return {url: result, name};
}

/**
 * Whether the server could know a group of this name.
 *
 * @param {string} name
 * @returns {boolean}
 */
function validName(name) {
    return name !== '' && !name.includes('\\') &&
        name.split('/').every(part => part !== '' && !part.startsWith('.'));
}

/**
 * @param {string} name
 * @returns {string} relative URL of the group's page
 */
function pathOf(name) {
    return name.split('/').map(encodeURIComponent).join('/') + '/';
}

/**
 * The address of a group's status.
 *
 * @param {URL} page of the group
 * @returns {URL}
 */
export function statusOf(page) {
    const url = new URL('.status', page);
    url.search = '';
    return url;
}
