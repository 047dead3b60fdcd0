/**
 * The state tree of the call page: what the interface shows, and nothing else
 * remembers. Only the session, the media wiring and the actions write it.
 */

/**
 * @typedef {'off' | 'on' | 'busy' | 'blocked' | 'missing'} DeviceState
 * What a microphone or camera toggle shows; "blocked" is a refused permission.
 */

/**
 * @typedef {object} User
 * @property {string} id
 * @property {string} name
 * @property {string[]} permissions
 * @property {Record<string, any>} data user data as announced by the user
 * @property {number} arrived order of arrival, counting up
 */

/**
 * @typedef {object} Media one stream that we receive
 * @property {string} localId survives replacement and reconnection of the sender's side
 * @property {string} id id on the wire
 * @property {string} userId
 * @property {string} username
 * @property {string} label
 * @property {MediaStream | null} media
 * @property {boolean} audio
 * @property {boolean} video
 * @property {string} status state of the ICE connection
 * @property {boolean} stalled the picture was moving and has stopped
 * @property {boolean} replacing the sender is replacing it; keep the last frame
 * @property {number} arrived order of arrival, counting up
 */

/**
 * @typedef {object} Message one line of the chat
 * @property {string} key unique in this page
 * @property {string | null} id id given by the server; null for private and local ones
 * @property {string | null} source user id of the author
 * @property {string} name of the author
 * @property {string | null} dest user id of the recipient; null is everyone
 * @property {string} destName
 * @property {number} time milliseconds since 1970
 * @property {boolean} privileged
 * @property {'' | 'me' | 'system' | 'output'} kind
 * @property {string} text
 * @property {boolean} own
 * @property {boolean} live it was said while we were here, and is no history
 */

/**
 * @typedef {object} Toast
 * @property {number} id
 * @property {'info' | 'warning' | 'error'} kind
 * @property {string} text
 * @property {string} topic what it is about: a new one replaces an old one
 * @property {{label: string, run: () => void} | null} action
 */

/**
 * @typedef {object} Caption
 * @property {string} name of the speaker, or of whoever sends captions
 * @property {string} text
 * @property {number} time milliseconds since 1970
 */

/**
 * @typedef {object} Notice a toast, as it is remembered
 * @property {'info' | 'warning' | 'error'} kind
 * @property {string} text
 * @property {number} time milliseconds since 1970
 */

/**
 * @typedef {object} Connection
 * @property {'idle' | 'connecting' | 'joining' | 'joined' | 'lost' | 'ended'} state
 * @property {number} attempt of reconnecting, from 1
 * @property {number} until when the next attempt is due; 0 while one is under way
 * @property {number} joinedAt when the call began, for its duration
 * @property {Ending | null} ended why, in state "ended"
 */

/**
 * @typedef {object} Ending
 * @property {'left' | 'kicked' | 'closed' | 'lost' | 'refused'} reason
 * @property {string} by who removed us
 * @property {string} text what the server or that person said
 * @property {number} duration of the call in milliseconds
 */

/**
 * @typedef {object} Lobby
 * @property {'loading' | 'form' | 'name' | 'token' | 'unavailable'} mode what must be
 *     asked: name and password, only the name, nothing; or there is nothing to join
 * @property {boolean} busy logging in
 * @property {import('./failures.js').Failure | null} failure of the last attempt
 * @property {string} name known beforehand, for the form or because an invitation carries it
 */

/**
 * @typedef {object} Place a group on this server
 * @property {string} name
 * @property {string} location address of its page
 */

