/**
 * What a password must be like, and what is wrong when it could not be changed.
 */

/** Characters that a new password has at least. */
export const minimum = 8;

/** Bytes that the hash which the server makes can take in. */
const maximum = 72;

/**
 * @param {string} password
 * @returns {boolean} whether the server could not take all of it
 */
export function tooLong(password) {
    return new TextEncoder().encode(password).length > maximum;
}

/**
 * What to tell the user about a failed change of the own password.
 *
 * @param {any} error of setPassword
 * @returns {{field?: 'group' | 'username' | 'old', key: string, detail: string}} key of a text; `field`
 *     if the text belongs to one
 */
export function problemOf(error) {
    const detail = String(error?.detail ?? '');
    if (error instanceof RangeError)
        return {field: 'username', key: 'password.badName', detail};
    switch (error?.status) {
    case undefined: return {key: 'password.network', detail};
    case 401: return {field: 'old', key: 'password.wrong', detail};
    case 403: return {key: 'password.readOnly', detail};
    case 404: return {field: 'username', key: 'password.nobody', detail};
    case 429: return {key: 'password.later', detail};
    default: return detail ? {key: 'password.says', detail} : {key: 'password.failed', detail};
    }
}
