// management.js: client library for the administrative interface of the
// server, under /galene-api/v0/.
//
// Every function is asynchronous, acts on the server that the page comes from,
// and relies on the browser for credentials, which asks the user for a name and a
// password the first time, unless useCredentials has been called. A request that fails rejects with an Error that
// names the status and has it as `status`. docs/client.md describes the library
// for authors of programs.
//
// It is a classic script that may also be imported for its side effect: the
// names in the list at the end are published on globalThis. Names that begin
// with an underscore are internal.

'use strict';

/**
 * What a group is like, without its users, keys and passwords. Times are
 * written as in RFC 3339.
 *
 * @typedef {Object} GroupDescription
 * @property {string} [displayName] shown instead of the name
 * @property {string} [description] shown on the landing page
 * @property {string} [contact]
 * @property {string} [comment]
 * @property {boolean} [public] listed on the landing page
 * @property {string} [redirect] URL to go to instead
 * @property {number} [max-clients] 0 means no limit
 * @property {number} [max-history-age] seconds
 * @property {string} [not-before] time from which one may join
 * @property {string} [expires] time until which one may join
 * @property {boolean} [allow-recording]
 * @property {boolean} [unrestricted-tokens] whoever may present may invite
 * @property {boolean} [auto-subgroups]
 * @property {boolean} [autolock]
 * @property {boolean} [autokick]
 * @property {string} [authServer]
 * @property {string} [authPortal]
 * @property {string[]} [codecs]
 */

/**
 * @typedef {Object} UserDescription
 * @property {string | string[]} [permissions] "op", "present", "message", "observe",
 *     "caption" or "admin", or an array of single permissions
 */

/**
 * An invitation. The server fills in nothing: a token without `expires` is
 * unusable.
 *
 * @typedef {Object} TokenDescription
 * @property {string} [token] the token itself; only in what the server sends
 * @property {string} [group] only in what the server sends
 * @property {boolean} [includeSubgroups]
 * @property {string} [username] forces that name
 * @property {string[] | null} [permissions]
 * @property {string} [expires]
 * @property {string} [not-before]
 * @property {string} [issuedAt]
 * @property {string} [issuedBy]
 */

/**
 * A password as it is stored, for those who do not want to send it in clear.
 *
 * @typedef {{type: string, key?: string, hash?: string, salt?: string, iterations?: number}} PasswordValue
 */

/**
 * @typedef {Object} TrackStatistics
 * @property {number} [sid] current and highest spatial layer, of tracks to the client
 * @property {number} [maxSid]
 * @property {number} [tid] current and highest temporal layer
 * @property {number} [maxTid]
 * @property {number} bitrate bits per second
 * @property {number} [maxBitrate] bits per second
 * @property {number} loss fraction, from 0 to 1
 * @property {number} [rtt] milliseconds
 * @property {number} [jitter] milliseconds
 */

/**
 * @typedef {{id: string, maxBitrate?: number, tracks: TrackStatistics[] | null}} ConnectionStatistics
 * @typedef {{id: string, username?: string, up?: ConnectionStatistics[], down?: ConnectionStatistics[]}} ClientStatistics
 * @typedef {{name: string, clients?: ClientStatistics[]}} GroupStatistics
 */

/**
 * How the last test of a TURN server went.
 *
 * @typedef {Object} RelayResult
 * @property {string} url as clients are told
 * @property {string} time when it was tested
 * @property {boolean} ok whether a message went there and back
 * @property {number} [rtt] how long that took, in milliseconds
 * @property {number} [total] with setting up, in milliseconds
 * @property {string} [error] why it failed
 */

/**
 * @template T
 * @typedef {{etag: string | null, data: T}} Tagged
 */

/**
 * The failure that a response stands for.
 *
 * @param {Response} response
 * @param {string} [detail] what the server says about it
 * @returns {Error & {status: number, detail: string}}
 */
function httpError(response, detail = '') {
    const status = `${response.status} ${response.statusText}`.trim();
    const error = new Error(`The server returned ${detail ? `${status}: ${detail}` : status}`);
    return Object.assign(error, {status: response.status, detail});
}

/**
 * The path of a name. Names that the server could not tell from a path of its own
 * are refused here, lest a request go to something else.
 *
 * @param {string} name of a group or a user
 * @returns {string}
 */
function _namePath(name) {
    const parts = name.split('/');
    if (parts.some((part, i) => part.startsWith('.') || part === '' && (i === 0 || i < parts.length - 1)))
        throw new RangeError(`this name cannot be used: ${JSON.stringify(name)}`);
    return parts.map(encodeURIComponent).join('/');
}

/**
 * @param {string} [group] all groups if it is missing
 * @returns {string} ends in a slash only if it is that of all groups
 */
