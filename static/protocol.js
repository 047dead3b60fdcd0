// protocol.js: client library for the Galene protocol, version 2.
//
// It owns the WebSocket, the peer connections, the list of users and the
// peer-to-peer file transfers of one client, and knows nothing about the user
// interface. It has no dependency, touches no element of the page, stores
// nothing and reads no configuration. docs/client.md describes it for authors
// of frontends; example/ has a complete small one.
//
// It is a classic script that may also be imported for its side effect: the
// names in the list at the end are published on globalThis.

'use strict';

/* eslint-disable max-lines -- third parties copy this one file */

/**
 * The permissions of a user: an array of strings that also answers to
 * `permissions.present` and so on.
 *
 * @typedef {string[] & {
 *     readonly op: boolean,
 *     readonly present: boolean,
 *     readonly message: boolean,
 *     readonly caption: boolean,
 *     readonly token: boolean,
 *     readonly record: boolean,
 *     readonly admin: boolean,
 *     readonly system: boolean,
 * }} GalenePermissions
 */

/**
 * A member of the group. `streams` says what the member sends, as far as this
 * client knows: label → what there is of it.
 *
 * @typedef {Object} GaleneUser
 * @property {string} username
 * @property {GalenePermissions} permissions
 * @property {Record<string, any>} data
 * @property {Record<string, {audio?: true, video?: true}>} streams
 */

/**
 * The status of a group, see section "Before connecting" of docs/client.md.
 *
 * @typedef {Object} GroupStatus
 * @property {string} [name]
 * @property {string} [location] URL of the group's page
 * @property {string} [endpoint] URL of the WebSocket
 * @property {string} [displayName]
 * @property {string} [description]
 * @property {string} [authServer]
 * @property {string} [authPortal]
 * @property {string} [redirect]
 * @property {boolean} [locked]
 * @property {number} [clientCount]
 * @property {boolean} [canChangePassword]
 */

/**
 * What proves who we are.
 *
 * @typedef {string | null | undefined
 *     | {type: 'password', password?: string}
 *     | {type: 'token', token: string}
 *     | {type: 'authServer', authServer: string, location: string, password: string}
 * } GaleneCredentials
 */

/**
 * Which tracks one wants: label → `'audio'`, `'video'`, `'video-low'`; the key
 * `''` stands for all labels not listed.
 *
 * @typedef {Record<string, string[]>} MediaRequest
 */

/**
 * A request in words, as understood since the early days.
 *
 * @typedef {'' | 'audio' | 'screenshare' | 'everything' | 'everything-low'} MediaRequestWord
 */

/**
 * A message of the protocol.
 *
 * @typedef {Object} GaleneMessage
 * @property {string} type
 * @property {string[]} [version]
 * @property {string} [kind]
 * @property {string | null} [error]
 * @property {string | null} [id]
 * @property {string | null} [replace]
 * @property {string | null} [source]
 * @property {string | null} [dest]
 * @property {string | null} [username]
 * @property {string} [password]
 * @property {string} [token]
 * @property {boolean} [privileged]
 * @property {string[]} [permissions]
 * @property {GroupStatus | null} [status]
 * @property {Record<string, any> | null} [data]
 * @property {string | null} [group]
 * @property {any} [value]
 * @property {boolean} [noecho]
 * @property {string | number | null} [time]
 * @property {string} [sdp]
 * @property {RTCIceCandidateInit | null} [candidate]
 * @property {string | null} [label]
 * @property {MediaRequest | string[] | null} [request]
 * @property {RTCConfiguration | null} [rtcConfiguration]
 */

/**
 * Statistics of a stream, see `Stream.stats`.
 *
 * @typedef {Record<string, Record<string, any>>} StreamStats
 */

/** The version of the protocol that this library speaks. */
const galeneProtocolVersion = '2';

/** Times of the liveness check, in milliseconds. */
const galeneLiveness = {
    interval: 10_000,
    ping: 15_000,
    timeout: 65_000,
    sleep: 30_000,
};

/** Limits of file transfers; sizes in bytes, times in milliseconds. */
const galeneTransfer = {
    version: '1',
    chunk: 16384,
    slice: 16 * 16384,
    buffered: 65536,
    merge: 1 << 20,
    progress: 100,
    connect: 30_000,
    linger: 2_000,
    grace: 1_000,
};

/** Permissions that can be read as members of a {@link GalenePermissions}. */
const galenePermissions = ['op', 'present', 'message', 'caption', 'token', 'record', 'admin', 'system'];

/**
 * Returns bytes in lowercase hexadecimal.
 *
 * @param {ArrayLike<number>} bytes
 * @returns {string}
 */
function toHex(bytes) {
    return Array.from(bytes, byte => (byte & 0xff).toString(16).padStart(2, '0')).join('');
}

/**
 * Returns 16 random bytes as 32 hexadecimal digits.
 *
 * @returns {string}
 */
function newRandomId() {
    return toHex(crypto.getRandomValues(new Uint8Array(16)));
}

let galeneNextLocalId = 0;

/**
 * Returns a string that is unique in this page.
 *
 * @returns {string}
 */
function newLocalId() {
    return String(galeneNextLocalId++);
}

/**
 * Turns an ISO 8601 string or milliseconds since 1970 into a date. Returns null
 * for a falsy value and for one that is not a time.
 *
 * @param {string | number | null | undefined} value
 * @returns {Date | null}
 */
function parseTime(value) {
    if (!value)
        return null;
    const date = new Date(value);
    return Number.isNaN(date.getTime()) ? null : date;
}

/**
 * Hands an exception of the application to the browser, so that it is seen but
 * does not stop us.
 *
 * @param {unknown} error
 */
function galeneReport(error) {
    if (typeof reportError === 'function')
        reportError(error);
    else
        console.error(error);
}

/**
 * Calls a callback of the application, if it is set, with its object as `this`.
 * Returns undefined if it throws.
 *
 * @param {any} target
 * @param {string} name
 * @param {...any} args
 * @returns {any}
 */
function galeneCall(target, name, ...args) {
    const callback = target[name];
    if (typeof callback !== 'function')
        return undefined;
    try {
        return callback.apply(target, args);
    } catch (error) {
        galeneReport(error);
        return undefined;
    }
}

/**
 * Watches what nobody waits for.
 *
 * @param {unknown} result perhaps a promise
 */
function galeneAwait(result) {
    Promise.resolve(result).catch(error => console.error(error));
}

/**
 * Returns a dictionary without inherited members: its keys come from others.
 *
 * @returns {any}
 */
function galeneDictionary() {
    return Object.create(null);
}

/**
 * Returns a fresh array of permissions with the boolean members of old.
 *
 * @param {unknown} list
 * @returns {GalenePermissions}
 */
function galeneMakePermissions(list) {
    const permissions = Array.isArray(list) ? list.filter(p => typeof p === 'string') : [];
    for (const name of galenePermissions) {
        Object.defineProperty(permissions, name, {
            configurable: true,
            enumerable: false,
            get() {
                return this.includes(name);
            },
        });
    }
    return /** @type {GalenePermissions} */ (permissions);
}

/**
 * Returns the message of anything that may have been thrown or given as a
 * reason.
 *
 * @param {unknown} reason
 * @returns {string | undefined}
 */
function galeneText(reason) {
    if (reason === null || reason === undefined || reason === '')
        return undefined;
    return reason instanceof Error ? reason.message : String(reason);
}

/**
 * Translates a request in words. A dictionary is returned as it is.
 *
 * @param {MediaRequest | MediaRequestWord | null | undefined} what
 * @returns {MediaRequest}
 */
function galeneRequest(what) {
    if (typeof what !== 'string')
        return what || {'': []};
    switch (what) {
    case '': return {'': []};
    case 'audio': return {'': ['audio']};
    case 'screenshare': return {screenshare: ['audio', 'video'], '': ['audio']};
    case 'everything': return {'': ['audio', 'video']};
    case 'everything-low': return {'': ['audio', 'video-low']};
    default: throw new Error(`unknown request: ${what}`);
    }
}

/**
 * Asks an authorisation server for a token. Resolves to null if it has no
 * opinion.
 *
 * @param {{authServer: string, location: string, password: string}} credentials
 * @param {string | null | undefined} username
 * @returns {Promise<string | null>}
 */
async function galeneFetchToken(credentials, username) {
    const response = await fetch(credentials.authServer, {
        method: 'POST',
        headers: {'Content-Type': 'application/json'},
        body: JSON.stringify({
            location: credentials.location,
            username: username,
            password: credentials.password,
        }),
    });
    if (response.status === 204)
        return null;
    if (!response.ok)
        throw new Error(`the authorisation server answered ${response.status} ${response.statusText}`.trim());
    const type = (response.headers.get('Content-Type') || '').split(';')[0].trim();
    if (type.toLowerCase() !== 'application/jwt')
        throw new Error(`the authorisation server sent ${type || 'an unknown type'} instead of a token`);
    const token = (await response.text()).trim();
    if (!token)
        throw new Error('the authorisation server sent an empty token');
    return token;
}

/**
 * Recomputes which streams a user is known to send, and calls `onuser` if that
 * has changed anything. Returns whether it has.
 *
 * @param {ServerConnection} sc
 * @param {string | null} userId
 * @returns {boolean}
 */
