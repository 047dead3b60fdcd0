/**
 * Who is at work: an administrator of the server, or of one group. Credentials are
 * kept in memory only, by management.js.
 */

import {getGroup, listGroups, useCredentials} from '../../management.mjs';

/**
 * @typedef {object} Account
 * @property {string} name as it is shown; empty for a token
 * @property {string | null} group the only group that may be administered; null for all
 */

/** @typedef {{username: string, password: string} | {token: string}} Credentials */

/**
 * Signs in, by reading what the administrator may read.
 *
 * @param {Credentials} credentials
 * @param {string} group empty for the whole server
 * @returns {Promise<Account>} rejects as management.js does
 */
export async function signIn(credentials, group) {
    useCredentials(credentials);
    try {
        if (group)
            await getGroup(group);
        else
            await listGroups();
    } catch (error) {
        useCredentials(null);
        throw error;
    }
    return {name: 'username' in credentials ? credentials.username : '', group: group || null};
}

/** Forgets the credentials. */
export function signOut() {
    useCredentials(null);
}
