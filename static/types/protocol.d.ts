type GalenePermissions = string[] & {
    readonly op: boolean;
    readonly present: boolean;
    readonly message: boolean;
    readonly caption: boolean;
    readonly token: boolean;
    readonly record: boolean;
    readonly admin: boolean;
    readonly system: boolean;
};
type GaleneUser = {
    username: string;
    permissions: GalenePermissions;
    data: Record<string, any>;
    streams: Record<string, {
        audio?: true;
        video?: true;
    }>;
};
type GroupStatus = {
    name?: string;
    /**
     * URL of the group's page
     */
    location?: string;
    /**
     * URL of the WebSocket
     */
    endpoint?: string;
    displayName?: string;
    description?: string;
    authServer?: string;
    authPortal?: string;
    redirect?: string;
    locked?: boolean;
    clientCount?: number;
    canChangePassword?: boolean;
};
type GaleneCredentials = string | null | undefined | {
    type: 'password';
    password?: string;
} | {
    type: 'token';
    token: string;
} | {
    type: 'authServer';
    authServer: string;
    location: string;
    password: string;
};
type MediaRequest = Record<string, string[]>;
type MediaRequestWord = '' | 'audio' | 'screenshare' | 'everything' | 'everything-low';
type GaleneMessage = {
    type: string;
    version?: string[];
    kind?: string;
    error?: string | null;
    id?: string | null;
    replace?: string | null;
    source?: string | null;
    dest?: string | null;
    username?: string | null;
    password?: string;
    token?: string;
    privileged?: boolean;
    permissions?: string[];
    status?: GroupStatus | null;
    data?: Record<string, any> | null;
    group?: string | null;
    value?: any;
    noecho?: boolean;
    time?: string | number | null;
    sdp?: string;
    candidate?: RTCIceCandidateInit | null;
    label?: string | null;
    request?: MediaRequest | string[] | null;
    rtcConfiguration?: RTCConfiguration | null;
};
type StreamStats = Record<string, Record<string, any>>;
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
declare const galeneProtocolVersion = "2";
/** Times of the liveness check, in milliseconds. */
declare const galeneLiveness: {
    interval: number;
    ping: number;
    timeout: number;
    sleep: number;
};
/** Limits of file transfers; sizes in bytes, times in milliseconds. */
declare const galeneTransfer: {
    version: string;
    chunk: number;
    slice: number;
    buffered: number;
    merge: number;
    progress: number;
    connect: number;
    linger: number;
    grace: number;
};
/** Permissions that can be read as members of a {@link GalenePermissions}. */
declare const galenePermissions: string[];
/**
 * Returns bytes in lowercase hexadecimal.
 *
 * @param {ArrayLike<number>} bytes
 * @returns {string}
 */
declare function toHex(bytes: ArrayLike<number>): string;
/**
 * Returns 16 random bytes as 32 hexadecimal digits.
 *
 * @returns {string}
 */
declare function newRandomId(): string;
declare let galeneNextLocalId: number;
/**
 * Returns a string that is unique in this page.
 *
 * @returns {string}
 */
declare function newLocalId(): string;
/**
 * Turns an ISO 8601 string or milliseconds since 1970 into a date. Returns null
 * for a falsy value and for one that is not a time.
 *
 * @param {string | number | null | undefined} value
 * @returns {Date | null}
 */
declare function parseTime(value: string | number | null | undefined): Date | null;
/**
 * Hands an exception of the application to the browser, so that it is seen but
 * does not stop us.
 *
 * @param {unknown} error
 */
declare function galeneReport(error: unknown): void;
/**
 * Calls a callback of the application, if it is set, with its object as `this`.
 * Returns undefined if it throws.
 *
 * @param {any} target
 * @param {string} name
 * @param {...any} args
 * @returns {any}
 */
declare function galeneCall(target: any, name: string, ...args: any[]): any;
/**
 * Watches what nobody waits for.
 *
 * @param {unknown} result perhaps a promise
 */
declare function galeneAwait(result: unknown): void;
/**
 * Returns a dictionary without inherited members: its keys come from others.
 *
 * @returns {any}
 */