function recomputeUserStreams(sc, userId) {
    const user = userId === null ? undefined : sc.users[userId];
    if (!user || userId === null)
        return false;

    const own = userId === sc.id;
    /** @type {GaleneUser['streams']} */
    const streams = galeneDictionary();
    for (const stream of Object.values(own ? sc.up : sc.down)) {
        if (!stream.stream || (!own && stream.source !== userId))
            continue;
        const entry = streams[stream.label || ''] ??= {};
        for (const track of stream.stream.getTracks())
            entry[/** @type {'audio' | 'video'} */ (track.kind)] = true;
    }

    const labels = Object.keys(streams);
    const same = labels.length === Object.keys(user.streams).length && labels.every(label => {
        const old = user.streams[label];
        return old && old.audio === streams[label].audio && old.video === streams[label].video;
    });
    if (same)
        return false;
    user.streams = streams;
    galeneCall(sc, 'onuser', userId, 'change', user.username);
    return true;
}

/**
 * Tells a peer that a file transfer is over. Does nothing when not connected.
 *
 * @param {ServerConnection} sc
 * @param {string} userId
 * @param {string} fileId
 * @param {unknown} [message] the reason, for people
 */
function sendFileCancel(sc, userId, fileId, message) {
    /** @type {{type: string, id: string, message?: string}} */
    const value = {type: 'cancel', id: fileId};
    const text = galeneText(message);
    if (text !== undefined)
        value.message = text;
    try {
        sc.userMessage('filetransfer', userId, value);
    } catch (error) {
        console.warn('File transfer:', error);
    }
}

/**
 * A connection to a server, and the membership of at most one group.
 *
 * Assign the callbacks, call `connect`, and call `join` once `onconnected` has
 * been called. Every callback gets the connection as `this`; an exception that
 * it throws is reported and otherwise ignored.
 */
class ServerConnection {
    constructor() {
        /**
         * Our identifier; others see it as the user id.
         * @type {string}
         */
        this.id = newRandomId();
        /**
         * The group that we are in.
         * @type {string | null}
         */
        this.group = null;
        /**
         * The name that the server has given us.
         * @type {string | null}
         */
        this.username = null;
        /**
         * Everyone in the group by id, ourselves included.
         * @type {Record<string, GaleneUser>}
         */
        this.users = galeneDictionary();
        /**
         * The socket, from `connect` until the end of the connection.
         * @type {WebSocket | null}
         */
        this.socket = null;
        /**
         * The negotiated version of the protocol.
         * @type {string | null}
         */
        this.version = null;
        /**
         * Our own streams by id.
         * @type {Record<string, Stream>}
         */
        this.up = galeneDictionary();
        /**
         * The streams that the server sends us, by id.
         * @type {Record<string, Stream>}
         */
        this.down = galeneDictionary();
        /**
         * The ICE servers that the server recommends.
         * @type {RTCConfiguration | null}
         */
        this.rtcConfiguration = null;
        /**
         * What we may do now.
         * @type {GalenePermissions}
         */
        this.permissions = galeneMakePermissions([]);
        /**
         * For the application.
         * @type {Record<string, any>}
         */
        this.userdata = {};
        /**
         * Time of the last message from the server, in milliseconds since 1970.
         * @type {number | null}
         */
        this.lastServerMessage = null;
        /**
         * Timer of the liveness check.
         * @type {number | null}
         */
        this.pingHandler = null;
        /**
         * File transfers under way, by `TransferredFile.fullid()`.
         * @type {Record<string, TransferredFile>}
         */
        this.transferredFiles = galeneDictionary();

        /**
         * The server has accepted us; it is time to join a group.
         * @type {((this: ServerConnection) => void) | null}
         */
        this.onconnected = null;
        /**
         * A fatal error; `onclose` follows.
         * @type {((this: ServerConnection, error: any) => void) | null}
         */
        this.onerror = null;
        /**
         * The connection is over. The last event.
         * @type {((this: ServerConnection, code: number, reason: string) => void) | null}
         */
        this.onclose = null;
        /**
         * A peer connection is about to be created; the result, if it is not
         * null, is used instead of `rtcConfiguration`.
         * @type {((this: ServerConnection) => RTCConfiguration | null | undefined) | null}
         */
        this.onpeerconnection = null;
        /**
         * Somebody has come (`'add'`), has changed (`'change'`) or has left
         * (`'delete'`).
         * @type {((this: ServerConnection, id: string, kind: string, username: string) => void) | null}
         */
        this.onuser = null;
        /**
         * Our membership has changed: `'join'`, `'change'`, `'leave'`, `'fail'`
         * or `'redirect'`.
         * @type {((this: ServerConnection, kind: string, group: string,
         *     permissions: GalenePermissions, status: GroupStatus, data: Record<string, any> | null,
         *     error: string | null, message: string | null) => void) | null}
         */
        this.onjoined = null;
        /**
         * Somebody sends us a stream. Called once for each stream.
         * @type {((this: ServerConnection, stream: Stream) => void) | null}
         */
        this.ondownstream = null;
        /**
         * Called instead of `ondownstream` when that is null.
         * @type {((this: ServerConnection, stream: Stream) => void) | null}
         */
        this.onstream = null;
        /**
         * A chat message.
         * @type {((this: ServerConnection, id: string | null, source: string | null,
         *     dest: string, username: string | null, time: Date | null, privileged: boolean,
         *     history: boolean, kind: string, message: string) => void) | null}
         */
        this.onchat = null;
        /**
         * The whole chat history has been erased.
         * @type {((this: ServerConnection) => void) | null}
         */
        this.onclearchat = null;
        /**
         * A message from the server or between applications. Ignore the kinds
         * that the server uses unless `privileged` is true.
         * @type {((this: ServerConnection, id: string | null, dest: string,
         *     username: string | null, time: Date | null, privileged: boolean, kind: string,
         *     error: string | null, message: any) => void) | null}
         */
        this.onusermessage = null;
        /**
         * A file is offered to us, or by us (`file.up`).
         * @type {((this: ServerConnection, file: TransferredFile) => void) | null}
         */
        this.onfiletransfer = null;

        /**
         * The socket whose `close` event is still to come. Differs from `socket`
         * after `close()`.
         * @type {WebSocket | null}
         * @internal
         */
        this._openSocket = null;
        /**
         * Whether `connect` has been called before.
         * @internal
         */
        this._used = false;
        /**
         * A request made before we have joined.
         * @type {MediaRequest | null}
         * @internal
         */
        this._rememberedRequest = null;
        /**
         * Time of the last liveness check, in milliseconds since 1970.
         * @internal
         */
        this._lastCheck = 0;
    }

    // Connecting

    /**
     * Opens a connection. Throws if there already is one and if the URL is
     * malformed. The promise resolves after `onconnected` has run and rejects if
     * the connection ends before; it may be ignored.
     *
     * @param {string} url the `endpoint` of the group status
     * @returns {Promise<ServerConnection>}
     */
    connect(url) {
        if (this._openSocket)
            throw new Error(this.socket ? 'already connected' : 'the previous connection is still closing');

        const socket = new WebSocket(url);
        if (this._used)
            this.id = newRandomId();
        this._used = true;
        this.version = null;
        this.lastServerMessage = null;
        this._rememberedRequest = null;
        this.socket = socket;
        this._openSocket = socket;

        /** @type {Promise<ServerConnection>} */
        const connected = new Promise((resolve, reject) => {
            socket.onopen = () => {
                if (this.socket === socket)
                    this._opened();
            };
            socket.onerror = () => {
                if (this.socket === socket)
                    this.error(new Error('The connection to the server failed'));
            };
            socket.onclose = event => {
                this._closed(event.code, event.reason);
                reject(new Error(event.reason || `The connection was closed (code ${event.code})`));
            };
            socket.onmessage = event => {
                if (this.socket === socket)
                    this._received(event.data, () => resolve(this));
            };
        });
        connected.catch(() => undefined);
        return connected;
    }

    /**
     * Closes the connection. Streams are closed and `onclose` is called when
     * the browser reports the end. Does nothing when there is no connection.
     */
    close() {
        const socket = this.socket;
        if (!socket)
            return;
        this.socket = null;
        socket.close(1000);
    }

    /**
     * Reports a fatal error and closes the connection.
     *
     * @param {any} e
     */
    error(e) {
        galeneCall(this, 'onerror', e);
        this.close();
    }

    /**
     * Sends a message. Throws if the socket is not open.
     *
     * @param {GaleneMessage} message
     */
    send(message) {
        if (!this.socket || this.socket.readyState !== this.socket.OPEN)
            throw new Error('Not connected to the server');
        this.socket.send(JSON.stringify(message));
    }

    /**
     * The socket is open: introduce ourselves.
     *
     * @internal
     */
    _opened() {
        this._lastCheck = Date.now();
        this.pingHandler = /** @type {any} */ (setInterval(() => this._checkLiveness(), galeneLiveness.interval));
        this.send({
            type: 'handshake',
            version: [galeneProtocolVersion],
            id: this.id,
        });
    }

    /**
     * The socket is closed: take everything down, then tell the application.
     *
     * @param {number} code
     * @param {string} reason
     * @internal
     */
    _closed(code, reason) {
        if (this.pingHandler !== null) {
            clearInterval(this.pingHandler);
            this.pingHandler = null;
        }
        this.socket = null;
        this._rememberedRequest = null;
        const group = this.group;
        this._leaveGroup('The connection to the server was closed');
        if (group !== null)
            galeneCall(this, 'onjoined', 'leave', group, galeneMakePermissions([]), {}, null, null, null);
        this._openSocket = null;
        galeneCall(this, 'onclose', code, reason);
    }

