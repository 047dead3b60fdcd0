type GroupDescription = {
    /**
     * shown instead of the name
     */
    displayName?: string;
    /**
     * shown on the landing page
     */
    description?: string;
    contact?: string;
    comment?: string;
    /**
     * listed on the landing page
     */
    public?: boolean;
    /**
     * URL to go to instead
     */
    redirect?: string;
    /**
     * 0 means no limit
     */
    "max-clients"?: number;
    /**
     * seconds
     */
    "max-history-age"?: number;
    /**
     * time from which one may join
     */
    "not-before"?: string;
    /**
     * time until which one may join
     */
    expires?: string;
    "allow-recording"?: boolean;
    /**
     * whoever may present may invite
     */
    "unrestricted-tokens"?: boolean;
    "auto-subgroups"?: boolean;
    autolock?: boolean;
    autokick?: boolean;
    authServer?: string;
    authPortal?: string;
    codecs?: string[];
};
type UserDescription = {
    /**
     * "op", "present", "message", "observe",
     * "caption" or "admin", or an array of single permissions
     */
    permissions?: string | string[];
};
type TokenDescription = {
    /**
     * the token itself; only in what the server sends
     */
    token?: string;
    /**
     * only in what the server sends
     */
    group?: string;
    includeSubgroups?: boolean;
    /**
     * forces that name
     */
    username?: string;
    permissions?: string[] | null;
    expires?: string;
    "not-before"?: string;
    issuedAt?: string;
    issuedBy?: string;
};
type PasswordValue = {
    type: string;
    key?: string;
    hash?: string;
    salt?: string;
    iterations?: number;
};
type TrackStatistics = {
    /**
     * current and highest spatial layer, of tracks to the client
     */
    sid?: number;
    maxSid?: number;
    /**
     * current and highest temporal layer
     */
    tid?: number;
    maxTid?: number;
    /**
     * bits per second
     */
    bitrate: number;
    /**
     * bits per second
     */
    maxBitrate?: number;
    /**
     * fraction, from 0 to 1
     */
    loss: number;
    /**
     * milliseconds
     */
    rtt?: number;
    /**
     * milliseconds
     */
    jitter?: number;
};
type ConnectionStatistics = {
    id: string;
    maxBitrate?: number;
    tracks: TrackStatistics[] | null;
};
type ClientStatistics = {
    id: string;
    username?: string;
    up?: ConnectionStatistics[];
    down?: ConnectionStatistics[];
};
type GroupStatistics = {
    name: string;
    clients?: ClientStatistics[];
};
type RelayResult = {
    /**
     * as clients are told
     */
    url: string;
    /**
     * when it was tested
     */
    time: string;
    /**
     * whether a message went there and back
     */
    ok: boolean;
    /**
     * how long that took, in milliseconds
     */
    rtt?: number;
    /**
     * with setting up, in milliseconds
     */
    total?: number;
    /**
     * why it failed
     */
    error?: string;
};
type Tagged<T> = {
    etag: string | null;
    data: T;
};
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
declare function httpError(response: Response, detail?: string): Error & {
    status: number;
    detail: string;
};
/**
 * The path of a name. Names that the server could not tell from a path of its own
 * are refused here, lest a request go to something else.
 *
 * @param {string} name of a group or a user
 * @returns {string}
 */
declare function _namePath(name: string): string;
/**
 * @param {string} [group] all groups if it is missing
 * @returns {string} ends in a slash only if it is that of all groups
 */
declare function _groupURL(group?: string): string;
/**
 * The address of a user.
 *
 * @param {string} group
 * @param {string} user '' for the user without a name
 * @param {boolean} [wildcard] true for the wildcard user
 * @returns {string}
 */
declare function userURL(group: string, user: string, wildcard?: boolean): string;
/**
 * @param {string} group '' for tokens of the whole server
 * @param {string} [token] all tokens if it is missing
 * @returns {string}
 */
declare function _tokenURL(group: string, token?: string): string;
/**
 * What requests are sent with; null leaves it to the browser.
 *
 * @type {string | null}
 */
declare let _authorization: string | null;
/**
 * Says with what to authenticate from now on, so that the browser does not ask.
 * They are kept in memory only.
 *
 * @param {{username: string, password: string} | {token: string} | null} credentials
 *     null leaves it to the browser again
 */
declare function useCredentials(credentials: {
    username: string;
    password: string;
} | {
    token: string;
} | null): void;
/**
 * Sends a request.
 *
 * @param {string} method
 * @param {string} url
 * @param {{headers?: Record<string, string>, type?: string, body?: string, json?: unknown, credentials?: RequestCredentials}} [options]
 *     either `json`, or `body` and `type`
 * @returns {Promise<Response>} also a 304, but no other failure
 */
declare function _request(method: string, url: string, { headers, type, body, json, credentials }?: {
    headers?: Record<string, string>;
    type?: string;
    body?: string;
    json?: unknown;
    credentials?: RequestCredentials;
}): Promise<Response>;
/**
 * What a failed response says for people to read.
 *
 * @param {Response} response
 * @returns {Promise<string>} empty if it says nothing
 */
declare function _detail(response: Response): Promise<string>;
/**
 * Merges: null deletes a member, any other value replaces it.
 *
 * @param {Record<string, any>} old
 * @param {Record<string, any>} values
 * @returns {Record<string, any>}
 */
declare function _merge(old: Record<string, any>, values: Record<string, any>): Record<string, any>;
/**
 * Lists what there is at an address.
 *
 * @param {string} url
 * @returns {Promise<any[]>} empty if there is nothing
 */
declare function listObjects(url: string): Promise<any[]>;
/**
 * Creates an object, unless it exists already (status 412).
 *
 * @param {string} url
 * @param {object} [values]
 * @returns {Promise<void>}
 */
