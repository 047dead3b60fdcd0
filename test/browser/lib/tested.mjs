// Which test in browsers uses each public name of the libraries. test/unit/tested.test.mjs
// fails if one is missing here, or if its test does not exist or does not use it.

/**
 * Names of classes and functions, or members of a class, separated by spaces.
 *
 * @typedef {{names?: string, ServerConnection?: string, Stream?: string, TransferredFile?: string}} Names
 */

/** @type {Record<'protocol' | 'management', [file: string, title: string, uses: Names][]>} */
export const tested = {
    protocol: [
        ['packaging', '${order}: one class, and every name is global', {names: 'ServerConnection Stream TransferredFile'}],
        ['library', 'order of events when joining, and what they bring', {
            ServerConnection: 'id username users rtcConfiguration onconnected onjoined onuser onchat connect',
        }],
        ['library', 'no such group, and a group that is elsewhere', {ServerConnection: 'group join'}],
        ['library', "media flow from the seed's sender to a receiver; streams are known and end", {
            ServerConnection: 'onstream request', Stream: 'id label labels source username stream onclose close',
        }],
        ['library', 'a replaced stream: onclose(true), then a stream with the same local id', {
            ServerConnection: 'up down ondownstream newUpStream', Stream: 'localId addTracks',
        }],
        ['library', 'unpresent: onabort, then one onclose, and the permission is gone', {
            ServerConnection: 'permissions userAction', Stream: 'onabort',
        }],
        ['library', 'messages: private chat, clearing, data of users and of the group, lock', {
            ServerConnection: 'onusermessage onclearchat chat groupAction',
        }],
        ['library', 'kick: kicked, everybody goes, leave, close with 1000', {ServerConnection: 'socket onclose'}],
        ['library', 'leave, then join another group on the same connection', {ServerConnection: 'leave close'}],
        ['library', 'a file goes from one member to another', {
            ServerConnection: 'transferredFiles onfiletransfer sendFile getTransferredFile',
            TransferredFile: 'sc userid id up username name mimetype size state version file pc dc candidates data datalen ' +
                'onevent fullid cancel fail receive',
        }],
        ['dialects', '9.2 chat and the lower-case names: with the user name first or without, and the name that is sent is our own', {
            ServerConnection: 'userMessage usermessage useraction groupaction',
        }],
        ['dialects', 'what tells how a connection is, and what the application may keep in it', {
            ServerConnection: 'version userdata lastServerMessage pingHandler onerror onpeerconnection error send findByLocalId ' +
                'getRTCConfiguration',
            Stream: 'sc kind userdata',
        }],
        ['dialects', 'helpers that are global', {
            names: 'newRandomId newLocalId toHex parseTime recomputeUserStreams sendFileCancel',
        }],
        ['dialects', 'methods that are public by accident are called, so that they can be replaced, and bear ids that are not known', {
            ServerConnection: 'gotOffer gotAnswer gotRenegotiate gotClose gotAbort gotRemoteIce fileTransfer',
            Stream: 'localIceCandidates remoteIceCandidates onnegotiationcompleted negotiate gotLocalIce flushLocalIceCandidates ' +
                'flushRemoteIceCandidates',
            TransferredFile: 'event close receiveFile receiveData bufferData getBufferedData answer send',
        }],
        ['streams-up', 'up: offer, candidates, connection, close', {Stream: 'up pc onstatus setStream'}],
        ['streams-up', 'up: a replaced stream closes before newUpStream returns, without a close message', {
            Stream: 'replace localDescriptionSent',
        }],
        ['streams-up', 'up: a failed negotiation goes to onerror, then closes', {Stream: 'onerror'}],
        ['streams-down', 'down: labels are there at ondownstream, and right at ondowntrack', {Stream: 'ondowntrack'}],
        ['streams-down', 'down: a request before the answer waits; after the end it does nothing', {Stream: 'request abort restartIce'}],
        ['streams', 'statistics: rates from the second round on, older names not enumerable', {
            Stream: 'stats statsHandler onstats setStatsInterval updateStats',
        }],
    ],
    management: [
        ['management', 'groups: created once, changed by merging, deleted', {
            names: 'listGroups getGroup createGroup updateGroup deleteGroup',
        }],
        ['management', 'users and passwords, also of those without a name', {
            names: 'listUsers getUser createUser updateUser deleteUser setPassword deletePassword',
        }],
        ['management', 'keys', {names: 'setKeys'}],
        ['management', 'invitations', {names: 'listTokens getToken createToken updateToken deleteToken'}],
        ['management', 'statistics, and what is known of TURN servers', {names: 'getStats getRelays'}],
        ['management', 'objects at any address', {names: 'listObjects getObject createObject updateObject deleteObject userURL'}],
        ['management', 'credentials: a name and a password, a token, and those that are wrong', {names: 'useCredentials'}],
        ['management', 'failures name the status and say why', {names: 'httpError'}],
    ],
};