    /**
     * Closes all streams, forgets all users, and resets what the group gave us.
     *
     * @param {string} reason for file transfers that are under way
     * @internal
     */
    _leaveGroup(reason) {
        for (const stream of [...Object.values(this.up), ...Object.values(this.down)]) {
            if (stream.sc)
                stream.close();
        }
        for (const file of Object.values(this.transferredFiles))
            file.fail(reason);
        for (const [id, user] of Object.entries(this.users)) {
            delete this.users[id];
            galeneCall(this, 'onuser', id, 'delete', user.username);
        }
        this.group = null;
        this.username = null;
        this.permissions = galeneMakePermissions([]);
        this.rtcConfiguration = null;
    }

    /**
     * Looks whether the server is still there. Runs every 10 seconds.
     *
     * @internal
     */
    _checkLiveness() {
        const now = Date.now();
        const slept = now - this._lastCheck > galeneLiveness.sleep;
        this._lastCheck = now;
        if (slept && this.version) {
            // The machine was asleep, so the silence says nothing yet.
            this._ping();
            return;
        }
        if (this.lastServerMessage === null) {
            this.error(new Error('Timeout'));
            return;
        }
        const silence = now - this.lastServerMessage;
        if (silence > galeneLiveness.timeout)
            this.error(new Error('Timeout'));
        else if (silence >= galeneLiveness.ping && this.version)
            this._ping();
    }

    /** @internal */
    _ping() {
        if (this.socket && this.socket.readyState === this.socket.OPEN)
            this.send({type: 'ping'});
    }

    // Messages from the server

    /**
     * @param {unknown} data
     * @param {() => void} connected called after `onconnected`
     * @internal
     */
    _received(data, connected) {
        /** @type {GaleneMessage} */
        let m;
        try {
            m = JSON.parse(String(data));
            if (typeof m !== 'object' || m === null || Array.isArray(m))
                throw new Error('not an object');
        } catch (error) {
            this.error(new Error(`Bad message from the server: ${galeneText(error)}`));
            return;
        }
        this.lastServerMessage = Date.now();

        if (!this.version) {
            this._gotHandshake(m, connected);
            return;
        }
        try {
            this._dispatch(m);
        } catch (error) {
            // One bad message does not end the call.
            console.error(`Message ${m.type} from the server:`, error);
        }
    }

    /**
     * @param {GaleneMessage} m
     * @param {() => void} connected
     * @internal
     */
    _gotHandshake(m, connected) {
        if (m.type !== 'handshake') {
            this.error(new Error(`The server did not introduce itself, it sent ${m.type}`));
            return;
        }
        if (!Array.isArray(m.version) || !m.version.includes(galeneProtocolVersion)) {
            this.error(new Error(`The server speaks an unknown version of the protocol: ${m.version}`));
            return;
        }
        this.version = galeneProtocolVersion;
        galeneCall(this, 'onconnected');
        connected();
    }

    /**
     * @param {GaleneMessage} m
     * @internal
     */
    _dispatch(m) {
        const id = typeof m.id === 'string' ? m.id : '';
        switch (m.type) {
        case 'handshake':
            console.warn('Second handshake from the server');
            break;
        case 'ping':
            this.send({type: 'pong'});
            break;
        case 'pong':
            break;
        case 'joined':
            this._gotJoined(m);
            break;
        case 'user':
            this._gotUser(m);
            break;
        case 'chat':
        case 'chathistory':
            this._gotChat(m);
            break;
        case 'usermessage':
            this._gotUserMessage(m);
            break;
        case 'offer':
            galeneAwait(this.gotOffer(
                id, m.label || '', m.source || '', m.username ?? '', m.sdp || '', m.replace || ''));
            break;
        case 'answer':
            galeneAwait(this.gotAnswer(id, m.sdp || ''));
            break;
        case 'renegotiate':
            this.gotRenegotiate(id);
            break;
        case 'close':
            this.gotClose(id);
            break;
        case 'abort':
            this.gotAbort(id);
            break;
        case 'ice':
            galeneAwait(this.gotRemoteIce(id, m.candidate ?? null));
            break;
        default:
            console.warn('Unexpected message from the server:', m.type);
        }
    }

    /**
     * @param {GaleneMessage} m
     * @internal
     */
    _gotJoined(m) {
        const kind = m.kind || '';
        const group = m.group ?? '';
        const status = m.status || {};
        const data = m.data || null;

        switch (kind) {
        case 'fail':
        case 'redirect':
            galeneCall(this, 'onjoined', kind, group, galeneMakePermissions(m.permissions),
                status, data, m.error || null, String(m.value ?? ''));
            return;
        case 'leave':
            if (group !== this.group) {
                console.warn('We have left a group that we were not in:', group);
                return;
            }
            this._leaveGroup('We have left the group');
            galeneCall(this, 'onjoined', kind, group, galeneMakePermissions([]), status, data, null, null);
            return;
        case 'join':
            if (this.group !== null) {
                this.error(new Error('The server let us join a second group'));
                return;
            }
            this.group = group;
            break;
        case 'change':
            if (group !== this.group) {
                console.warn('A group that we are not in has changed:', group);
                return;
            }
            break;
        default:
            console.warn('Unexpected kind of joined message:', kind);
            return;
        }

        this.username = m.username ?? this.username ?? '';
        this.permissions = galeneMakePermissions(m.permissions);
        this.rtcConfiguration = m.rtcConfiguration || null;
        galeneCall(this, 'onjoined', kind, group, galeneMakePermissions(m.permissions), status, data, null, null);

        if (kind === 'join')
            this._sendRememberedRequest();
    }

    /**
     * Sends the request that was made before we had joined, unless the
     * application has made another one meanwhile, or has gone.
     *
     * @internal
     */
    _sendRememberedRequest() {
        const request = this._rememberedRequest;
        if (request === null || this.group === null || !this.socket)
            return;
        this._rememberedRequest = null;
        this.send({type: 'request', request});
    }

    /**
     * @param {GaleneMessage} m
     * @internal
     */
    _gotUser(m) {
        if (typeof m.id !== 'string' || !m.id) {
            console.warn('User without an id');
            return;
        }
        const id = m.id;
        const user = this.users[id];
        switch (m.kind) {
        case 'add':
            if (user)
                console.warn('A user whom we know has come:', id);
            this.users[id] = this._makeUser(m, {});
            break;
        case 'change':
            if (user) {
                user.username = m.username ?? user.username;
                user.permissions = galeneMakePermissions(m.permissions);
                user.data = m.data || {};
            } else {
                console.warn('A user whom we do not know has changed:', id);
                this.users[id] = this._makeUser(m, {});
            }
            break;
        case 'delete':
            if (!user) {
                console.warn('A user whom we do not know has left:', id);
                return;
            }
            for (const file of Object.values(this.transferredFiles)) {
                if (file.userid === id)
                    file.fail('The other user has left');
            }
            delete this.users[id];
            break;
        default:
            console.warn('Unexpected kind of user message:', m.kind);
            return;
        }
        galeneCall(this, 'onuser', id, m.kind, m.username ?? user?.username ?? '');
        if (m.kind !== 'delete')
            recomputeUserStreams(this, id);
    }

    /**
     * @param {GaleneMessage} m
     * @param {GaleneUser['streams']} streams
     * @returns {GaleneUser}
     * @internal
     */
    _makeUser(m, streams) {
        return {
            username: m.username ?? '',
            permissions: galeneMakePermissions(m.permissions),
            data: m.data || {},
            streams: Object.assign(galeneDictionary(), streams),
        };
    }

    /**
     * @param {GaleneMessage} m
     * @internal
     */
    _gotChat(m) {
        const value = m.value ?? '';
        galeneCall(this, 'onchat',
            m.id || null, m.source || null, m.dest || '', m.username ?? null,
            parseTime(m.time), !!m.privileged, m.type === 'chathistory', m.kind || '',
            typeof value === 'object' ? JSON.stringify(value) : String(value));
    }

    /**
     * @param {GaleneMessage} m
     * @internal
     */
    _gotUserMessage(m) {
        const kind = m.kind || '';
        const source = m.source || null;
        const value = m.value ?? null;
        if (kind === 'filetransfer') {
            this.fileTransfer(source || '', m.username ?? '', value);
            return;
        }
        if (kind === 'clearchat' && m.privileged && !value?.id && !value?.userId)
            galeneCall(this, 'onclearchat');
        galeneCall(this, 'onusermessage',
            source ?? (kind === 'kicked' && m.id || null), m.dest || '', m.username ?? null,
            parseTime(m.time), !!m.privileged, kind, m.error || null, value);
    }

    // Groups

    /**
     * Asks to join a group; `onjoined` tells the outcome. The promise resolves
     * when the request has been sent. Unless an authorisation server has to be
     * asked, it is sent before `join` returns.
     *
     * The older form is `join(group, 'join', username, password)`.
     *
     * @param {string} group
     * @param {string | null} [username] nothing: the token has one
     * @param {GaleneCredentials} [credentials]
     * @param {Record<string, any> | string | null} [data] initial user data
     * @returns {Promise<void>}
     */
    join(group, username, credentials, data) {
        if (username === 'join' && typeof data === 'string') {
            // (group, 'join', username, password)
            username = /** @type {string | null} */ (credentials ?? null);
            credentials = {type: 'password', password: data};
            data = null;
        }

        /** @type {GaleneMessage} */
        const m = {type: 'join', kind: 'join', group};
        if (username !== null && username !== undefined)
            m.username = username;
        if (data && typeof data === 'object')
            m.data = data;

        try {
            if (typeof credentials === 'string') {
                m.password = credentials;
            } else if (credentials !== null && credentials !== undefined) {
                switch (credentials.type) {
                case 'password':
                    m.password = credentials.password;
                    break;
                case 'token':
                    m.token = credentials.token;
                    break;
                case 'authServer':
                    return this._joinWithAuthServer(m, credentials);
                default:
                    throw new Error(`unknown type of credentials: ${/** @type {any} */ (credentials).type}`);
                }
            }
            this.send(m);
            return Promise.resolve();
        } catch (error) {
            return Promise.reject(error);
        }
    }