function _groupURL(group) {
    return `/galene-api/v0/.groups/${group === undefined ? '' : _namePath(group.replace(/\/$/, ''))}`;
}

/**
 * The address of a user.
 *
 * @param {string} group
 * @param {string} user '' for the user without a name
 * @param {boolean} [wildcard] true for the wildcard user
 * @returns {string}
 */
function userURL(group, user, wildcard) {
    const base = _groupURL(group);
    if (wildcard)
        return `${base}/.wildcard-user`;
    return user === '' ? `${base}/.empty-user` : `${base}/.users/${_namePath(user)}`;
}

/**
 * @param {string} group '' for tokens of the whole server
 * @param {string} [token] all tokens if it is missing
 * @returns {string}
 */
function _tokenURL(group, token) {
    const base = group === '' ? '/galene-api/v0/.groups' : _groupURL(group);
    if (token === '' || token?.includes('/') || token?.startsWith('.'))
        throw new RangeError('this is not a token');
    return `${base}/.tokens/${token === undefined ? '' : encodeURIComponent(token)}`;
}

/**
 * What requests are sent with; null leaves it to the browser.
 *
 * @type {string | null}
 */
let _authorization = null;

/**
 * Says with what to authenticate from now on, so that the browser does not ask.
 * They are kept in memory only.
 *
 * @param {{username: string, password: string} | {token: string} | null} credentials
 *     null leaves it to the browser again
 */
function useCredentials(credentials) {
    if (credentials === null)
        _authorization = null;
    else if ('token' in credentials)
        _authorization = `Bearer ${credentials.token}`;
    else
        _authorization = _basic(credentials.username, credentials.password);
}

/**
 * Sends a request.
 *
 * @param {string} method
 * @param {string} url
 * @param {{headers?: Record<string, string>, type?: string, body?: string, json?: unknown, credentials?: RequestCredentials}} [options]
 *     either `json`, or `body` and `type`
 * @returns {Promise<Response>} also a 304, but no other failure
 */
async function _request(method, url, {headers = {}, type, body, json, credentials} = {}) {
    /** @type {RequestInit} */
    const init = {method, headers: {Accept: 'application/json, application/problem+json', ...headers}, cache: 'no-store'};
    if (credentials)
        init.credentials = credentials;
    if (_authorization !== null && !('Authorization' in headers)) {
        init.headers = {...init.headers, Authorization: _authorization};
        // Else the browser would ask for others when these are wrong.
        init.credentials = 'omit';
    }
    if (json !== undefined) {
        type ??= 'application/json';
        body = JSON.stringify(json);
    }
    if (body !== undefined) {
        init.headers = {...init.headers, 'Content-Type': type ?? 'text/plain'};
        init.body = body;
    }
    const response = await fetch(url, init);
    if (response.ok || response.status === 304)
        return response;
    throw httpError(response, await _detail(response));
}

/**
 * What a failed response says for people to read.
 *
 * @param {Response} response
 * @returns {Promise<string>} empty if it says nothing
 */
async function _detail(response) {
    const type = response.headers.get('Content-Type') ?? '';
    try {
        if (/^application\/(?:[\w.-]+\+)?json\b/i.test(type)) {
            const problem = await response.json();
            return String(problem?.detail || problem?.title || '');
        }
        return /^text\/plain\b/i.test(type) ? (await response.text()).trim().slice(0, 500) : '';
    } catch {
        return '';
    }
}

/**
 * Merges: null deletes a member, any other value replaces it.
 *
 * @param {Record<string, any>} old
 * @param {Record<string, any>} values
 * @returns {Record<string, any>}
 */
function _merge(old, values) {
    return Object.fromEntries(Object.entries({...old, ...values})
        .filter(([, value]) => value !== null && value !== undefined));
}

/**
 * Lists what there is at an address.
 *
 * @param {string} url
 * @returns {Promise<any[]>} empty if there is nothing
 */
async function listObjects(url) {
    return await (await _request('GET', url)).json() ?? [];
}

/**
 * Creates an object, unless it exists already (status 412).
 *
 * @param {string} url
 * @param {object} [values]
 * @returns {Promise<void>}
 */
async function createObject(url, values = {}) {
    await _request('PUT', url, {headers: {'If-None-Match': '*'}, json: values});
}

/**
 * Reads an object.
 *
 * @param {string} url
 * @param {string | null} [etag] tag of what one has already
 * @returns {Promise<Tagged<any>>} without data if that has not changed
 */
async function getObject(url, etag) {
    const response = await _request('GET', url, etag ? {headers: {'If-None-Match': etag}} : {});
    if (response.status === 304)
        return {etag: etag ?? null, data: undefined};
    return {etag: response.headers.get('ETag'), data: await response.json()};
}

