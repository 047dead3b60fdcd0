/**
 * What the server says about a group before anybody joins.
 *
 * @typedef {object} GroupStatus
 * @property {string} name
 * @property {string} endpoint URL of the WebSocket
 * @property {string} location URL of the group
 * @property {string} [displayName]
 * @property {string} [description]
 * @property {string} [redirect]
 * @property {string} [authServer]
 * @property {string} [authPortal]
 * @property {boolean} [canChangePassword]
 * @property {boolean} [locked]
 * @property {number} [clientCount]
 */

export class StatusError extends Error {
    /**
     * @param {number} status HTTP status; 0 if the server could not be reached
     * @param {unknown} [cause]
     */
    constructor(status, cause) {
        super(`cannot read the status of the group: ${status || cause}`, {cause});
        this.name = 'StatusError';
        this.status = status;
    }
}

/**
 * @param {URL} group address of the group, ending in a slash
 * @param {typeof fetch} [get]
 * @returns {Promise<GroupStatus>}
 */
export async function fetchStatus(group, get = fetch) {
    /** @type {Response} */
    let response;
    try {
        response = await get(new URL('.status', group), {cache: 'no-store'});
    } catch (e) {
        throw new StatusError(0, e);
    }
    if (!response.ok)
        throw new StatusError(response.status);
    /** @type {unknown} */
    let status;
    try {
        status = await response.json();
    } catch (e) {
        throw new StatusError(response.status, e);
    }
    if (typeof status !== 'object' || status === null || !('name' in status) || typeof status.name !== 'string')
        throw new StatusError(response.status, 'not a status');
    const fallback = new URL('/ws', group);
    fallback.protocol = fallback.protocol === 'http:' ? 'ws:' : 'wss:';
    return /** @type {GroupStatus} */ ({endpoint: fallback.href, location: group.href, ...status});
}