    /**
     * @param {GaleneMessage} m
     * @param {{authServer: string, location: string, password: string}} credentials
     * @internal
     */
    async _joinWithAuthServer(m, credentials) {
        const socket = this.socket;
        const token = await galeneFetchToken(credentials, m.username);
        if (this.socket !== socket)
            throw new Error('The connection was closed while the authorisation server was asked');
        if (token === null)
            m.password = credentials.password;
        else
            m.token = token;
        this.send(m);
    }

    /**
     * Asks to leave the group; `onjoined('leave')` follows.
     *
     * @param {string | null} [group] the group we are in, which is the default
     */
    leave(group) {
        const name = group ?? this.group;
        if (name === null)
            throw new Error('Not in a group');
        this.send({type: 'join', kind: 'leave', group: name});
    }

    /**
     * Says which media we want to receive. Before we have joined, the request is
     * remembered and sent once we have.
     *
     * @param {MediaRequest | MediaRequestWord | null} what
     */
    request(what) {
        const request = galeneRequest(what);
        if (this.group === null) {
            if (!this.socket || this.socket.readyState !== this.socket.OPEN)
                throw new Error('Not connected to the server');
            this._rememberedRequest = request;
            return;
        }
        this._rememberedRequest = null;
        this.send({type: 'request', request});
    }

    /**
     * Returns our own stream with this local id, or null.
     *
     * @param {string | null | undefined} localId
     * @returns {Stream | null}
     */
    findByLocalId(localId) {
        if (!localId)
            return null;
        return Object.values(this.up).find(stream => stream.localId === localId) ?? null;
    }

    /**
     * Returns the configuration to use for peer connections.
     *
     * @returns {RTCConfiguration | null}
     */
    getRTCConfiguration() {
        return galeneCall(this, 'onpeerconnection') ?? this.rtcConfiguration;
    }

    // Chat, messages, actions

    /**
     * Sends a chat message: `chat(kind, dest, value)`, or in the older form
     * `chat(username, kind, dest, value)`. The server does not send a private
     * message back to us.
     *
     * @param {...any} args
     */
    chat(...args) {
        const [kind, dest, value] = args.length >= 4 ? args.slice(1) : args;
        this.send({
            type: 'chat',
            source: this.id,
            dest: dest,
            username: this.username,
            kind: kind,
            value: value,
        });
    }

    /**
     * Sends a message between applications.
     *
     * @param {string} kind
     * @param {string | null} [dest] user id; nothing: everyone
     * @param {any} [value]
     * @param {boolean} [noecho] do not send it to ourselves
     */
    userMessage(kind, dest, value, noecho) {
        /** @type {GaleneMessage} */
        const m = {
            type: 'usermessage',
            source: this.id,
            dest: dest,
            username: this.username,
            kind: kind,
            value: value,
        };
        if (noecho)
            m.noecho = true;
        this.send(m);
    }

    /**
     * Older name of `userMessage`, also `usermessage(username, kind, dest, value)`.
     *
     * @param {...any} args
     */
    usermessage(...args) {
        if (args.length === 4 && typeof args[3] !== 'boolean' && args[3] !== undefined)
            args.shift();
        const [kind, dest, value, noecho] = args;
        this.userMessage(kind, dest, value, noecho);
    }

    /**
     * Asks the server to act on a user.
     *
     * @param {string} kind
     * @param {string} dest user id
     * @param {any} [value]
     */
    userAction(kind, dest, value) {
        this.send({
            type: 'useraction',
            source: this.id,
            dest: dest,
            username: this.username,
            kind: kind,
            value: value,
        });
    }

    /**
     * Older name of `userAction`, also `useraction(username, kind, dest, value)`.
     *
     * @param {...any} args
     */
    useraction(...args) {
        if (args.length === 4)
            args.shift();
        const [kind, dest, value] = args;
        this.userAction(kind, dest, value);
    }

    /**
     * Asks the server to act on the group.
     *
     * @param {string} kind
     * @param {any} [data]
     */
    groupAction(kind, data) {
        this.send({
            type: 'groupaction',
            source: this.id,
            username: this.username,
            kind: kind,
            value: data,
        });
    }

    /**
     * Older name of `groupAction`, also `groupaction(username, kind, data)`.
     *
     * @param {...any} args
     */
    groupaction(...args) {
        if (args.length === 3)
            args.shift();
        const [kind, data] = args;
        this.groupAction(kind, data);
    }

    // Streams

    /**
     * Creates a stream that we send. Negotiation starts by itself after tracks
     * have been added to its `pc`.
     *
     * @param {string} [localId] local id of a stream to replace; that one is
     *     closed with `onclose(true)` before this returns
     * @returns {Stream}
     */
    newUpStream(localId) {
        const pc = new RTCPeerConnection(this.getRTCConfiguration() ?? undefined);
        const stream = new Stream(this, newRandomId(), localId || newLocalId(), pc, true);
        const old = this.findByLocalId(localId);
        if (old) {
            // If the server does not know of the old one, we replace what that
            // one was to replace.
            stream.replace = old.localDescriptionSent ? old.id : old.replace;
            old.close(true);
        }
        this.up[stream.id] = stream;
        stream._listen();
        return stream;
    }

    /**
     * The server offers a stream, or new parameters of one.
     *
     * @param {string} id
     * @param {string} label
     * @param {string} source
     * @param {string} username
     * @param {string} sdp
     * @param {string} [replace] id of the stream that this one replaces
     * @returns {Promise<void>} resolves when the answer has been sent
     */
    async gotOffer(id, label, source, username, sdp, replace) {
        if (!id || this.up[id]) {
            console.warn('Offer with a bad id:', id);
            if (id)
                this.send({type: 'abort', id});
            return;
        }

        let stream = this.down[id];
        if (!stream) {
            let pc;
            try {
                pc = new RTCPeerConnection(this.getRTCConfiguration() ?? undefined);
            } catch (error) {
                console.error('Cannot create a peer connection:', error);
                if (replace && this.down[replace])
                    this.down[replace].close();
                this.send({type: 'abort', id});
                return;
            }
            let localId = newLocalId();
            if (replace) {
                const old = this.down[replace];
                if (old) {
                    localId = old.localId;
                    old.close(true);
                } else {
                    console.warn('The server replaces a stream that we do not know:', replace);
                }
            }
            stream = new Stream(this, id, localId, pc, false);
            stream.label = label || null;
            stream.source = source;
            stream.username = username;
            stream._readLabels(sdp);
            this.down[id] = stream;
            stream._listen();
            galeneCall(this, this.ondownstream ? 'ondownstream' : 'onstream', stream);
        } else {
            stream._readLabels(sdp);
        }
        await stream._answer(sdp);
    }

    /**
     * The server accepts our offer.
     *
     * @param {string} id
     * @param {string} sdp
     * @returns {Promise<void>}
     */
    async gotAnswer(id, sdp) {
        const stream = this.up[id];
        if (!stream) {
            console.warn('Answer for a stream that we do not have:', id);
            return;
        }
        await stream._accept(sdp);
    }

    /**
     * The server asks for a new offer.
     *
     * @param {string} id
     */
    gotRenegotiate(id) {
        const stream = this.up[id];
        if (!stream) {
            console.warn('The server renegotiates a stream that we do not have:', id);
            return;
        }
        stream.restartIce();
    }

    /**
     * The server has closed a stream.
     *
     * @param {string} id
     */
    gotClose(id) {
        const stream = this.down[id];
        if (!stream) {
            console.warn('The server closes a stream that we do not have:', id);
            return;
        }
        stream.close();
    }

    /**
     * The server wants us to close a stream.
     *
     * @param {string} id
     */
    gotAbort(id) {
        const stream = this.up[id];
        if (!stream) {
            console.warn('The server aborts a stream that we do not have:', id);
            return;
        }
        galeneCall(stream, 'onabort');
        if (stream.sc)
            stream.close();
    }

    /**
     * The server has an address to try for a stream.
     *
     * @param {string} id
     * @param {RTCIceCandidateInit | null} candidate
     * @returns {Promise<void>}
     */
    async gotRemoteIce(id, candidate) {
        const stream = this.up[id] || this.down[id];
        if (!stream) {
            console.warn('Candidate for a stream that we do not have:', id);
            return;
        }
        if (!stream.pc.remoteDescription) {
            stream.remoteIceCandidates.push(candidate);
            return;
        }
        await stream._addCandidate(candidate);
    }

    // Files

    /**
     * Offers a file to a user. Throws if the user is unknown or oneself, and if
     * we are not connected.
     *
     * @param {string} userid
     * @param {File} file
     * @returns {TransferredFile}
     */
    sendFile(userid, file) {
        if (userid === this.id)
            throw new Error('Cannot send a file to oneself');
        const user = this.users[userid];
        if (!user)
            throw new Error('Cannot send a file to an unknown user');
        if (!this.socket || this.socket.readyState !== this.socket.OPEN)
            throw new Error('Not connected to the server');

        const transfer = new TransferredFile(
            this, userid, newRandomId(), true, user.username, file.name, file.type, file.size);
        transfer.file = file;
        this.transferredFiles[transfer.fullid()] = transfer;
        try {
            this.onfiletransfer?.call(this, transfer);
        } catch (error) {
            transfer.fail(error);
        }
        if (transfer.state === '') {
            this.userMessage('filetransfer', userid, {
                type: 'invite',
                version: [galeneTransfer.version],
                id: transfer.id,
                name: transfer.name,
                size: transfer.size,
                mimetype: transfer.mimetype,
            });
            transfer.event('inviting');
        }
        return transfer;
    }

