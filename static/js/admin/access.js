/**
 * Users and invitations: what people may do, what an invitation is good for, new
 * passwords. Pure functions, but for randomness.
 */

import {language, t} from '../core/i18n.js';

/** Names of sets of permissions, from the most to the least. */
export const permissionSets = ['op', 'present', 'message', 'caption', 'observe', 'admin'];

/** Single permissions. */
export const permissions = ['op', 'present', 'message', 'caption', 'token', 'record', 'admin'];

/**
 * Permissions in words.
 *
 * @param {string[]} names
 * @returns {string}
 */
export const permissionsText = names => new Intl.ListFormat(language(), {type: 'unit'})
    .format(names.map(name => permissions.includes(name) ? t(`admin.may.${name}`) : name));

/**
 * The set that the permissions of a user are, if they are given as such.
 *
 * @param {string | string[] | undefined | null} value
 * @returns {string} name of a set; "observe" if there are none, "custom" if they are single ones
 */
export function setOf(value) {
    if (typeof value === 'string')
        return value;
    return value && value.length > 0 ? 'custom' : 'observe';
}

/**
 * @param {{expires?: string, 'not-before'?: string}} token
 * @param {number} now
 * @returns {'valid' | 'expired' | 'later' | 'unusable'} "unusable" if it has no end
 */
export function stateOf(token, now) {
    if (!token.expires)
        return 'unusable';
    if (Date.parse(token.expires) <= now)
        return 'expired';
    return token['not-before'] && Date.parse(token['not-before']) > now ? 'later' : 'valid';
}

// Without those that look alike.
const letters = 'abcdefghijkmnpqrstuvwxyz23456789';

/**
 * A password that can be read out: 16 letters and digits in four groups, 80 bits.
 *
 * @returns {string}
 */
export function generatePassword() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, byte => letters[byte % letters.length]).join('').replace(/.{4}(?=.)/g, '$&-');
}

/**
 * A key with which tokens can be signed: HS256.
 *
 * @returns {{kty: string, alg: string, kid: string, k: string}}
 */
export function generateKey() {
    const text = (/** @type {number} */ n) =>
        btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(n))))
            .replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    return {kty: 'oct', alg: 'HS256', kid: text(6), k: text(32)};
}

/**
 * The keys in a text.
 *
 * @param {string} text a set of keys, a single one, or an array of them, in JSON
 * @returns {Record<string, unknown>[] | null} null if it is none of these
 */
export function parseKeys(text) {
    try {
        const value = JSON.parse(text);
        const keys = Array.isArray(value) ? value : Array.isArray(value?.keys) ? value.keys : [value];
        return keys.length > 0 && keys.every((/** @type {any} */ key) => typeof key?.kty === 'string') ? keys : null;
    } catch {
        return null;
    }
}

/**
 * Calls a function for each item, at most a few at a time.
 *
 * @template T, U
 * @param {T[]} items
 * @param {(item: T) => Promise<U>} f
 * @param {number} [most]
 * @returns {Promise<U[]>} in the order of the items
 */
export async function each(items, f, most = 6) {
    /** @type {U[]} */
    const results = [];
    const queue = items.entries();
    const work = async () => {
        for (const [i, item] of queue)
            results[i] = await f(item);
    };
    await Promise.all(Array.from({length: Math.min(most, items.length)}, work));
    return results;
}