declare function createObject(url: string, values?: object): Promise<void>;
/**
 * Reads an object.
 *
 * @param {string} url
 * @param {string | null} [etag] tag of what one has already
 * @returns {Promise<Tagged<any>>} without data if that has not changed
 */
declare function getObject(url: string, etag?: string | null): Promise<Tagged<any>>;
/**
 * Deletes an object.
 *
 * @param {string} url
 * @param {string | null} [etag] delete only this version, else status 412
 * @returns {Promise<void>}
 */
declare function deleteObject(url: string, etag?: string | null): Promise<void>;
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
declare function updateObject(url: string, values: Record<string, any>, etag?: string | null): Promise<void>;
/**
 * The names of all groups that have a definition.
 *
 * @returns {Promise<string[]>}
 */
declare function listGroups(): Promise<string[]>;
/**
 * @param {string} group
 * @param {string | null} [etag] tag of what one has already
 * @returns {Promise<Tagged<GroupDescription>>} without data if that has not changed
 */
declare function getGroup(group: string, etag?: string | null): Promise<Tagged<GroupDescription>>;
/**
 * Creates a group, unless it exists already (status 412).
 *
 * @param {string} group
 * @param {GroupDescription} [values]
 * @returns {Promise<void>}
 */
declare function createGroup(group: string, values?: GroupDescription): Promise<void>;
/**
 * Changes a group.
 *
 * @param {string} group
 * @param {{[K in keyof GroupDescription]: GroupDescription[K] | null}} values null deletes
 *     a member; members that are absent are kept
 * @param {string | null} [etag] change only this version, else status 412
 * @returns {Promise<void>}
 */
declare function updateGroup(group: string, values: { [K in keyof GroupDescription]: GroupDescription[K] | null; }, etag?: string | null): Promise<void>;
/**
 * @param {string} group
 * @param {string | null} [etag] delete only this version, else status 412
 * @returns {Promise<void>}
 */
declare function deleteGroup(group: string, etag?: string | null): Promise<void>;
/**
 * Replaces the keys with which tokens of the group may be signed.
 *
 * @param {string} group
 * @param {object[]} keys JSON web keys; none removes them all
 * @returns {Promise<void>}
 */
declare function setKeys(group: string, keys: object[]): Promise<void>;
/**
 * The names of the users of a group.
 *
 * @param {string} group
 * @returns {Promise<string[]>}
 */
declare function listUsers(group: string): Promise<string[]>;
/**
 * @param {string} group
 * @param {string} user '' for the user without a name
 * @param {boolean} [wildcard] true for the wildcard user
 * @param {string | null} [etag] tag of what one has already
 * @returns {Promise<Tagged<UserDescription>>} without data if that has not changed
 */
declare function getUser(group: string, user: string, wildcard?: boolean, etag?: string | null): Promise<Tagged<UserDescription>>;
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
declare function createUser(group: string, user: string, wildcard: boolean, values?: UserDescription): Promise<void>;
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
declare function updateUser(group: string, user: string, wildcard: boolean, values: {
    permissions?: UserDescription['permissions'] | null;
}, etag?: string | null): Promise<void>;
/**
 * @param {string} group
 * @param {string} user
 * @param {boolean} [wildcard]
 * @param {string | null} [etag] delete only this version, else status 412
 * @returns {Promise<void>}
 */
declare function deleteUser(group: string, user: string, wildcard?: boolean, etag?: string | null): Promise<void>;
/**
 * The value of an Authorization header.
 *
 * @param {string} user
 * @param {string} password
 * @returns {string}
 */
declare function _basic(user: string, password: string): string;
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
declare function setPassword(group: string, user: string, wildcard: boolean, password: string | PasswordValue, oldPassword?: string): Promise<void>;
/**
 * Takes the password away: the user cannot log in any more.
 *
 * @param {string} group
 * @param {string} user
 * @param {boolean} [wildcard]
 * @returns {Promise<void>}
 */
declare function deletePassword(group: string, user: string, wildcard?: boolean): Promise<void>;
/**
 * The tokens of a group, those that expire first before the others; getToken
 * tells what they are.
 *
 * @param {string} group '' for tokens of the whole server
 * @returns {Promise<string[]>}
 */
declare function listTokens(group: string): Promise<string[]>;
/**
 * @param {string} group
 * @param {string} token
 * @param {string | null} [etag] tag of what one has already
 * @returns {Promise<Tagged<TokenDescription>>} without data if that has not changed
 */
declare function getToken(group: string, token: string, etag?: string | null): Promise<Tagged<TokenDescription>>;
/**
 * Makes a new token.
 *
 * @param {string} group
 * @param {TokenDescription} template without `token` and `group`
 * @returns {Promise<string | null>} its location: its last part is the token
 */
declare function createToken(group: string, template: TokenDescription): Promise<string | null>;
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
declare function updateToken(group: string, token: string | TokenDescription, values?: { [K in keyof TokenDescription]: TokenDescription[K] | null; } | string | null, etag?: string | null): Promise<void>;
/**
 * @param {string} group
 * @param {string} token
 * @param {string | null} [etag] delete only this version, else status 412
 * @returns {Promise<void>}
 */
declare function deleteToken(group: string, token: string, etag?: string | null): Promise<void>;
/**
 * Who is connected, and how well.
 *
 * @returns {Promise<GroupStatistics[]>}
 */
declare function getStats(): Promise<GroupStatistics[]>;
/**
 * Whether the TURN servers that clients are told could be used when the server last
 * tested them.
 *
 * @returns {Promise<RelayResult[]>} empty before the first test has ended, and on servers
 *     that do not test them
 */
declare function getRelays(): Promise<RelayResult[]>;