    /**
     * Returns a file transfer that is under way.
     *
     * @param {string} userid
     * @param {string} fileid
     * @returns {TransferredFile | undefined}
     */
    getTransferredFile(userid, fileid) {
        return this.transferredFiles[`${userid}-${fileid}`];
    }

    /**
     * A peer speaks about a file.
     *
     * @param {string} id of the peer
     * @param {string} username
     * @param {any} message
     */
    fileTransfer(id, username, message) {
        if (!id || !message || typeof message.id !== 'string' || !message.id) {
            console.warn('Bad message about a file transfer');
            return;
        }
        const file = this.getTransferredFile(id, message.id);
        switch (message.type) {
        case 'invite':
            if (file)
                sendFileCancel(this, id, message.id, 'duplicate file transfer');
            else
                this._gotInvitation(id, username, message);
            break;
        case 'offer':
            if (!file || !file.up || file.state !== 'inviting')
                sendFileCancel(this, id, message.id, 'unexpected offer of a file transfer');
            else if (!Array.isArray(message.version) || !message.version.includes(galeneTransfer.version))
                file.cancel('unknown version of the file transfer protocol');
            else
                file.answer(String(message.sdp));
            break;
        case 'answer':
            if (!file || file.up || file.state !== 'connecting')
                sendFileCancel(this, id, message.id, 'unexpected answer of a file transfer');
            else
                file.receiveFile(String(message.sdp));
            break;
        case 'ice':
            if (file)
                file._gotCandidate(message.candidate ?? null);
            else
                console.warn('Candidate for an unknown file transfer');
            break;
        case 'cancel':
            if (file)
                file.fail(message.message ?? null);
            break;
        default:
            if (file)
                file.cancel(`unknown file transfer message ${message.type}`);
            else
                sendFileCancel(this, id, message.id, `unknown file transfer message ${message.type}`);
        }
    }

    /**
     * A peer offers a file.
     *
     * @param {string} id of the peer
     * @param {string} username
     * @param {any} message
     * @internal
     */
    _gotInvitation(id, username, message) {
        if (!Array.isArray(message.version) || !message.version.includes(galeneTransfer.version)) {
            sendFileCancel(this, id, message.id, 'unknown version of the file transfer protocol');
            return;
        }
        if (!Number.isSafeInteger(message.size) || message.size < 0) {
            sendFileCancel(this, id, message.id, 'bad size');
            return;
        }
        if (!this.onfiletransfer) {
            sendFileCancel(this, id, message.id, 'this client does not accept files');
            return;
        }
        const file = new TransferredFile(
            this, id, message.id, false, username || this.users[id]?.username || '',
            TransferredFile._cleanName(message.name), String(message.mimetype ?? ''), message.size);
        this.transferredFiles[file.fullid()] = file;
        try {
            this.onfiletransfer.call(this, file);
        } catch (error) {
            file.cancel(error);
        }
    }
}

/**
 * A stream: one peer connection in one direction. Created by
 * `ServerConnection.newUpStream`, and by the library for streams that others
 * send.
 */
class Stream {
    /**
     * @param {ServerConnection} sc
     * @param {string} id
     * @param {string} localId
     * @param {RTCPeerConnection} pc
     * @param {boolean} up
     */
    constructor(sc, id, localId, pc, up) {
        /**
         * The connection; null once the stream is closed.
         * @type {ServerConnection | null}
         */
        this.sc = sc;
        /** The id on the wire. */
        this.id = id;
        /** The id for the interface; a stream keeps it when it is replaced. */
        this.localId = localId;
        /** Whether we send it. */
        this.up = up;
        /**
         * User id of the sender, if that is not us.
         * @type {string | null}
         */
        this.source = null;
        /**
         * Name of the sender, if that is not us.
         * @type {string | null}
         */
        this.username = null;
        /** @type {RTCPeerConnection} */
        this.pc = pc;
        /**
         * What it is: `'camera'`, `'screenshare'`, `'video'` or something else.
         * @type {string | null}
         */
        this.label = null;
        /**
         * Track id → `'audio'`, `'video'`, `'screenshare'`.
         * @type {Record<string, string>}
         */
        this.labels = galeneDictionary();
        /**
         * Unused; old code writes to it.
         * @type {string | null}
         */
        this.kind = null;
        /**
         * The id of the stream that this one replaces, until it is offered.
         * @type {string | null}
         */
        this.replace = null;
        /** Whether an offer or answer has been sent. */
        this.localDescriptionSent = false;
        /**
         * Our candidates that wait until the description has been sent.
         * @type {RTCIceCandidate[]}
         */
        this.localIceCandidates = [];
        /**
         * The server's candidates that wait for its description.
         * @type {(RTCIceCandidateInit | null)[]}
         */
        this.remoteIceCandidates = [];
        /**
         * The latest statistics.
         * @type {StreamStats}
         */
        this.stats = galeneDictionary();
        /**
         * Timer of the statistics.
         * @type {number | null}
         */
        this.statsHandler = null;
        /**
         * For the application.
         * @type {Record<string, any>}
         */
        this.userdata = {};

        /**
         * The stream is gone. `replace`: another one with the same local id
         * follows at once.
         * @type {((this: Stream, replace: boolean) => void) | null}
         */
        this.onclose = null;
        /**
         * Negotiation has failed; `onclose` follows.
         * @type {((this: Stream, error: any) => void) | null}
         */
        this.onerror = null;
        /**
         * The server wants this stream closed, which happens after the callback.
         * @type {((this: Stream) => void) | null}
         */
        this.onabort = null;
        /**
         * A negotiation has succeeded.
         * @type {((this: Stream) => void) | null}
         */
        this.onnegotiationcompleted = null;
        /**
         * A track has arrived.
         * @type {((this: Stream, track: MediaStreamTrack, transceiver: RTCRtpTransceiver,
         *     stream: MediaStream) => void) | null}
         */
        this.ondowntrack = null;
        /**
         * The state of the network path has changed.
         * @type {((this: Stream, status: string) => void) | null}
         */
        this.onstatus = null;
        /**
         * New statistics.
         * @type {((this: Stream, stats: StreamStats) => void) | null}
         */
        this.onstats = null;

        /**
         * @type {MediaStream | null}
         * @internal
         */
        this._stream = null;
        /** @internal */
        this._closing = false;
        /**
         * Negotiations run one after the other.
         * @type {Promise<void>}
         * @internal
         */
        this._negotiation = Promise.resolve();
        /**
         * A request made before the stream was answered.
         * @type {{request: string[] | null} | null}
         * @internal
         */
        this._rememberedRequest = null;
        /**
         * Counters of the previous round of statistics.
         * @type {Map<string, any>}
         * @internal
         */
        this._counters = new Map();
        /**
         * The round of statistics that is under way.
         * @type {Promise<void> | null}
         * @internal
         */
        this._updating = null;
    }

    /**
     * The media; null until it is known. For a stream that we send, assigning it
     * does what `setStream` does.
     *
     * @returns {MediaStream | null}
     */
    get stream() {
        return this._stream;
    }

    set stream(mediaStream) {
        this._stream = mediaStream;
        if (this.up && this.sc)
            recomputeUserStreams(this.sc, this.sc.id);
    }

    /**
     * Sets the media of a stream that we send. Does not add its tracks to `pc`.
     *
     * @param {MediaStream | null} mediaStream
     */
    setStream(mediaStream) {
        if (!this.up)
            throw new Error('Cannot set the media of a stream that we receive');
        this.stream = mediaStream;
    }

    /**
     * Sets the media of a stream that we send and adds all its tracks, encoded
     * as other clients and the server expect it.
     *
     * @param {MediaStream} mediaStream
     * @param {Object} [options]
     * @param {boolean} [options.simulcast] send a small picture too; never done
     *     for a shared screen
     * @param {number} [options.maxVideoBitrate] in bit/s; nothing: unlimited
     * @param {number} [options.maxAudioBitrate] in bit/s; nothing: the browser's choice
     */
    addTracks(mediaStream, options = {}) {
        this.setStream(mediaStream);
        for (const track of mediaStream.getTracks()) {
            /** @type {RTCRtpEncodingParameters[]} */
            let sendEncodings;
            if (track.kind === 'video') {
                const maxBitrate = options.maxVideoBitrate ?? 1_000_000_000;
                if (options.simulcast && this.label !== 'screenshare') {
                    sendEncodings = [
                        {rid: 'h', maxBitrate},
                        {rid: 'l', scaleResolutionDownBy: 2, maxBitrate: Math.min(maxBitrate, 100_000)},
                    ];
                } else {
                    sendEncodings = [{maxBitrate}];
                }
            } else {
                sendEncodings = options.maxAudioBitrate ? [{maxBitrate: options.maxAudioBitrate}] : [{}];
            }
            this.pc.addTransceiver(track, {
                direction: 'sendonly',
                streams: [mediaStream],
                sendEncodings,
            });
        }
    }

