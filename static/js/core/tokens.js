/**
 * Invitations: stateful tokens that the server keeps. Requests are answered in
 * order, by user messages to us alone.
 */

/**
 * @typedef {object} Token
 * @property {string} token
 * @property {string} [group]
 * @property {string} [username]
 * @property {string[] | null} [permissions]
 * @property {string} [expires]
 * @property {string} [not-before]
 * @property {string} [issuedBy]
 */

/** What the server has against a request, in its words. */
export class TokenError extends Error {
    /** @param {string} message */
    constructor(message) {
        super(message);
        this.name = 'TokenError';
    }
}

/** @type {Record<string, number>} units in milliseconds; a month has 31 days */
const units = {
    s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000, mon: 31 * 86_400_000, yr: 365 * 86_400_000,
};

/** How long an invitation is valid if nothing else is said, in milliseconds. */
export const usual = /** @type {number} */ (units.d);

/**
 * When something expires: a number with a unit, or a date.
 *
 * @param {string} text such as "2d" or "2026-12-24"
 * @param {number} now
 * @returns {Date | null} null if it is neither
 */
export function parseExpiration(text, now) {
    const match = text.trim().match(/^(\d+(?:\.\d+)?)\s*([a-z]+)$/);
    const unit = match?.[2] !== undefined && Object.hasOwn(units, match[2]) ? units[match[2]] : undefined;
    const time = match && unit !== undefined ? now + Number(match[1]) * unit :
        /^\d{4}-\d\d-\d\d/.test(text.trim()) ? Date.parse(text.trim()) : NaN;
    const date = new Date(time);
    return Number.isNaN(date.getTime()) ? null : date;
}

/**
 * The token in a link, or the token itself.
 *
 * @param {string} text
 * @returns {string}
 */
export function tokenOf(text) {
    try {
        return new URL(text).searchParams.get('token') ?? text;
    } catch {
        return text;
    }
}

/**
 * The permissions that somebody with these may hand on, and which of them are
 * usual.
 *
 * @param {string[]} own
 * @returns {{permission: string, usual: boolean}[]}
 */
export function grantable(own) {
    return ['present', 'message', 'record', 'token', 'op', 'caption']
        .filter(permission => own.includes(permission))
        .map(permission => ({permission, usual: permission === 'present' || permission === 'message'}));
}

/**
 * @param {Token} token
 * @param {number} now
 * @returns {boolean}
 */
export function expired(token, now) {
    return token.expires !== undefined && Date.parse(token.expires) <= now;
}

/** @typedef {ReturnType<typeof createTokens>} Tokens */

/** @param {{store: import('./state.js').StateStore, session: import('./session.js').Session}} options */
export function createTokens({store, session}) {
    /** @typedef {{resolve: (value: any) => void, reject: (e: TokenError) => void}} Waiting */
    /** @type {Record<string, Waiting[]>} */
    const waiting = {token: [], tokenlist: []};

    for (const kind of Object.keys(waiting)) {
        session.on(kind, ({privileged, error, value}) => {
            // Only the server answers; whoever else sends this is not believed.
            const next = privileged ? waiting[kind]?.shift() : undefined;
            if (error)
                next?.reject(new TokenError(typeof value === 'string' ? value : error));
            else
                next?.resolve(value);
        });
    }
    store.subscribe(state => state.connection.state, state => {
        if (state === 'joined')
            return;
        for (const list of Object.values(waiting)) {
            for (const {reject} of list.splice(0))
                reject(new TokenError('connection lost'));
        }
    });

    /**
     * @param {'token' | 'tokenlist'} answer
     * @param {string} action
     * @param {unknown} [data]
     * @returns {Promise<any>}
     */
    const request = (answer, action, data) => new Promise((resolve, reject) => {
        if (session.groupAction(action, data ?? null))
            waiting[answer]?.push({resolve, reject});
        else
            reject(new TokenError('not connected'));
    });

    return {
        /**
         * @param {{username?: string, expires: Date, permissions: string[]}} invitation
         * @returns {Promise<Token>}
         */
        make: ({username, expires, permissions}) => request('token', 'maketoken', {
            group: store.get().group.name, ...username ? {username} : {}, permissions,
            expires: expires.toISOString(),
        }),

        /**
         * @param {string} token
         * @param {Date} expires
         * @returns {Promise<Token>}
         */
        extend: (token, expires) => request('token', 'edittoken', {token, expires: expires.toISOString()}),

        /**
         * @param {string} token
         * @returns {Promise<Token>}
         */
        revoke: token => request('token', 'edittoken', {token, expires: -1000}),

        /** @returns {Promise<Token[]>} */
        list: () => request('tokenlist', 'listtokens'),

        /**
         * The address that lets somebody in.
         *
         * @param {string} token
         * @returns {string}
         */
        link(token) {
            const url = new URL(session.location());
            url.searchParams.set('token', token);
            return url.href;
        },
    };
}