declare function galeneDictionary(): any;
/**
 * Returns a fresh array of permissions with the boolean members of old.
 *
 * @param {unknown} list
 * @returns {GalenePermissions}
 */
declare function galeneMakePermissions(list: unknown): GalenePermissions;
/**
 * Returns the message of anything that may have been thrown or given as a
 * reason.
 *
 * @param {unknown} reason
 * @returns {string | undefined}
 */
declare function galeneText(reason: unknown): string | undefined;
/**
 * Translates a request in words. A dictionary is returned as it is.
 *
 * @param {MediaRequest | MediaRequestWord | null | undefined} what
 * @returns {MediaRequest}
 */
declare function galeneRequest(what: MediaRequest | MediaRequestWord | null | undefined): MediaRequest;
/**
 * Asks an authorisation server for a token. Resolves to null if it has no
 * opinion.
 *
 * @param {{authServer: string, location: string, password: string}} credentials
 * @param {string | null | undefined} username
 * @returns {Promise<string | null>}
 */
declare function galeneFetchToken(credentials: {
    authServer: string;
    location: string;
    password: string;
}, username: string | null | undefined): Promise<string | null>;
/**
 * Recomputes which streams a user is known to send, and calls `onuser` if that
 * has changed anything. Returns whether it has.
 *
 * @param {ServerConnection} sc
 * @param {string | null} userId
 * @returns {boolean}
 */
declare function recomputeUserStreams(sc: ServerConnection, userId: string | null): boolean;
/**
 * Tells a peer that a file transfer is over. Does nothing when not connected.
 *
 * @param {ServerConnection} sc
 * @param {string} userId
 * @param {string} fileId
 * @param {unknown} [message] the reason, for people
 */
declare function sendFileCancel(sc: ServerConnection, userId: string, fileId: string, message?: unknown): void;
/**
 * A connection to a server, and the membership of at most one group.
 *
 * Assign the callbacks, call `connect`, and call `join` once `onconnected` has
 * been called. Every callback gets the connection as `this`; an exception that
 * it throws is reported and otherwise ignored.
 */