    /**
     * Closes the stream. A stream that we receive is only forgotten; `abort`
     * has the server stop sending it. Tracks are not stopped.
     *
     * @param {boolean} [replace] a new stream takes its place
     */
    close(replace) {
        const sc = this.sc;
        if (!sc || this._closing) {
            console.warn('This stream is closed already');
            return;
        }
        this._closing = true;
        this.setStatsInterval(0);

        const pc = this.pc;
        pc.onnegotiationneeded = null;
        pc.onicecandidate = null;
        pc.oniceconnectionstatechange = null;
        pc.ontrack = null;
        pc.close();

        const streams = this.up ? sc.up : sc.down;
        if (streams[this.id] === this)
            delete streams[this.id];
        if (this.up && !replace) {
            // What it was to replace must not stay either.
            const id = this.localDescriptionSent ? this.id : this.replace;
            if (id && sc.socket && sc.socket.readyState === sc.socket.OPEN)
                sc.send({type: 'close', id});
        }
        recomputeUserStreams(sc, this.up ? sc.id : this.source);
        galeneCall(this, 'onclose', !!replace);
        this.sc = null;
    }

    /** Asks the server to stop sending a stream; `onclose` comes later. */
    abort() {
        if (this.up)
            throw new Error('Cannot abort a stream that we send');
        if (this.sc)
            this.sc.send({type: 'abort', id: this.id});
    }

    /**
     * Asks for other tracks of this stream than `ServerConnection.request` says.
     * Null goes back to that.
     *
     * @param {string[] | MediaRequestWord | null} what
     */
    request(what) {
        if (this.up)
            throw new Error('Cannot request a stream that we send');
        if (!this.sc || this._closing)
            return;
        /** @type {string[] | null} */
        let request = null;
        if (typeof what === 'string') {
            const all = galeneRequest(what);
            request = Object.hasOwn(all, this.label || '') ? all[this.label || ''] : all[''];
        } else if (what) {
            request = what;
        }
        if (this.localDescriptionSent)
            this.sc.send({type: 'requestStream', id: this.id, request});
        else
            this._rememberedRequest = {request};
    }

    // Negotiation

    /**
     * Installs the handlers on the peer connection.
     *
     * @package
     */
    _listen() {
        const pc = this.pc;
        if (this.up)
            pc.onnegotiationneeded = () => this._offer();
        pc.onicecandidate = event => {
            if (event.candidate && event.candidate.candidate)
                this.gotLocalIce(event.candidate);
        };
        pc.oniceconnectionstatechange = () => {
            const state = pc.iceConnectionState;
            galeneCall(this, 'onstatus', state === 'completed' ? 'connected' : state);
            if (state === 'failed' && this.sc)
                this.restartIce();
        };
        if (!this.up)
            pc.ontrack = event => this._gotTrack(event);
    }

    /**
     * Runs one step of negotiation after those that have been started before. An
     * error goes to `onerror`; then `giveUp` is called.
     *
     * @param {() => Promise<void>} step
     * @param {() => void} giveUp
     * @returns {Promise<void>}
     * @internal
     */
    _negotiate(step, giveUp) {
        const run = async () => {
            if (!this.sc || this._closing)
                return;
            try {
                await step();
            } catch (error) {
                if (!this.sc || this._closing)
                    return;
                galeneCall(this, 'onerror', error);
                try {
                    if (this.sc && !this._closing)
                        giveUp();
                } catch (e) {
                    console.warn(e);
                }
            }
        };
        this._negotiation = this._negotiation.then(run);
        return this._negotiation;
    }

    /** @internal */
    _offer() {
        return this._negotiate(() => this.negotiate(), () => this.close());
    }

    /**
     * Answers an offer of the server.
     *
     * @param {string} sdp
     * @package
     */
    _answer(sdp) {
        return this._negotiate(async () => {
            const pc = this.pc;
            await pc.setRemoteDescription({type: 'offer', sdp});
            await this.flushRemoteIceCandidates();
            await pc.setLocalDescription(await pc.createAnswer());
            if (!this.sc || this._closing || !pc.localDescription)
                return;
            this.sc.send({type: 'answer', id: this.id, sdp: pc.localDescription.sdp});
            this.localDescriptionSent = true;
            this.flushLocalIceCandidates();
            if (this._rememberedRequest) {
                this.sc.send({type: 'requestStream', id: this.id, request: this._rememberedRequest.request});
                this._rememberedRequest = null;
            }
            // Tracks may have been taken away.
            recomputeUserStreams(this.sc, this.source);
            galeneCall(this, 'onnegotiationcompleted');
        }, () => this.abort());
    }

    /**
     * The server has answered our offer.
     *
     * @param {string} sdp
     * @package
     */
    _accept(sdp) {
        return this._negotiate(async () => {
            await this.pc.setRemoteDescription({type: 'answer', sdp});
            await this.flushRemoteIceCandidates();
            if (this.sc && !this._closing)
                galeneCall(this, 'onnegotiationcompleted');
        }, () => this.close());
    }

    /**
     * Creates and sends an offer. The library does that by itself; to repair a
     * stream, use `restartIce`.
     *
     * @param {boolean} [restartIce]
     * @returns {Promise<void>}
     */
    async negotiate(restartIce) {
        if (!this.up)
            throw new Error('Cannot negotiate a stream that we receive');
        const pc = this.pc;
        await pc.setLocalDescription(await pc.createOffer({iceRestart: !!restartIce}));
        if (!this.sc || this._closing || !pc.localDescription)
            return;

        if (this.label === null || this.label === undefined) {
            const labels = Object.values(this.labels);
            if (labels.includes('screenshare'))
                this.label = 'screenshare';
            else if (labels.length > 0)
                this.label = 'camera';
            if (this.label)
                recomputeUserStreams(this.sc, this.sc.id);
        }
        this.sc.send({
            type: 'offer',
            source: this.sc.id,
            username: this.sc.username,
            kind: this.localDescriptionSent ? 'renegotiate' : '',
            id: this.id,
            replace: this.replace,
            label: this.label,
            sdp: pc.localDescription.sdp,
        });
        this.localDescriptionSent = true;
        this.replace = null;
        this.flushLocalIceCandidates();
    }

    /** Tries to find a new path through the network. Returns at once. */
    restartIce() {
        if (!this.sc || this._closing)
            return;
        if (!this.up) {
            if (this.sc.socket && this.sc.socket.readyState === this.sc.socket.OPEN)
                this.sc.send({type: 'renegotiate', id: this.id});
        } else if (typeof this.pc.restartIce === 'function') {
            // Leads to negotiationneeded once no negotiation is under way.
            this.pc.restartIce();
        } else {
            this._negotiate(() => this.negotiate(true), () => this.close());
        }
    }

    /**
     * Sends one of our candidates, once the server knows the stream.
     *
     * @param {RTCIceCandidate} candidate
     */
    gotLocalIce(candidate) {
        if (!this.localDescriptionSent)
            this.localIceCandidates.push(candidate);
        else if (this.sc && this.sc.socket && this.sc.socket.readyState === this.sc.socket.OPEN)
            this.sc.send({type: 'ice', id: this.id, candidate});
    }

    /** Sends the candidates that have waited. */
    flushLocalIceCandidates() {
        const candidates = this.localIceCandidates;
        this.localIceCandidates = [];
        for (const candidate of candidates)
            this.gotLocalIce(candidate);
    }

    /**
     * Uses the server's candidates that have waited.
     *
     * @returns {Promise<void>}
     */
    async flushRemoteIceCandidates() {
        const candidates = this.remoteIceCandidates;
        this.remoteIceCandidates = [];
        await Promise.all(candidates.map(candidate => this._addCandidate(candidate)));
    }

    /**
     * @param {RTCIceCandidateInit | null} candidate
     * @package
     */
    async _addCandidate(candidate) {
        try {
            await this.pc.addIceCandidate(candidate ?? undefined);
        } catch (error) {
            if (this.sc && !this._closing)
                console.warn('Bad candidate from the server:', error);
        }
    }

    // Media that we receive

    /**
     * Fills `labels` from an offer.
     *
     * @param {string} sdp
     * @package
     */
    _readLabels(sdp) {
        this.labels = galeneDictionary();
        for (const section of sdp.split(/^m=/m).slice(1)) {
            const msid = /^a=msid:\S+[ \t]+(\S+)/m.exec(section);
            if (msid)
                this.labels[msid[1]] = this._trackLabel(section.startsWith('audio') ? 'audio' : 'video');
        }
        for (const receiver of this.pc.getReceivers()) {
            if (receiver.track && this._stream?.getTrackById(receiver.track.id))
                this.labels[receiver.track.id] = this._trackLabel(receiver.track.kind);
        }
    }

    /**
     * @param {string} kind of a track
     * @returns {string}
     * @internal
     */
    _trackLabel(kind) {
        if (kind === 'audio')
            return 'audio';
        return this.label === 'screenshare' ? 'screenshare' : 'video';
    }

    /**
     * @param {RTCTrackEvent} event
     * @internal
     */
    _gotTrack(event) {
        if (!this.sc || this._closing)
            return;
        const track = event.track;
        let mediaStream = event.streams[0];
        if (!mediaStream) {
            // The sender did not say what belongs together: all of it does.
            mediaStream = this._stream ?? new MediaStream();
            mediaStream.addTrack(track);
        }
        this.stream = mediaStream;
        this.labels[track.id] = this._trackLabel(track.kind);
        recomputeUserStreams(this.sc, this.source);
        galeneCall(this, 'ondowntrack', track, event.transceiver, mediaStream);
    }

    // Statistics