/**
 * @typedef {object} State
 * @property {Connection} connection
 * @property {Lobby} lobby
 * @property {{name: string, title: string, description: string, locked: boolean,
 *     clientCount: number | null, data: Record<string, any>}} group
 * @property {{id: string, name: string, permissions: string[], hand: boolean}} me
 * @property {Record<string, User>} users everyone, oneself included
 * @property {Record<string, Media>} streams keyed by localId
 * @property {{microphone: DeviceState, camera: DeviceState,
 *     camera$: MediaStreamTrack | null, microphone$: MediaStreamTrack | null,
 *     shares: string[], played: import('../media/publish.js').Played[], sharing: 'idle' | 'choosing', mirrored: boolean,
 *     cameraPaused: boolean, weak: boolean, unheard: boolean,
 *     soundBlocked: boolean, mutedBy: string | null}} media own media; the members
 *     with $ hold the tracks; `unheard`: we speak, but are muted; `mutedBy` is the operator who has just muted us
 * @property {{cameras: MediaDeviceInfo[], microphones: MediaDeviceInfo[], speakers: MediaDeviceInfo[]}} devices
 * @property {Record<string, boolean>} speaking keyed by user id
 * @property {Record<string, number>} spoke when somebody was last heard, keyed by user id
 * @property {Record<string, 'good' | 'fair' | 'poor'>} quality keyed by localId
 * @property {{messages: Message[], unread: number, recipient: string | null,
 *     drafts: Record<string, string>}} chat `drafts`: what was being written, by recipient;
 *     empty is everyone
 * @property {{panel: 'chat' | 'people' | 'files' | 'host' | 'breakout' | 'transcript' | null, dialog: string | null, dialogTab: string,
 *     pinned: string[], page: number, toasts: Toast[], notices: Notice[], fullscreen: boolean,
 *     weakSeen: boolean, screen: string, crash: string | null}} ui
 * `weakSeen`: the warning of a weak connection was put away; `screen`: the key of the tile
 *     that was chosen among several screens
 * @property {import('./files.js').FileTransfer[]} files oldest first
 * @property {import('./reactions.js').Reaction[]} reactions on show now
 * @property {Caption[]} captions of this call, oldest first
 * @property {{name: string, count: number}[] | null} subgroups null if not known
 * @property {{from: Place | null, invitation: (Place & {by: string}) | null}} breakout the
 *     group that we came from, and where an operator asks us to go
 * @property {Record<string, any>} settings copy of the stored settings
 */

/** @typedef {import('./store.js').Store<State>} StateStore */

/**
 * @param {Record<string, any>} settings
 * @returns {State}
 */
export function initialState(settings) {
    return {
        connection: {state: 'idle', attempt: 0, until: 0, joinedAt: 0, ended: null},
        lobby: {mode: 'loading', busy: false, failure: null, name: ''},
        group: {name: '', title: '', description: '', locked: false, clientCount: null, data: {}},
        me: {id: '', name: '', permissions: [], hand: false},
        users: {},
        streams: {},
        media: {
            microphone: 'off', camera: 'off', camera$: null, microphone$: null,
            shares: [], played: [], sharing: 'idle', mirrored: true, cameraPaused: false, weak: false,
            unheard: false, soundBlocked: false, mutedBy: null,
        },
        devices: {cameras: [], microphones: [], speakers: []},
        speaking: {},
        spoke: {},
        quality: {},
        chat: {messages: [], unread: 0, recipient: null, drafts: {}},
        ui: {
            panel: null, dialog: null, dialogTab: '', pinned: [], page: 0, toasts: [], notices: [],
            fullscreen: false, weakSeen: false, screen: '', crash: null,
        },
        files: [],
        reactions: [],
        captions: [],
        subgroups: null,
        breakout: {from: null, invitation: null},
        settings,
    };
}

/**
 * The people of a group, in the order of arrival. Recorders are not people.
 *
 * @param {State} state
 * @returns {User[]}
 */
export function people(state) {
    return Object.values(state.users)
        .filter(user => !user.permissions.includes('system'))
        .sort((a, b) => a.arrived - b.arrived);
}

/**
 * Whether the group is being recorded: a recorder is a member with the
 * permission "system".
 *
 * @param {State} state
 * @returns {boolean}
 */
export function recording(state) {
    return Object.values(state.users).some(user => user.permissions.includes('system'));
}

/**
 * Whether we hold a permission.
 *
 * @param {State} state
 * @param {string} permission
 * @returns {boolean}
 */
export function may(state, permission) {
    return state.me.permissions.includes(permission);
}