declare class ServerConnection {
    /**
     * Our identifier; others see it as the user id.
     * @type {string}
     */
    id: string;
    /**
     * The group that we are in.
     * @type {string | null}
     */
    group: string | null;
    /**
     * The name that the server has given us.
     * @type {string | null}
     */
    username: string | null;
    /**
     * Everyone in the group by id, ourselves included.
     * @type {Record<string, GaleneUser>}
     */
    users: Record<string, GaleneUser>;
    /**
     * The socket, from `connect` until the end of the connection.
     * @type {WebSocket | null}
     */
    socket: WebSocket | null;
    /**
     * The negotiated version of the protocol.
     * @type {string | null}
     */
    version: string | null;
    /**
     * Our own streams by id.
     * @type {Record<string, Stream>}
     */
    up: Record<string, Stream>;
    /**
     * The streams that the server sends us, by id.
     * @type {Record<string, Stream>}
     */
    down: Record<string, Stream>;
    /**
     * The ICE servers that the server recommends.
     * @type {RTCConfiguration | null}
     */
    rtcConfiguration: RTCConfiguration | null;
    /**
     * What we may do now.
     * @type {GalenePermissions}
     */
    permissions: GalenePermissions;
    /**
     * For the application.
     * @type {Record<string, any>}
     */
    userdata: Record<string, any>;
    /**
     * Time of the last message from the server, in milliseconds since 1970.
     * @type {number | null}
     */
    lastServerMessage: number | null;
    /**
     * Timer of the liveness check.
     * @type {number | null}
     */
    pingHandler: number | null;
    /**
     * File transfers under way, by `TransferredFile.fullid()`.
     * @type {Record<string, TransferredFile>}
     */
    transferredFiles: Record<string, TransferredFile>;
    /**
     * The server has accepted us; it is time to join a group.
     * @type {((this: ServerConnection) => void) | null}
     */
    onconnected: ((this: ServerConnection) => void) | null;
    /**
     * A fatal error; `onclose` follows.
     * @type {((this: ServerConnection, error: any) => void) | null}
     */
    onerror: ((this: ServerConnection, error: any) => void) | null;
    /**
     * The connection is over. The last event.
     * @type {((this: ServerConnection, code: number, reason: string) => void) | null}
     */
    onclose: ((this: ServerConnection, code: number, reason: string) => void) | null;
    /**
     * A peer connection is about to be created; the result, if it is not
     * null, is used instead of `rtcConfiguration`.
     * @type {((this: ServerConnection) => RTCConfiguration | null | undefined) | null}
     */
    onpeerconnection: ((this: ServerConnection) => RTCConfiguration | null | undefined) | null;
    /**
     * Somebody has come (`'add'`), has changed (`'change'`) or has left
     * (`'delete'`).
     * @type {((this: ServerConnection, id: string, kind: string, username: string) => void) | null}
     */
    onuser: ((this: ServerConnection, id: string, kind: string, username: string) => void) | null;
    /**
     * Our membership has changed: `'join'`, `'change'`, `'leave'`, `'fail'`
     * or `'redirect'`.
     * @type {((this: ServerConnection, kind: string, group: string,
     *     permissions: GalenePermissions, status: GroupStatus, data: Record<string, any> | null,
     *     error: string | null, message: string | null) => void) | null}
     */
    onjoined: ((this: ServerConnection, kind: string, group: string, permissions: GalenePermissions, status: GroupStatus, data: Record<string, any> | null, error: string | null, message: string | null) => void) | null;
    /**
     * Somebody sends us a stream. Called once for each stream.
     * @type {((this: ServerConnection, stream: Stream) => void) | null}
     */
    ondownstream: ((this: ServerConnection, stream: Stream) => void) | null;
    /**
     * Called instead of `ondownstream` when that is null.
     * @type {((this: ServerConnection, stream: Stream) => void) | null}
     */
    onstream: ((this: ServerConnection, stream: Stream) => void) | null;
    /**
     * A chat message.
     * @type {((this: ServerConnection, id: string | null, source: string | null,
     *     dest: string, username: string | null, time: Date | null, privileged: boolean,
     *     history: boolean, kind: string, message: string) => void) | null}
     */
    onchat: ((this: ServerConnection, id: string | null, source: string | null, dest: string, username: string | null, time: Date | null, privileged: boolean, history: boolean, kind: string, message: string) => void) | null;
    /**
     * The whole chat history has been erased.
     * @type {((this: ServerConnection) => void) | null}
     */
    onclearchat: ((this: ServerConnection) => void) | null;
    /**
     * A message from the server or between applications. Ignore the kinds
     * that the server uses unless `privileged` is true.
     * @type {((this: ServerConnection, id: string | null, dest: string,
     *     username: string | null, time: Date | null, privileged: boolean, kind: string,
     *     error: string | null, message: any) => void) | null}
     */
    onusermessage: ((this: ServerConnection, id: string | null, dest: string, username: string | null, time: Date | null, privileged: boolean, kind: string, error: string | null, message: any) => void) | null;
    /**
     * A file is offered to us, or by us (`file.up`).
     * @type {((this: ServerConnection, file: TransferredFile) => void) | null}
     */
    onfiletransfer: ((this: ServerConnection, file: TransferredFile) => void) | null;
    /**
     * The socket whose `close` event is still to come. Differs from `socket`
     * after `close()`.
     * @type {WebSocket | null}
     * @internal
     */
    _openSocket: WebSocket | null;
    /**
     * Whether `connect` has been called before.
     * @internal
     */
    _used: boolean;
    /**
     * A request made before we have joined.
     * @type {MediaRequest | null}
     * @internal
     */
    _rememberedRequest: MediaRequest | null;
    /**
     * Time of the last liveness check, in milliseconds since 1970.
     * @internal
     */
    _lastCheck: number;
    constructor();
    /**
     * Opens a connection. Throws if there already is one and if the URL is
     * malformed. The promise resolves after `onconnected` has run and rejects if
     * the connection ends before; it may be ignored.
     *
     * @param {string} url the `endpoint` of the group status
     * @returns {Promise<ServerConnection>}
     */
    connect(url: string): Promise<ServerConnection>;
    /**
     * Closes the connection. Streams are closed and `onclose` is called when
     * the browser reports the end. Does nothing when there is no connection.
     */
    close(): void;
    /**
     * Reports a fatal error and closes the connection.
     *
     * @param {any} e
     */
    error(e: any): void;
    /**
     * Sends a message. Throws if the socket is not open.
     *
     * @param {GaleneMessage} message
     */
    send(message: GaleneMessage): void;
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
    join(group: string, username?: string | null, credentials?: GaleneCredentials, data?: Record<string, any> | string | null): Promise<void>;
    /**
     * Asks to leave the group; `onjoined('leave')` follows.
     *
     * @param {string | null} [group] the group we are in, which is the default
     */
    leave(group?: string | null): void;
    /**
     * Says which media we want to receive. Before we have joined, the request is
     * remembered and sent once we have.
     *
     * @param {MediaRequest | MediaRequestWord | null} what
     */
    request(what: MediaRequest | MediaRequestWord | null): void;
    /**
     * Returns our own stream with this local id, or null.
     *
     * @param {string | null | undefined} localId
     * @returns {Stream | null}
     */
    findByLocalId(localId: string | null | undefined): Stream | null;
    /**
     * Returns the configuration to use for peer connections.
     *
     * @returns {RTCConfiguration | null}
     */
    getRTCConfiguration(): RTCConfiguration | null;
    /**
     * Sends a chat message: `chat(kind, dest, value)`, or in the older form
     * `chat(username, kind, dest, value)`. The server does not send a private
     * message back to us.
     *
     * @param {...any} args
     */
    chat(...args: any[]): void;
    /**
     * Sends a message between applications.
     *
     * @param {string} kind
     * @param {string | null} [dest] user id; nothing: everyone
     * @param {any} [value]
     * @param {boolean} [noecho] do not send it to ourselves
     */
    userMessage(kind: string, dest?: string | null, value?: any, noecho?: boolean): void;
    /**
     * Older name of `userMessage`, also `usermessage(username, kind, dest, value)`.
     *
     * @param {...any} args
     */
    usermessage(...args: any[]): void;
    /**
     * Asks the server to act on a user.
     *
     * @param {string} kind
     * @param {string} dest user id
     * @param {any} [value]
     */
    userAction(kind: string, dest: string, value?: any): void;
    /**
     * Older name of `userAction`, also `useraction(username, kind, dest, value)`.
     *
     * @param {...any} args
     */
    useraction(...args: any[]): void;
    /**
     * Asks the server to act on the group.
     *
     * @param {string} kind
     * @param {any} [data]
     */
    groupAction(kind: string, data?: any): void;
    /**
     * Older name of `groupAction`, also `groupaction(username, kind, data)`.
     *
     * @param {...any} args
     */
    groupaction(...args: any[]): void;
    /**
     * Creates a stream that we send. Negotiation starts by itself after tracks
     * have been added to its `pc`.
     *
     * @param {string} [localId] local id of a stream to replace; that one is
     *     closed with `onclose(true)` before this returns
     * @returns {Stream}
     */
    newUpStream(localId?: string): Stream;
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
    gotOffer(id: string, label: string, source: string, username: string, sdp: string, replace?: string): Promise<void>;
    /**
     * The server accepts our offer.
     *
     * @param {string} id
     * @param {string} sdp
     * @returns {Promise<void>}
     */
    gotAnswer(id: string, sdp: string): Promise<void>;
    /**
     * The server asks for a new offer.
     *
     * @param {string} id
     */
    gotRenegotiate(id: string): void;
    /**
     * The server has closed a stream.
     *
     * @param {string} id
     */
    gotClose(id: string): void;
    /**
     * The server wants us to close a stream.
     *
     * @param {string} id
     */
    gotAbort(id: string): void;
    /**
     * The server has an address to try for a stream.
     *
     * @param {string} id
     * @param {RTCIceCandidateInit | null} candidate
     * @returns {Promise<void>}
     */
    gotRemoteIce(id: string, candidate: RTCIceCandidateInit | null): Promise<void>;
    /**
     * Offers a file to a user. Throws if the user is unknown or oneself, and if
     * we are not connected.
     *
     * @param {string} userid
     * @param {File} file
     * @returns {TransferredFile}
     */
    sendFile(userid: string, file: File): TransferredFile;
    /**
     * Returns a file transfer that is under way.
     *
     * @param {string} userid
     * @param {string} fileid
     * @returns {TransferredFile | undefined}
     */
    getTransferredFile(userid: string, fileid: string): TransferredFile | undefined;
    /**
     * A peer speaks about a file.
     *
     * @param {string} id of the peer
     * @param {string} username
     * @param {any} message
     */
    fileTransfer(id: string, username: string, message: any): void;
}
/**
 * A stream: one peer connection in one direction. Created by
 * `ServerConnection.newUpStream`, and by the library for streams that others
 * send.
 */