    /**
     * Updates the statistics now and again.
     *
     * @param {number} ms milliseconds; 0 or less: never
     */
    setStatsInterval(ms) {
        if (this.statsHandler !== null) {
            clearInterval(this.statsHandler);
            this.statsHandler = null;
        }
        if (ms > 0 && this.sc && !this._closing)
            this.statsHandler = /** @type {any} */ (setInterval(() => this.updateStats(), ms));
    }

    /**
     * Updates `stats`. Resolves after `onstats` has run.
     *
     * @returns {Promise<void>}
     */
    updateStats() {
        this._updating ??= this._collectStats().finally(() => {
            this._updating = null;
        });
        return this._updating;
    }

    /** @internal */
    async _collectStats() {
        if (!this.sc || this._closing)
            return;
        /** @type {StreamStats} */
        const stats = galeneDictionary();
        /** @type {Map<string, any>} */
        const counters = new Map();
        try {
            if (this.up) {
                for (const sender of this.pc.getSenders()) {
                    if (sender.track)
                        this._senderStats(stats, counters, sender.track.id, await sender.getStats());
                }
            } else {
                for (const receiver of this.pc.getReceivers()) {
                    if (receiver.track)
                        this._receiverStats(stats, counters, receiver.track.id, await receiver.getStats());
                }
            }
        } catch {
            return;
        }
        if (!this.sc || this._closing)
            return;
        this._counters = counters;
        this.stats = stats;
        galeneCall(this, 'onstats', stats);
    }

    /**
     * @param {StreamStats} stats
     * @param {Map<string, any>} counters
     * @param {string} trackId
     * @param {RTCStatsReport} report
     * @internal
     */
    _senderStats(stats, counters, trackId, report) {
        /** @type {any[]} */
        const reports = [];
        report.forEach(r => reports.push(r));
        /** @type {{timestamp: number, bytesSent: number, rate?: number}} */
        const total = {timestamp: 0, bytesSent: 0};
        let found = false;

        for (const r of reports) {
            if (r.type !== 'outbound-rtp')
                continue;
            found = true;
            const key = `${trackId}-${r.ssrc}`;
            const old = this._counters.get(key);
            counters.set(key, r);

            /** @type {Record<string, any>} */
            const entry = {timestamp: r.timestamp, bytesSent: r.bytesSent};
            if (old && r.timestamp > old.timestamp)
                entry.rate = Math.max(0, r.bytesSent - old.bytesSent) * 8000 / (r.timestamp - old.timestamp);
            for (const name of ['frameWidth', 'frameHeight', 'framesPerSecond', 'qualityLimitationReason', 'rid']) {
                if (r[name] !== undefined)
                    entry[name] = r[name];
            }
            const remote = reports.find(other => other.type === 'remote-inbound-rtp' && other.localId === r.id);
            for (const name of ['roundTripTime', 'fractionLost']) {
                if (remote && remote[name] !== undefined)
                    entry[name] = remote[name];
            }
            stats[key] = {'outbound-rtp': entry};

            total.timestamp = Math.max(total.timestamp, r.timestamp);
            total.bytesSent += r.bytesSent;
            if (entry.rate !== undefined)
                total.rate = (total.rate ?? 0) + entry.rate;
        }
        if (found) {
            Object.defineProperty(stats, trackId, {
                configurable: true,
                enumerable: false,
                value: {'outbound-rtp': total},
            });
        }
    }

    /**
     * @param {StreamStats} stats
     * @param {Map<string, any>} counters
     * @param {string} trackId
     * @param {RTCStatsReport} report
     * @internal
     */
    _receiverStats(stats, counters, trackId, report) {
        /** @type {any} */
        let r = null;
        report.forEach(candidate => {
            if (candidate.type === 'inbound-rtp' && !r)
                r = candidate;
        });
        if (!r)
            return;
        const old = this._counters.get(trackId);
        counters.set(trackId, r);

        /**
         * The growth of a counter since the last round.
         * @param {string} name
         * @returns {number}
         */
        const grown = name => old ? Math.max(0, (r[name] ?? 0) - (old[name] ?? 0)) : 0;

        /** @type {Record<string, any>} */
        const entry = {timestamp: r.timestamp};
        for (const name of ['totalAudioEnergy', 'bytesReceived', 'packetsLost', 'packetsReceived', 'jitter',
            'nackCount', 'frameWidth', 'frameHeight', 'framesPerSecond', 'freezeCount']) {
            if (r[name] !== undefined)
                entry[name] = r[name];
        }
        if (old && r.timestamp > old.timestamp) {
            const seconds = (r.timestamp - old.timestamp) / 1000;
            entry.rate = grown('bytesReceived') * 8 / seconds;
            const lost = grown('packetsLost');
            const packets = lost + grown('packetsReceived');
            entry.fractionLost = packets > 0 ? lost / packets : 0;
            if (r.totalAudioEnergy !== undefined) {
                const duration = r.totalSamplesDuration === undefined ? seconds : grown('totalSamplesDuration');
                entry.audioEnergy = duration > 0 ? Math.min(1, grown('totalAudioEnergy') / duration) : 0;
            }
            if (r.totalSamplesReceived !== undefined) {
                const samples = grown('totalSamplesReceived');
                entry.concealedRatio = samples > 0 ? Math.min(1, grown('concealedSamples') / samples) : 0;
            }
        }
        stats[trackId] = {'inbound-rtp': entry};
        Object.defineProperty(stats[trackId], 'track', {
            configurable: true,
            enumerable: false,
            value: entry,
        });
    }
}

/**
 * A file that travels between us and another user, without going through the
 * server. Each side learns the network address of the other.
 */
class TransferredFile {
    /**
     * @param {ServerConnection} sc
     * @param {string} userid the other side
     * @param {string} id
     * @param {boolean} up whether we send it
     * @param {string} username the name of the other side
     * @param {string} name
     * @param {string} mimetype
     * @param {number} size in bytes
     */
    constructor(sc, userid, id, up, username, name, mimetype, size) {
        this.sc = sc;
        this.userid = userid;
        this.id = id;
        this.up = up;
        this.username = username;
        this.name = name;
        this.mimetype = mimetype;
        this.size = size;
        /**
         * `''`, `'inviting'`, `'connecting'`, `'connected'`, `'done'`,
         * `'cancelled'` or `'closed'`.
         * @type {string}
         */
        this.state = '';
        /** Version of the file transfer protocol. */
        this.version = galeneTransfer.version;
        /**
         * The file, if we send it.
         * @type {File | null}
         */
        this.file = null;
        /** @type {RTCPeerConnection | null} */
        this.pc = null;
        /** @type {RTCDataChannel | null} */
        this.dc = null;
        /**
         * Candidates that wait for the description.
         * @type {(RTCIceCandidateInit | null)[]}
         */
        this.candidates = [];
        /**
         * What has been received, except for the latest part of it.
         * @type {Blob[]}
         */
        this.data = [];
        /** Bytes sent or received so far. */
        this.datalen = 0;
        /**
         * The state has changed, or there is progress. `data` is the received
         * `Blob` in `'done'` and the reason in `'cancelled'`.
         * @type {((this: TransferredFile, state: string, data?: any) => void) | null}
         */
        this.onevent = null;

        /**
         * @type {any}
         * @internal
         */
        this._timer = null;
        /** @internal */
        this._lastProgress = 0;
        /**
         * What has been received since the last blob in `data`.
         * @type {ArrayBuffer[]}
         * @internal
         */
        this._recent = [];
        /** @internal */
        this._recentLength = 0;
    }

