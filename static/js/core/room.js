/**
 * What happens in a group that we have joined: turns the events of the library
 * into state. One room lives as long as the call and outlives connections: after
 * a reconnection the same people and messages are recognised.
 */

import {add, erase, limit} from './chatlog.js';
import {readUserData} from './interop.js';
import {parseSubgroups} from './subgroups.js';
import {t} from './i18n.js';

/** Whoever is not announced this long after we came back has left, in milliseconds. */
const grace = 1500;

/**
 * @typedef {object} RoomOptions
 * @property {import('./state.js').StateStore} store
 * @property {import('./notify.js').Notify} notify
 * @property {(by: string, text: string, byServer: boolean) => void} onkicked
 * @property {() => void} onmute an operator asks us to be silent
 * @property {(kind: string, message: UserMessage) => void} onother a message of a kind
 *     that features listen to, from anyone: see whether it is privileged
 */

/**
 * @typedef {object} UserMessage
 * @property {string | null} id of the sender; null is the server
 * @property {string} name of the sender
 * @property {boolean} privileged whether the server or an operator sent it
 * @property {string | null} error
 * @property {any} value whatever the sender chose
 */

/** @typedef {ReturnType<typeof createRoom>} Room */

/** @param {RoomOptions} options */
export function createRoom({store, notify, onkicked, onmute, onother}) {
    /** Every id that was ours in this call: messages and ghosts of them are recognised. */
    /** @type {Set<string>} */
    const ownIds = new Set();
    /** Which ids were announced on the present connection. */
    /** @type {Set<string>} */
    let announced = new Set();
    let arrivals = 0;
    let keys = 0;
    /** The next text of the server is the list of subgroups, for the panel. */
    let awaitsSubgroups = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let pruning;

    /**
     * @param {ServerConnection} sc
     * @param {string} id
     * @param {string} kind
     */
    const gotUser = (sc, id, kind) => {
        const {users} = store.get();
        if (kind === 'delete') {
            // When the connection is lost the library removes everyone; they stay on screen.
            if (sc.socket?.readyState !== WebSocket.OPEN)
                return;
            const {[id]: _, ...rest} = users;
            store.set({users: rest});
            return;
        }
        const user = sc.users[id];
        if (!user || (ownIds.has(id) && id !== sc.id))
            return;
        announced.add(id);
        const data = user.data ?? {};
        store.set({
            users: {
                ...users,
                [id]: {
                    id, name: user.username ?? '', permissions: [...user.permissions], data,
                    arrived: users[id]?.arrived ?? ++arrivals,
                },
            },
        });
        if (id === sc.id)
            store.merge('me', {hand: readUserData(data).hand > 0});
    };

    /** @param {Omit<import('./state.js').Message, 'key'>} message */
    const append = message => {
        const {chat} = store.get();
        const messages = add(chat.messages, {...message, key: `m${++keys}`});
        if (messages !== chat.messages)
            store.merge('chat', {messages});
        return messages !== chat.messages;
    };

    /** @param {string} id */
    const nameOf = id => store.get().users[id]?.name ?? '';

    return {
        ownIds,

        /** A line of the program's own in the chat, for this user only. */
        output(/** @type {string} */ text) {
            append({
                id: null, source: null, name: '', dest: null, destName: '', time: Date.now(),
                privileged: false, kind: 'output', text, own: false, live: true,
            });
        },

        /** A private message does not come back from the server: shows what we sent. */
        sentPrivate(/** @type {string} */ dest, /** @type {string} */ text, /** @type {'' | 'me'} */ kind) {
            const {me} = store.get();
            append({
                id: null, source: me.id, name: me.name, dest, destName: nameOf(dest),
                time: Date.now(), privileged: false, kind, text, own: true, live: true,
            });
        },

        /** A connection has joined: recognises who stayed, forgets who went. */
        joined(/** @type {ServerConnection} */ sc) {
            const {users, me} = store.get();
            const {[me.id]: _, ...others} = users;
            ownIds.add(sc.id);
            awaitsSubgroups = false;
            announced = new Set();
            store.set({users: others});
            clearTimeout(pruning);
            pruning = setTimeout(() => {
                const {users} = store.get();
                const present = Object.entries(users).filter(([id]) => announced.has(id));
                if (present.length < Object.keys(users).length)
                    store.set({users: Object.fromEntries(present)});
            }, grace);
        },

        /** Shows the server's next text in the panel, not in the chat. */
        awaitSubgroups() {
            awaitsSubgroups = true;
        },

        /** Forgets everything: another call begins. */
        reset() {
            clearTimeout(pruning);
            ownIds.clear();
            announced.clear();
        },

        /** Listens to a connection. */
        attach(/** @type {ServerConnection} */ sc) {
            sc.onuser = (/** @type {string} */ id, /** @type {string} */ kind) => gotUser(sc, id, kind);

            sc.onchat = (/** @type {string | null} */ id, /** @type {string | null} */ source,
                         /** @type {string | null} */ dest, /** @type {string | null} */ username,
                         /** @type {Date | null} */ time, /** @type {boolean} */ privileged,
                         /** @type {boolean} */ history, /** @type {string} */ kind,
                         /** @type {string} */ message) => {
                if (kind === 'caption') {
                    if (!history && message)
                        store.set({captions: [...store.get().captions, {name: username ?? '', text: message, time: Date.now()}].slice(-limit)});
                    return;
                }
                if (awaitsSubgroups && !source && dest === sc.id) {
                    awaitsSubgroups = false;
                    store.set({subgroups: parseSubgroups(message)});
                    return;
                }
                const own = source ? ownIds.has(source) : false;
                const added = append({
                    id, source: source || null, name: username ?? '', dest: dest || null,
                    destName: dest ? nameOf(dest) : '', time: time?.getTime() ?? Date.now(), privileged,
                    kind: !source && !history ? 'system' : kind === 'me' ? 'me' : '',
                    text: message, own, live: !history,
                });
                const {ui, chat} = store.get();
                if (added && !history && !own && ui.panel !== 'chat')
                    store.merge('chat', {unread: chat.unread + 1});
            };

            sc.onusermessage = (/** @type {string | null} */ id, /** @type {string | null} */ dest,
                                /** @type {string | null} */ username, /** @type {Date | null} */ time,
                                /** @type {boolean} */ privileged, /** @type {string} */ kind,
                                /** @type {string | null} */ error, /** @type {any} */ message) => {
                onother(kind, {id: id || null, name: username ?? '', privileged, error: error || null, value: message});
                if (!privileged)
                    return;
                const text = typeof message === 'string' ? message : '';
                switch (kind) {
                case 'error':
                case 'warning':
                case 'info':
                    // What follows the loss of a permission, which is announced already.
                    if (text === 'permission denied')
                        break;
                    if (id && username)
                        notify[kind](t('message.from', {name: username, text}));
                    else
                        import('./servertexts.js').then(({inOurWords}) => inOurWords(text)).catch(() => text)
                            .then(notify[kind]);
                    break;
                case 'kicked':
                    onkicked(username ?? '', text, !id);
                    break;
                case 'mute':
                    store.merge('media', {mutedBy: username ?? ''});
                    onmute();
                    break;
                case 'clearchat':
                    store.merge('chat', {messages: erase(store.get().chat.messages, message ?? null)});
                    break;
                case 'userinfo':
                    this.output(t('chat.userinfo', {
                        name: message?.username || t('people.anonymous'),
                        address: message?.address || t('chat.unknownAddress'),
                        id: message?.id ?? '',
                    }));
                    break;
                }
            };
        },
    };
}