/**
 * Deletes an object.
 *
 * @param {string} url
 * @param {string | null} [etag] delete only this version, else status 412
 * @returns {Promise<void>}
 */
async function deleteObject(url, etag) {
    await _request('DELETE', url, etag ? {headers: {'If-Match': etag}} : {});
}

/**
 * Changes an object: reads it, merges, and writes it back unless somebody else
 * has changed it meanwhile. In that case it starts again, unless a version was
 * demanded.
 *
 * @param {string} url
 * @param {Record<string, any>} values null deletes a member; members that are absent are kept
 * @param {string | null} [etag] change only this version, else status 412
 * @returns {Promise<void>}
 */
async function updateObject(url, values, etag) {
    for (let attempt = 1; ; attempt++) {
        const old = await getObject(url);
        const tag = etag || old.etag;
        try {
            await _request('PUT', url, {headers: tag ? {'If-Match': tag} : {}, json: _merge(old.data, values)});
            return;
        } catch (error) {
            if (etag || attempt === 4 || /** @type {any} */ (error)?.status !== 412)
                throw error;
        }
    }
}

/**
 * The names of all groups that have a definition.
 *
 * @returns {Promise<string[]>}
 */
async function listGroups() {
    return listObjects(_groupURL());
}

/**
 * @param {string} group
 * @param {string | null} [etag] tag of what one has already
 * @returns {Promise<Tagged<GroupDescription>>} without data if that has not changed
 */
async function getGroup(group, etag) {
    return getObject(_groupURL(group), etag);
}

/**
 * Creates a group, unless it exists already (status 412).
 *
 * @param {string} group
 * @param {GroupDescription} [values]
 * @returns {Promise<void>}
 */
async function createGroup(group, values) {
    return createObject(_groupURL(group), values);
}

/**
 * Changes a group.
 *
 * @param {string} group
 * @param {{[K in keyof GroupDescription]: GroupDescription[K] | null}} values null deletes
 *     a member; members that are absent are kept
 * @param {string | null} [etag] change only this version, else status 412
 * @returns {Promise<void>}
 */
async function updateGroup(group, values, etag) {
    return updateObject(_groupURL(group), values, etag);
}

/**
 * @param {string} group
 * @param {string | null} [etag] delete only this version, else status 412
 * @returns {Promise<void>}
 */
async function deleteGroup(group, etag) {
    return deleteObject(_groupURL(group), etag);
}

/**
 * Replaces the keys with which tokens of the group may be signed.
 *
 * @param {string} group
 * @param {object[]} keys JSON web keys; none removes them all
 * @returns {Promise<void>}
 */
async function setKeys(group, keys) {
    const url = `${_groupURL(group)}/.keys`;
    if (keys.length === 0)
        return deleteObject(url);
    await _request('PUT', url, {type: 'application/jwk-set+json', json: {keys}});
}

/**
 * The names of the users of a group.
 *
 * @param {string} group
 * @returns {Promise<string[]>}
 */
async function listUsers(group) {
    return listObjects(`${_groupURL(group)}/.users/`);
}

/**
 * @param {string} group
 * @param {string} user '' for the user without a name
 * @param {boolean} [wildcard] true for the wildcard user
 * @param {string | null} [etag] tag of what one has already
 * @returns {Promise<Tagged<UserDescription>>} without data if that has not changed
 */
async function getUser(group, user, wildcard, etag) {
    return getObject(userURL(group, user, wildcard), etag);
}

/**
 * Creates a user, unless it exists already (status 412). It cannot log in before
 * setPassword.
 *
 * @param {string} group
 * @param {string} user
 * @param {boolean} wildcard
 * @param {UserDescription} [values]
 * @returns {Promise<void>}
 */
async function createUser(group, user, wildcard, values) {
    return createObject(userURL(group, user, wildcard), values);
}

/**
 * Changes a user; the password stays.
 *
 * @param {string} group
 * @param {string} user
 * @param {boolean} wildcard
 * @param {{permissions?: UserDescription['permissions'] | null}} values
 * @param {string | null} [etag] change only this version, else status 412
 * @returns {Promise<void>}
 */
async function updateUser(group, user, wildcard, values, etag) {
    return updateObject(userURL(group, user, wildcard), values, etag);
}

/**
 * @param {string} group
 * @param {string} user
 * @param {boolean} [wildcard]
 * @param {string | null} [etag] delete only this version, else status 412
 * @returns {Promise<void>}
 */
async function deleteUser(group, user, wildcard, etag) {
    return deleteObject(userURL(group, user, wildcard), etag);
}

/**
 * The value of an Authorization header.
 *
 * @param {string} user
 * @param {string} password
 * @returns {string}
 */