    /**
     * Makes a name that came from the other side harmless: no directories, no
     * control characters.
     *
     * @param {unknown} name
     * @returns {string}
     * @package
     */
    static _cleanName(name) {
        const base = String(name ?? '').split(/[/\\]/).pop() ?? '';
        // eslint-disable-next-line no-control-regex
        const clean = base.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '').trim();
        return /^\.*$/.test(clean) ? 'file' : clean.slice(0, 255);
    }

    /**
     * Returns the key in `ServerConnection.transferredFiles`.
     *
     * @returns {string}
     */
    fullid() {
        return `${this.userid}-${this.id}`;
    }

    /**
     * Enters a state and tells the application.
     *
     * @param {string} state
     * @param {any} [data]
     */
    event(state, data) {
        this.state = state;
        galeneCall(this, 'onevent', state, data);
    }

    /**
     * Tells the application about progress, at most ten times a second.
     *
     * @param {boolean} [last]
     * @internal
     */
    _progress(last) {
        const now = Date.now();
        if (this.state !== 'connected' || (!last && now - this._lastProgress < galeneTransfer.progress))
            return;
        this._lastProgress = now;
        this.event('connected');
    }

    /**
     * Whether the transfer is in a state. It may have changed since the last
     * look, because callbacks run in between.
     *
     * @param {string} state
     * @returns {boolean}
     * @internal
     */
    _is(state) {
        return this.state === state;
    }

    /**
     * Whether the transfer is over.
     *
     * @returns {boolean}
     * @internal
     */
    _over() {
        return this.state === 'done' || this.state === 'cancelled' || this.state === 'closed';
    }

    /** Frees everything. Harmless when done before. */
    close() {
        if (this.state === 'closed')
            return;
        clearTimeout(this._timer);
        if (this.dc) {
            this.dc.onopen = this.dc.onclose = this.dc.onerror = this.dc.onmessage = null;
            this.dc.onbufferedamountlow = null;
            this.dc.close();
        }
        if (this.pc) {
            this.pc.onicecandidate = this.pc.oniceconnectionstatechange = this.pc.ondatachannel = null;
            this.pc.close();
        }
        this.dc = null;
        this.pc = null;
        this.data = [];
        this._recent = [];
        if (this.sc.transferredFiles[this.fullid()] === this)
            delete this.sc.transferredFiles[this.fullid()];
        this.event('closed');
    }

    /**
     * Stops the transfer and tells the other side, if it knows of it. Harmless
     * in any state.
     *
     * @param {unknown} [reason]
     */
    cancel(reason) {
        if (this._over())
            return;
        if (!this.up || this.state !== '')
            sendFileCancel(this.sc, this.userid, this.id, reason);
        this.fail(reason);
    }

    /**
     * Stops the transfer without telling the other side.
     *
     * @param {unknown} [reason]
     */
    fail(reason) {
        if (this._over())
            return;
        this.event('cancelled', reason ?? null);
        this.close();
    }

    /**
     * Creates the peer connection.
     *
     * @returns {RTCPeerConnection}
     * @internal
     */
    _connect() {
        const pc = new RTCPeerConnection(this.sc.getRTCConfiguration() ?? undefined);
        this.pc = pc;
        pc.onicecandidate = event => {
            try {
                this.sc.userMessage('filetransfer', this.userid, {
                    type: 'ice',
                    id: this.id,
                    candidate: event.candidate,
                });
            } catch (error) {
                this.fail(error);
            }
        };
        pc.oniceconnectionstatechange = () => {
            if (pc.iceConnectionState === 'failed')
                this.cancel('No direct connection between the two computers is possible');
        };
        this._timer = setTimeout(() => {
            if (this.state === 'connecting')
                this.cancel('No direct connection between the two computers was possible');
        }, galeneTransfer.connect);
        return pc;
    }

    /**
     * Takes a data channel into use.
     *
     * @param {RTCDataChannel} dc
     * @internal
     */
    _useChannel(dc) {
        this.dc = dc;
        try {
            dc.binaryType = 'blob';
        } catch {
            dc.binaryType = 'arraybuffer';
        }
        dc.onerror = () => this._channelClosed();
        dc.onclose = () => this._channelClosed();
    }

    /**
     * The data channel is gone. If that was too early, the reason is on its way
     * through the server, so wait for it.
     *
     * @internal
     */
    _channelClosed() {
        if (this.state === 'done') {
            this.close();
        } else if (!this._over()) {
            clearTimeout(this._timer);
            this._timer = setTimeout(
                () => this.cancel('The connection between the two computers was lost'), galeneTransfer.grace);
        }
    }

    /**
     * @param {RTCIceCandidateInit | null} candidate
     * @package
     */
    async _gotCandidate(candidate) {
        if (!this.pc || !this.pc.remoteDescription) {
            this.candidates.push(candidate);
            return;
        }
        try {
            await this.pc.addIceCandidate(candidate ?? undefined);
        } catch (error) {
            console.warn('Bad candidate for a file transfer:', error);
        }
    }

    /** @internal */
    _flushCandidates() {
        const candidates = this.candidates;
        this.candidates = [];
        for (const candidate of candidates)
            this._gotCandidate(candidate);
    }

    // The receiving side

    /**
     * Accepts a file that is offered to us.
     *
     * @returns {Promise<void>}
     */
    async receive() {
        if (this.up)
            throw new Error('Cannot receive a file that we send');
        if (this.state !== '')
            throw new Error('This file transfer has been started or is over');
        try {
            this.event('connecting');
            const pc = this._connect();
            const dc = pc.createDataChannel('file');
            this._useChannel(dc);
            dc.onopen = () => {
                if (this.state !== 'connecting')
                    return;
                clearTimeout(this._timer);
                this.event('connected');
                if (this.size === 0)
                    this._received();
            };
            dc.onmessage = event => this.receiveData(event.data);
            await pc.setLocalDescription(await pc.createOffer());
            if (!this._is('connecting') || !pc.localDescription)
                return;
            this.sc.userMessage('filetransfer', this.userid, {
                type: 'offer',
                version: [galeneTransfer.version],
                id: this.id,
                sdp: pc.localDescription.sdp,
            });
        } catch (error) {
            this.cancel(error);
        }
    }

    /**
     * The sender has answered.
     *
     * @param {string} sdp
     * @returns {Promise<void>}
     */
    async receiveFile(sdp) {
        try {
            if (!this.pc)
                throw new Error('unexpected answer');
            await this.pc.setRemoteDescription({type: 'answer', sdp});
            this._flushCandidates();
        } catch (error) {
            this.cancel(error);
        }
    }

    /**
     * A part of the file has come.
     *
     * @param {Blob | ArrayBuffer | string} data
     */
    receiveData(data) {
        if (this.state !== 'connected')
            return;
        if (typeof data === 'string') {
            this.cancel('unexpected text in the file');
            return;
        }
        this.bufferData(data);
        if (this.datalen > this.size)
            this.cancel('the file is longer than announced');
        else if (this.datalen === this.size)
            this._received();
        else
            this._progress();
    }

    /**
     * The whole file is there.
     *
     * @internal
     */
    _received() {
        this._progress(true);
        if (this.state !== 'connected' || !this.dc)
            return;
        const blob = this.getBufferedData();
        this.dc.send('done');
        this._timer = setTimeout(() => this.close(), galeneTransfer.linger);
        this.event('done', blob);
    }

    /**
     * Keeps a part of the file. Large files are kept as blobs, so that the
     * browser need not hold them in memory.
     *
     * @param {Blob | ArrayBuffer} data
     */
    bufferData(data) {
        if (data instanceof Blob) {
            this.data.push(data);
            this.datalen += data.size;
            return;
        }
        this._recent.push(data);
        this._recentLength += data.byteLength;
        this.datalen += data.byteLength;
        if (this._recentLength >= galeneTransfer.merge) {
            this.data.push(new Blob(this._recent));
            this._recent = [];
            this._recentLength = 0;
        }
    }

    /**
     * Returns everything received so far, and forgets it.
     *
     * @returns {Blob}
     */
    getBufferedData() {
        const blob = new Blob([...this.data, ...this._recent], {type: this.mimetype});
        this.data = [];
        this._recent = [];
        this._recentLength = 0;
        return blob;
    }

    // The sending side

    /**
     * The receiver accepts the file.
     *
     * @param {string} sdp
     * @returns {Promise<void>}
     */
    async answer(sdp) {
        try {
            this.event('connecting');
            const pc = this._connect();
            pc.ondatachannel = event => {
                if (this.dc)
                    return;
                const dc = event.channel;
                this._useChannel(dc);
                dc.onmessage = message => {
                    if (message.data === 'done' && this.state === 'connected' && this.datalen === this.size) {
                        this.event('done');
                        this.close();
                    } else {
                        this.cancel('unexpected data from the receiver');
                    }
                };
                if (dc.readyState === 'open')
                    this.send();
                else
                    dc.onopen = () => this.send();
            };
            await pc.setRemoteDescription({type: 'offer', sdp});
            await pc.setLocalDescription(await pc.createAnswer());
            if (!this._is('connecting') || !pc.localDescription)
                return;
            this.sc.userMessage('filetransfer', this.userid, {
                type: 'answer',
                id: this.id,
                sdp: pc.localDescription.sdp,
            });
            this._flushCandidates();
        } catch (error) {
            this.cancel(error);
        }
    }

    /**
     * Sends the file over the data channel.
     *
     * @returns {Promise<void>}
     */
    async send() {
        const dc = this.dc;
        const file = this.file;
        if (!dc || !file || this.state !== 'connecting')
            return;
        clearTimeout(this._timer);
        this.event('connected');
        dc.bufferedAmountLowThreshold = galeneTransfer.buffered / 2;
        try {
            for (let offset = 0; offset < this.size; offset += galeneTransfer.slice) {
                const slice = await file.slice(offset, offset + galeneTransfer.slice).arrayBuffer();
                for (let start = 0; start < slice.byteLength; start += galeneTransfer.chunk) {
                    if (dc.bufferedAmount > galeneTransfer.buffered)
                        await TransferredFile._drained(dc);
                    if (!this._is('connected') || dc.readyState !== 'open')
                        return;
                    const chunk = slice.slice(start, start + galeneTransfer.chunk);
                    dc.send(chunk);
                    this.datalen += chunk.byteLength;
                    this._progress(this.datalen === this.size);
                }
            }
            if (this.datalen !== this.size)
                throw new Error('the file has changed while it was being sent');
        } catch (error) {
            this.cancel(error);
        }
    }

    /**
     * Waits until a channel can take more data, or is closed.
     *
     * @param {RTCDataChannel} dc
     * @returns {Promise<void>}
     * @internal
     */
    static _drained(dc) {
        return new Promise(resolve => {
            const done = () => {
                dc.removeEventListener('bufferedamountlow', done);
                dc.removeEventListener('close', done);
                resolve();
            };
            dc.addEventListener('bufferedamountlow', done);
            dc.addEventListener('close', done);
        });
    }
}

// A page may load this file both as a classic script and as a module: what runs first is
// what both use. A classic script that runs second has put functions of its own in the
// place of those already, and has classes of its own in front of them.
{
    const key = Symbol.for('galene protocol.js');
    const published = /** @type {any} */ (globalThis)[key] ??= {
        ServerConnection,
        Stream,
        TransferredFile,
        newRandomId,
        newLocalId,
        toHex,
        parseTime,
        recomputeUserStreams,
        sendFileCancel,
    };
    Object.assign(globalThis, published);
    // @ts-ignore -- it does not know that classes may be assigned to
    // eslint-disable-next-line no-class-assign, no-global-assign, no-useless-assignment
    ({ServerConnection, Stream, TransferredFile} = published);
}