declare class Stream {
    /**
     * The connection; null once the stream is closed.
     * @type {ServerConnection | null}
     */
    sc: ServerConnection | null;
    /** The id on the wire. */
    id: string;
    /** The id for the interface; a stream keeps it when it is replaced. */
    localId: string;
    /** Whether we send it. */
    up: boolean;
    /**
     * User id of the sender, if that is not us.
     * @type {string | null}
     */
    source: string | null;
    /**
     * Name of the sender, if that is not us.
     * @type {string | null}
     */
    username: string | null;
    /** @type {RTCPeerConnection} */
    pc: RTCPeerConnection;
    /**
     * What it is: `'camera'`, `'screenshare'`, `'video'` or something else.
     * @type {string | null}
     */
    label: string | null;
    /**
     * Track id → `'audio'`, `'video'`, `'screenshare'`.
     * @type {Record<string, string>}
     */
    labels: Record<string, string>;
    /**
     * Unused; old code writes to it.
     * @type {string | null}
     */
    kind: string | null;
    /**
     * The id of the stream that this one replaces, until it is offered.
     * @type {string | null}
     */
    replace: string | null;
    /** Whether an offer or answer has been sent. */
    localDescriptionSent: boolean;
    /**
     * Our candidates that wait until the description has been sent.
     * @type {RTCIceCandidate[]}
     */
    localIceCandidates: RTCIceCandidate[];
    /**
     * The server's candidates that wait for its description.
     * @type {(RTCIceCandidateInit | null)[]}
     */
    remoteIceCandidates: (RTCIceCandidateInit | null)[];
    /**
     * The latest statistics.
     * @type {StreamStats}
     */
    stats: StreamStats;
    /**
     * Timer of the statistics.
     * @type {number | null}
     */
    statsHandler: number | null;
    /**
     * For the application.
     * @type {Record<string, any>}
     */
    userdata: Record<string, any>;
    /**
     * The stream is gone. `replace`: another one with the same local id
     * follows at once.
     * @type {((this: Stream, replace: boolean) => void) | null}
     */
    onclose: ((this: Stream, replace: boolean) => void) | null;
    /**
     * Negotiation has failed; `onclose` follows.
     * @type {((this: Stream, error: any) => void) | null}
     */
    onerror: ((this: Stream, error: any) => void) | null;
    /**
     * The server wants this stream closed, which happens after the callback.
     * @type {((this: Stream) => void) | null}
     */
    onabort: ((this: Stream) => void) | null;
    /**
     * A negotiation has succeeded.
     * @type {((this: Stream) => void) | null}
     */
    onnegotiationcompleted: ((this: Stream) => void) | null;
    /**
     * A track has arrived.
     * @type {((this: Stream, track: MediaStreamTrack, transceiver: RTCRtpTransceiver,
     *     stream: MediaStream) => void) | null}
     */
    ondowntrack: ((this: Stream, track: MediaStreamTrack, transceiver: RTCRtpTransceiver, stream: MediaStream) => void) | null;
    /**
     * The state of the network path has changed.
     * @type {((this: Stream, status: string) => void) | null}
     */
    onstatus: ((this: Stream, status: string) => void) | null;
    /**
     * New statistics.
     * @type {((this: Stream, stats: StreamStats) => void) | null}
     */
    onstats: ((this: Stream, stats: StreamStats) => void) | null;
    /**
     * @type {MediaStream | null}
     * @internal
     */
    _stream: MediaStream | null;
    /** @internal */
    _closing: boolean;
    /**
     * Negotiations run one after the other.
     * @type {Promise<void>}
     * @internal
     */
    _negotiation: Promise<void>;
    /**
     * A request made before the stream was answered.
     * @type {{request: string[] | null} | null}
     * @internal
     */
    _rememberedRequest: {
        request: string[] | null;
    } | null;
    /**
     * Counters of the previous round of statistics.
     * @type {Map<string, any>}
     * @internal
     */
    _counters: Map<string, any>;
    /**
     * The round of statistics that is under way.
     * @type {Promise<void> | null}
     * @internal
     */
    _updating: Promise<void> | null;
    /**
     * @param {ServerConnection} sc
     * @param {string} id
     * @param {string} localId
     * @param {RTCPeerConnection} pc
     * @param {boolean} up
     */
    constructor(sc: ServerConnection, id: string, localId: string, pc: RTCPeerConnection, up: boolean);
    /**
     * The media; null until it is known. For a stream that we send, assigning it
     * does what `setStream` does.
     *
     * @returns {MediaStream | null}
     */
    get stream(): MediaStream | null;
    set stream(mediaStream: MediaStream | null);
    /**
     * Sets the media of a stream that we send. Does not add its tracks to `pc`.
     *
     * @param {MediaStream | null} mediaStream
     */
    setStream(mediaStream: MediaStream | null): void;
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
    addTracks(mediaStream: MediaStream, options?: {
        simulcast?: boolean;
        maxVideoBitrate?: number;
        maxAudioBitrate?: number;
    }): void;
    /**
     * Closes the stream. A stream that we receive is only forgotten; `abort`
     * has the server stop sending it. Tracks are not stopped.
     *
     * @param {boolean} [replace] a new stream takes its place
     */
    close(replace?: boolean): void;
    /** Asks the server to stop sending a stream; `onclose` comes later. */
    abort(): void;
    /**
     * Asks for other tracks of this stream than `ServerConnection.request` says.
     * Null goes back to that.
     *
     * @param {string[] | MediaRequestWord | null} what
     */
    request(what: string[] | MediaRequestWord | null): void;
    /**
     * Installs the handlers on the peer connection.
     *
     * @package
     */
    _listen(): void;
    /**
     * Answers an offer of the server.
     *
     * @param {string} sdp
     * @package
     */
    _answer(sdp: string): Promise<void>;
    /**
     * The server has answered our offer.
     *
     * @param {string} sdp
     * @package
     */
    _accept(sdp: string): Promise<void>;
    /**
     * Creates and sends an offer. The library does that by itself; to repair a
     * stream, use `restartIce`.
     *
     * @param {boolean} [restartIce]
     * @returns {Promise<void>}
     */
    negotiate(restartIce?: boolean): Promise<void>;
    /** Tries to find a new path through the network. Returns at once. */
    restartIce(): void;
    /**
     * Sends one of our candidates, once the server knows the stream.
     *
     * @param {RTCIceCandidate} candidate
     */
    gotLocalIce(candidate: RTCIceCandidate): void;
    /** Sends the candidates that have waited. */
    flushLocalIceCandidates(): void;
    /**
     * Uses the server's candidates that have waited.
     *
     * @returns {Promise<void>}
     */
    flushRemoteIceCandidates(): Promise<void>;
    /**
     * @param {RTCIceCandidateInit | null} candidate
     * @package
     */
    _addCandidate(candidate: RTCIceCandidateInit | null): Promise<void>;
    /**
     * Fills `labels` from an offer.
     *
     * @param {string} sdp
     * @package
     */
    _readLabels(sdp: string): void;
    /**
     * Updates the statistics now and again.
     *
     * @param {number} ms milliseconds; 0 or less: never
     */
    setStatsInterval(ms: number): void;
    /**
     * Updates `stats`. Resolves after `onstats` has run.
     *
     * @returns {Promise<void>}
     */
    updateStats(): Promise<void>;
}
/**
 * A file that travels between us and another user, without going through the
 * server. Each side learns the network address of the other.
 */