function _basic(user, password) {
    const bytes = new TextEncoder().encode(`${user}:${password}`);
    return `Basic ${btoa(Array.from(bytes, byte => String.fromCharCode(byte)).join(''))}`;
}

/**
 * Sets a password. A text is sent to the server, which stores a hash of it; an
 * object is stored as it is.
 *
 * @param {string} group
 * @param {string} user
 * @param {boolean} wildcard
 * @param {string | PasswordValue} password
 * @param {string} [oldPassword] proves that one is the user; without it the
 *     browser's credentials count
 * @returns {Promise<void>}
 */
async function setPassword(group, user, wildcard, password, oldPassword) {
    const url = `${userURL(group, user, wildcard)}/.password`;
    /** @type {Parameters<typeof _request>[2]} */
    const options = {};
    if (oldPassword !== undefined && oldPassword !== null) {
        options.headers = {Authorization: _basic(user, oldPassword)};
        // Else the browser would ask for other credentials when these are wrong.
        options.credentials = 'omit';
    }
    if (typeof password === 'string')
        await _request('POST', url, {...options, type: 'text/plain', body: password});
    else
        await _request('PUT', url, {...options, json: password});
}

/**
 * Takes the password away: the user cannot log in any more.
 *
 * @param {string} group
 * @param {string} user
 * @param {boolean} [wildcard]
 * @returns {Promise<void>}
 */
async function deletePassword(group, user, wildcard) {
    return deleteObject(`${userURL(group, user, wildcard)}/.password`);
}

/**
 * The tokens of a group, those that expire first before the others; getToken
 * tells what they are.
 *
 * @param {string} group '' for tokens of the whole server
 * @returns {Promise<string[]>}
 */
async function listTokens(group) {
    return listObjects(_tokenURL(group));
}

/**
 * @param {string} group
 * @param {string} token
 * @param {string | null} [etag] tag of what one has already
 * @returns {Promise<Tagged<TokenDescription>>} without data if that has not changed
 */
async function getToken(group, token, etag) {
    return getObject(_tokenURL(group, token), etag);
}

/**
 * Makes a new token.
 *
 * @param {string} group
 * @param {TokenDescription} template without `token` and `group`
 * @returns {Promise<string | null>} its location: its last part is the token
 */
async function createToken(group, template) {
    const response = await _request('POST', _tokenURL(group), {json: template});
    return response.headers.get('Location');
}

/**
 * Changes a token.
 *
 * @param {string} group
 * @param {string | TokenDescription} token its name, or a description with the name in it
 * @param {{[K in keyof TokenDescription]: TokenDescription[K] | null} | string | null} [values] null
 *     deletes a member; may be left out after a description
 * @param {string | null} [etag] change only this version, else status 412
 * @returns {Promise<void>}
 */
async function updateToken(group, token, values, etag) {
    const name = typeof token === 'string' ? token : token.token ?? '';
    const changes = {
        ...(typeof token === 'string' ? {} : token),
        ...(typeof values === 'string' ? {} : values),
        token: null, group: null,
    };
    return updateObject(_tokenURL(group, name), changes, typeof values === 'string' ? values : etag);
}

/**
 * @param {string} group
 * @param {string} token
 * @param {string | null} [etag] delete only this version, else status 412
 * @returns {Promise<void>}
 */
async function deleteToken(group, token, etag) {
    return deleteObject(_tokenURL(group, token), etag);
}

/**
 * Who is connected, and how well.
 *
 * @returns {Promise<GroupStatistics[]>}
 */
async function getStats() {
    return listObjects('/galene-api/v0/.stats');
}

/**
 * Whether the TURN servers that clients are told could be used when the server last
 * tested them.
 *
 * @returns {Promise<RelayResult[]>} empty before the first test has ended, and on servers
 *     that do not test them
 */
async function getRelays() {
    try {
        return await listObjects('/galene-api/v0/.relays');
    } catch (error) {
        // Not every server has this resource.
        if (/** @type {any} */ (error)?.status === 404)
            return [];
        throw error;
    }
}

// A page may load this file both as a classic script and as a module: what runs first is
// what both use, lest credentials be given to one of them only.
Object.assign(globalThis, /** @type {any} */ (globalThis)[Symbol.for('galene management.js')] ??= {
    httpError,
    listObjects,
    createObject,
    getObject,
    deleteObject,
    updateObject,
    userURL,
    useCredentials,
    listGroups,
    getGroup,
    createGroup,
    updateGroup,
    deleteGroup,
    setKeys,
    listUsers,
    getUser,
    createUser,
    updateUser,
    deleteUser,
    setPassword,
    deletePassword,
    listTokens,
    getToken,
    createToken,
    updateToken,
    deleteToken,
    getStats,
    getRelays,
});