declare class TransferredFile {
    sc: ServerConnection;
    userid: string;
    id: string;
    up: boolean;
    username: string;
    name: string;
    mimetype: string;
    size: number;
    /**
     * `''`, `'inviting'`, `'connecting'`, `'connected'`, `'done'`,
     * `'cancelled'` or `'closed'`.
     * @type {string}
     */
    state: string;
    /** Version of the file transfer protocol. */
    version: string;
    /**
     * The file, if we send it.
     * @type {File | null}
     */
    file: File | null;
    /** @type {RTCPeerConnection | null} */
    pc: RTCPeerConnection | null;
    /** @type {RTCDataChannel | null} */
    dc: RTCDataChannel | null;
    /**
     * Candidates that wait for the description.
     * @type {(RTCIceCandidateInit | null)[]}
     */
    candidates: (RTCIceCandidateInit | null)[];
    /**
     * What has been received, except for the latest part of it.
     * @type {Blob[]}
     */
    data: Blob[];
    /** Bytes sent or received so far. */
    datalen: number;
    /**
     * The state has changed, or there is progress. `data` is the received
     * `Blob` in `'done'` and the reason in `'cancelled'`.
     * @type {((this: TransferredFile, state: string, data?: any) => void) | null}
     */
    onevent: ((this: TransferredFile, state: string, data?: any) => void) | null;
    /**
     * @type {any}
     * @internal
     */
    _timer: any;
    /** @internal */
    _lastProgress: number;
    /**
     * What has been received since the last blob in `data`.
     * @type {ArrayBuffer[]}
     * @internal
     */
    _recent: ArrayBuffer[];
    /** @internal */
    _recentLength: number;
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
    constructor(sc: ServerConnection, userid: string, id: string, up: boolean, username: string, name: string, mimetype: string, size: number);
    /**
     * Makes a name that came from the other side harmless: no directories, no
     * control characters.
     *
     * @param {unknown} name
     * @returns {string}
     * @package
     */
    static _cleanName(name: unknown): string;
    /**
     * Returns the key in `ServerConnection.transferredFiles`.
     *
     * @returns {string}
     */
    fullid(): string;
    /**
     * Enters a state and tells the application.
     *
     * @param {string} state
     * @param {any} [data]
     */
    event(state: string, data?: any): void;
    /** Frees everything. Harmless when done before. */
    close(): void;
    /**
     * Stops the transfer and tells the other side, if it knows of it. Harmless
     * in any state.
     *
     * @param {unknown} [reason]
     */
    cancel(reason?: unknown): void;
    /**
     * Stops the transfer without telling the other side.
     *
     * @param {unknown} [reason]
     */
    fail(reason?: unknown): void;
    /**
     * @param {RTCIceCandidateInit | null} candidate
     * @package
     */
    _gotCandidate(candidate: RTCIceCandidateInit | null): Promise<void>;
    /**
     * Accepts a file that is offered to us.
     *
     * @returns {Promise<void>}
     */
    receive(): Promise<void>;
    /**
     * The sender has answered.
     *
     * @param {string} sdp
     * @returns {Promise<void>}
     */
    receiveFile(sdp: string): Promise<void>;
    /**
     * A part of the file has come.
     *
     * @param {Blob | ArrayBuffer | string} data
     */
    receiveData(data: Blob | ArrayBuffer | string): void;
    /**
     * Keeps a part of the file. Large files are kept as blobs, so that the
     * browser need not hold them in memory.
     *
     * @param {Blob | ArrayBuffer} data
     */
    bufferData(data: Blob | ArrayBuffer): void;
    /**
     * Returns everything received so far, and forgets it.
     *
     * @returns {Blob}
     */
    getBufferedData(): Blob;
    /**
     * The receiver accepts the file.
     *
     * @param {string} sdp
     * @returns {Promise<void>}
     */
    answer(sdp: string): Promise<void>;
    /**
     * Sends the file over the data channel.
     *
     * @returns {Promise<void>}
     */
    send(): Promise<void>;
}
