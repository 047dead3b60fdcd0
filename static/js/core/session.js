/**
 * The way into a group and back into it: status, login, invitation, and repair of
 * a lost connection. Credentials live here, in memory only.
 */

import {joinFailure, passing} from './failures.js';
import {readBreakout, readUserData, withoutNulls, writeUserData} from './interop.js';
import {next, up} from './reconnect.js';
import {createRoom} from './room.js';
import {fetchStatus, StatusError} from './status.js';
import {groupName, groupURL, home, safeDestination} from './url.js';
import {may, people} from './state.js';
import {t} from './i18n.js';

/** Own user data is announced at most this often, in milliseconds. */
const announceInterval = 1000;

/**
 * @typedef {object} SessionOptions
 * @property {import('./state.js').StateStore} store
 * @property {import('./settings.js').Settings} settings
 * @property {import('./notify.js').Notify} notify
 * @property {import('./log.js').Log} log
 * @property {import('../media/publish.js').Publish} publish
 * @property {import('../media/subscribe.js').Subscribe} subscribe
 * @property {(address: string) => void} navigate goes to another page
 * @property {() => Promise<unknown>} load fetches what a call needs and the lobby does not
 */

/** @typedef {ReturnType<typeof createSession>} Session */

/** @param {SessionOptions} options */
export function createSession({store, settings, notify, log, publish, subscribe, navigate, load}) {
    /** @type {typeof import('../../protocol.mjs') | null} */
    let library = null;
    /** @type {ServerConnection | null} */
    let current = null;
    /** @type {import('./status.js').GroupStatus | null} */
    let status = null;
    /** @type {{name: string | null, password: string, token: string | null}} */
    let credentials = {name: null, password: '', token: null};
    /** @type {import('./reconnect.js').Reconnection} */
    let machine = up;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    /** @type {{by: string, text: string} | null} */
    let kicked = null;
    let hand = 0;
    /** What features do with a new connection. */
    /** @type {((sc: ServerConnection) => void)[]} */
    const attachers = [];
    /** What features do with user messages, by kind. */
    /** @type {Map<string, (message: import('./room.js').UserMessage) => void>} */
    const handlers = new Map();

    const room = createRoom({
        store, notify,
        onkicked(by, text, byServer) {
            // A server that restarts throws everyone out; we want to be back when it is.
            if (!byServer || text !== 'server is shutting down')
                kicked = {by, text};
        },
        onmute() {
            publish.setMicrophone(false).catch(e => log.note('mute', e));
        },
        onother: (kind, message) => handlers.get(kind)?.(message),
    });

    handlers.set('askunmute', ({privileged, name}) => {
        if (privileged && store.get().media.microphone !== 'on') {
            notify.warning(t('ask.unmute', {name}), {
                label: t('banner.unmute'),
                run: () => {
                    store.merge('media', {mutedBy: null});
                    settings.set('localMute', false);
                    publish.setMicrophone(true).catch(e => log.note('unmute', e));
                },
            });
        }
    });
    handlers.set('lowerhand', ({privileged, name}) => {
        if (privileged && hand > 0) {
            setHand(false);
            notify.info(t('ask.handLowered', {name}));
        }
    });

    handlers.set('breakout', ({privileged, name, value}) => {
        const place = readBreakout(value, status?.location ?? location.href);
        if (privileged && place && place.name !== store.get().group.name)
            store.merge('breakout', {invitation: {...place, by: name}});
    });

    // ---- Own user data -------------------------------------------------------

    const userData = () => {
        const {media} = store.get();
        return writeUserData({hand, muted: media.microphone !== 'on', cameraOff: media.camera !== 'on' || media.cameraPaused});
    };

    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let announcing;
    let announcedAt = 0;
    const announce = () => {
        clearTimeout(announcing);
        announcing = setTimeout(() => {
            if (!current || store.get().connection.state !== 'joined')
                return;
            const wanted = userData();
            const known = current.users[current.id]?.data ?? {};
            const changed = Object.entries(wanted).filter(([key, value]) => (known[key] ?? null) !== value);
            if (changed.length === 0)
                return;
            announcedAt = Date.now();
            current.userAction('setdata', current.id, Object.fromEntries(changed));
        }, Math.max(0, announcedAt + announceInterval - Date.now()));
    };
    /** @param {boolean} raised */
    const setHand = raised => {
        hand = raised ? Date.now() : 0;
        store.merge('me', {hand: raised});
        announce();
    };
    store.subscribe(({media}) => [media.microphone, media.camera, media.cameraPaused], announce);
    store.subscribe(state => people(state).length, count => publish.setPeople(count));

    // ---- Reconnection --------------------------------------------------------

    const step = (/** @type {import('./reconnect.js').ReconnectEvent} */ event) => {
        const before = machine;
        machine = next(machine, event, {now: Date.now(), random: Math.random()});
        if (machine === before)
            return;
        log.note(`reconnection: ${event} → ${machine.name}`);
        clearTimeout(timer);
        switch (machine.name) {
        case 'waiting':
            timer = setTimeout(() => step('due'), machine.until - Date.now());
            store.merge('connection', {state: 'lost', attempt: machine.attempt, until: machine.until});
            break;
        case 'trying':
            store.merge('connection', {state: 'lost', attempt: machine.attempt, until: 0});
            open('repair');
            break;
        case 'stopped':
            if (machine.why === 'exhausted')
                end('lost', '', '');
            break;
        }
    };

    const comeBack = () => {
        if (!document.hidden)
            step('now');
    };
    window.addEventListener('online', comeBack);
    document.addEventListener('visibilitychange', comeBack);

    // ---- Connections ---------------------------------------------------------

    /**
     * @param {import('./state.js').Ending['reason']} reason
     * @param {string} by
     * @param {string} text
     */
    const end = (reason, by, text) => {
        const {joinedAt} = store.get().connection;
        step('stop');
        detach();
        publish.stop();
        subscribe.stop();
        hand = 0;
        store.merge('connection', {
            state: 'ended', ended: {reason, by, text, duration: joinedAt ? Date.now() - joinedAt : 0},
        });
        store.set({users: {}, speaking: {}, quality: {}});
        store.merge('ui', {panel: null, dialog: null, pinned: [], page: 0, toasts: []});
        store.merge('breakout', {invitation: null});
    };

    /** Lets go of the present connection; its end will not be noticed. */
    const detach = () => {
        const sc = current;
        current = null;
        sc?.close();
    };

    const backToLobby = (/** @type {import('./failures.js').Failure | null} */ failure) => {
        detach();
        store.merge('connection', {state: 'idle'});
        store.merge('lobby', {busy: false, failure});
    };

    const network = {text: 'failure.network', field: null, retry: true};

    /**
     * Fetches what a connection needs, and opens one.
     *
     * @param {'probe' | 'login'} purpose
     */
    const fetchAndOpen = async purpose => {
        try {
            [library] = await Promise.all([import('../../protocol.mjs'), load()]);
        } catch (e) {
            log.note('load', e);
            backToLobby(network);
            return;
        }
        open(purpose);
    };

    /** @param {'probe' | 'login' | 'repair'} purpose */
    const open = purpose => {
        if (!status || !library)
            return;
        const {endpoint, name: group, authServer, location} = status;
        const sc = new library.ServerConnection();
        current = sc;
        kicked = null;
        let answered = false;

        room.attach(sc);
        subscribe.attach(sc);
        for (const attach of attachers)
            attach(sc);
        sc.onpeerconnection = () => settings.get('forceRelay') ?
            {...sc.rtcConfiguration, iceTransportPolicy: 'relay'} : null;
        sc.onerror = (/** @type {unknown} */ e) => log.note('connection', e);

        sc.onconnected = () => {
            const {name, password, token} = credentials;
            /** @type {GaleneCredentials} */
            const how = token ? {type: 'token', token} :
                authServer ? {type: 'authServer', authServer, location, password} :
                    {type: 'password', password};
            sc.join(group, name ?? undefined, how, withoutNulls(userData()))
                .catch((/** @type {unknown} */ e) => {
                    log.note('login', e);
                    if (current === sc)
                        refused(sc, purpose, {text: 'failure.authServer', field: null, retry: true}, '');
                });
        };

        sc.onjoined = (/** @type {string} */ kind, /** @type {string} */ name,
                       /** @type {string[]} */ permissions, /** @type {Record<string, any> | null} */ news,
                       /** @type {Record<string, any> | null} */ data, /** @type {string | null} */ error,
                       /** @type {string | null} */ message) => {
            if (current !== sc)
                return;
            answered = true;
            switch (kind) {
            case 'join':
                if (purpose === 'probe') {
                    store.merge('lobby', {mode: 'token', busy: false, name: sc.username ?? ''});
                    detach();
                    break;
                }
                joined(sc, permissions, news, data);
                break;
            case 'change':
                changed(sc, permissions, news, data);
                break;
            case 'redirect':
                step('stop');
                detach();
                leaveFor(message ?? '');
                break;
            case 'fail':
                if (purpose === 'probe' && error === 'need-username') {
                    store.merge('lobby', {mode: 'name', busy: false});
                    detach();
                    break;
                }
                refused(sc, purpose, joinFailure(error, message ?? '', {token: credentials.token !== null}),
                        message ?? '');
                break;
            }
        };

        sc.onclose = (/** @type {number} */ code, /** @type {string} */ reason) => {
            log.note(`closed: ${code} ${reason}`);
            if (current !== sc)
                return;
            current = null;
            publish.disconnect();
            if (kicked)
                end('kicked', kicked.by, kicked.text);
            else if (store.get().connection.state === 'joined' || purpose === 'repair')
                step('lost');
            else if (!answered)
                backToLobby(network);
        };

        try {
            sc.connect(endpoint).catch(() => {
                // onclose has been told.
            });
        } catch (e) {
            log.note('connect', e);
            backToLobby(network);
        }
    };

    /**
     * The server does not want us, for a reason.
     *
     * @param {ServerConnection} sc
     * @param {'probe' | 'login' | 'repair'} purpose
     * @param {import('./failures.js').Failure} failure
     * @param {string} message
     */
    const refused = (sc, purpose, failure, message) => {
        if (purpose === 'repair') {
            if (passing(message)) {
                detach();
                step('lost');
                return;
            }
            step('refused');
            end('refused', '', message);
            return;
        }
        if (credentials.token) {
            // An invitation that is no good: whoever has a password may use that.
            credentials.token = failure.field === 'name' ? credentials.token : null;
            store.merge('lobby', {mode: failure.field === 'name' ? 'name' : 'form'});
        }
        backToLobby(failure);
    };

    /**
     * @param {ServerConnection} sc
     * @param {string[]} permissions
     * @param {Record<string, any> | null} news
     * @param {Record<string, any> | null} data
     */
    const joined = (sc, permissions, news, data) => {
        const again = machine.name !== 'up';
        step('joined');
        room.joined(sc);
        changed(sc, permissions, news, data);
        const {connection} = store.get();
        store.merge('connection', {
            state: 'joined', attempt: 0, until: 0, ended: null,
            joinedAt: again ? connection.joinedAt : Date.now(),
        });
        store.merge('lobby', {busy: false, failure: null});
        subscribe.joined();
        publish.connect(sc, permissions.includes('present'));
        announce();
    };

    /**
     * @param {ServerConnection} sc
     * @param {string[]} permissions
     * @param {Record<string, any> | null} news
     * @param {Record<string, any> | null} data
     */
    const changed = (sc, permissions, news, data) => {
        const {connection, me} = store.get();
        if (connection.state === 'joined') {
            for (const name of ['op', 'present', 'message']) {
                if (permissions.includes(name) !== me.permissions.includes(name))
                    notify.info(t(`permission.${permissions.includes(name) ? 'gained' : 'lost'}.${name}`));
            }
        }
        store.merge('me', {id: sc.id, name: sc.username ?? '', permissions: [...permissions]});
        store.merge('group', {
            title: news?.displayName || status?.displayName || status?.name || '',
            locked: news?.locked === true,
            data: data ?? {},
        });
        if (store.get().connection.state === 'joined')
            publish.setAllowed(may(store.get(), 'present'));
    };

    const leaveFor = (/** @type {string} */ address) => {
        const destination = safeDestination(address, location.href);
        if (destination)
            navigate(destination);
        else
            store.merge('lobby', {mode: 'unavailable', failure: {text: 'failure.refused', field: null, retry: false}});
    };

    /**
     * The connection, for what needs one; a message to the user if there is none.
     *
     * @param {(sc: ServerConnection) => void} fn
     * @returns {boolean} whether it was done
     */
    const withConnection = fn => {
        if (!current || store.get().connection.state !== 'joined')
            return false;
        try {
            fn(current);
            return true;
        } catch (e) {
            log.note('send', e);
            return false;
        }
    };

    /**
     * @param {import('./state.js').Place} place
     * @param {string} kind
     * @param {unknown} value
     */
    const tellOne = async (place, kind, value) => {
        if (!library)
            throw new Error('not in a call');
        const {endpoint, name: group} = await fetchStatus(new URL(place.location));
        const {password, token} = credentials;
        const sc = new library.ServerConnection();
        try {
            await new Promise((resolve, reject) => {
                sc.onconnected = () => {
                    sc.join(group, store.get().me.name, token ? {type: 'token', token} : {type: 'password', password})
                        .catch(reject);
                };
                sc.onjoined = (/** @type {string} */ kind, /** @type {string} */ _,
                               /** @type {string[]} */ permissions) => {
                    if (kind === 'join' && permissions.includes('op'))
                        resolve(undefined);
                    else if (kind !== 'change')
                        reject(new Error(`cannot speak in ${group}`));
                };
                sc.onclose = reject;
                sc.connect(endpoint).catch(reject);
            });
            sc.userMessage(kind, null, value, true);
        } finally {
            sc.close();
        }
    };

    return {
        /**
         * Finds out what the group needs, and shows that in the lobby.
         *
         * @param {URL} page
         * @param {{token: string | null, username: string | null}} parameters
         */
        async prepare(page, {token, username}) {
            store.merge('lobby', {mode: 'loading', failure: null, name: username || settings.get('name')});
            const group = groupURL(page);
            try {
                status = await fetchStatus(group);
            } catch (e) {
                log.note('status', e);
                const missing = e instanceof StatusError && e.status === 404;
                store.merge('group', {name: groupName(group.pathname), title: groupName(group.pathname)});
                store.merge('lobby', {
                    mode: 'unavailable',
                    failure: missing ? {text: 'failure.noGroup', field: null, retry: false} : network,
                });
                return;
            }
            if (status.redirect) {
                leaveFor(status.redirect);
                return;
            }
            store.merge('group', {
                name: status.name, title: status.displayName || status.name,
                description: status.description ?? '', locked: status.locked === true,
                clientCount: status.clientCount ?? null,
            });
            if (token) {
                credentials = {name: username, password: '', token};
                store.merge('lobby', {busy: true});
                fetchAndOpen('probe');
            } else if (status.authPortal) {
                leaveFor(status.authPortal);
            } else {
                store.merge('lobby', {mode: 'form'});
            }
        },

        /** Address of the group, to be given to others. */
        location: () => status?.location ?? groupURL(new URL(location.href)).href,

        /** Where the password can be changed; null if it cannot be, or none was used. */
        passwordPage() {
            const {group, me} = store.get();
            if (!status?.canChangePassword || credentials.token || !credentials.password)
                return null;
            const page = new URL('change-password.html', home);
            page.searchParams.set('group', group.name);
            page.searchParams.set('username', me.name);
            return page.href;
        },

        /** What the server has said about STUN and TURN; null before joining. */
        iceConfiguration: () => current?.rtcConfiguration ?? null,

        /** The password that was used before, for coming back. */
        password: () => credentials.password,

        /**
         * @param {string} name
         * @param {string} password
         */
        login(name, password) {
            const {mode} = store.get().lobby;
            credentials = {
                name: mode === 'token' ? null : name,
                password: mode === 'form' ? password : '',
                token: mode === 'form' ? null : credentials.token,
            };
            machine = up;
            room.reset();
            store.merge('chat', {messages: [], unread: 0});
            store.set({captions: [], files: [], subgroups: null});
            store.merge('lobby', {busy: true, failure: null, name: mode === 'token' ? store.get().lobby.name : name});
            store.merge('connection', {state: 'connecting', ended: null});
            fetchAndOpen('login');
        },

        leave() {
            end('left', '', '');
        },

        /**
         * Goes to another group of this server, as the same person.
         *
         * @param {import('./state.js').Place} place
         */
        async visit(place) {
            let next;
            try {
                next = await fetchStatus(new URL(place.location));
            } catch (e) {
                log.note('visit', e);
                notify.error(t(e instanceof StatusError && e.status === 404 ? 'failure.noGroup' : 'failure.network'));
                return;
            }
            if (store.get().connection.state !== 'joined')
                return;
            const {me, group, breakout: {from}} = store.get();
            const here = {name: group.name, location: status?.location ?? location.href};
            step('stop');
            detach();
            publish.disconnect();
            subscribe.stop();
            hand = 0;
            status = next;
            history.replaceState(null, '', new URL(place.location).pathname);
            // The way back leads to where it all began.
            store.merge('breakout', {from: from?.name === next.name ? null : from ?? here, invitation: null});
            store.set({users: {}, speaking: {}, quality: {}});
            store.merge('ui', {panel: null, pinned: [], page: 0});
            store.merge('group', {name: next.name, title: next.displayName || next.name,
                                  description: next.description ?? '', data: {}});
            this.login(me.name, credentials.password);
        },

        /**
         * Says something to everybody in other groups of this server: joins each for
         * a moment, as the same person.
         *
         * @param {import('./state.js').Place[]} places
         * @param {string} kind of user message
         * @param {unknown} value
         * @returns {Promise<number>} in how many groups it was said
         */
        async tell(places, kind, value) {
            const told = await Promise.allSettled(places.map(place => tellOne(place, kind, value)));
            return told.filter(({status}) => status === 'fulfilled').length;
        },

        /** Back to the lobby after a call. */
        rejoin() {
            machine = up;
            store.merge('connection', {state: 'idle', ended: null});
        },

        retryNow: () => step('now'),

        setHand,

        /**
         * @param {string} text
         * @param {{dest?: string | null, kind?: '' | 'me'}} [options]
         */
        chat: (text, {dest = null, kind = ''} = {}) => withConnection(sc => {
            sc.chat(kind, dest ?? '', text);
            if (dest)
                room.sentPrivate(dest, text, kind);
        }),

        output: room.output,
        awaitSubgroups: room.awaitSubgroups,

        /**
         * Has something done with each connection before it is opened.
         *
         * @param {(sc: ServerConnection) => void} attach
         */
        onattach: attach => attachers.push(attach),

        /**
         * @param {string} userId
         * @param {File[]} files
         */
        sendFiles: (userId, files) => withConnection(sc => {
            for (const file of files)
                sc.sendFile(userId, file);
        }),

        /**
         * Listens to user messages of one kind.
         *
         * @param {string} kind
         * @param {(message: import('./room.js').UserMessage) => void} handler
         */
        on: (kind, handler) => handlers.set(kind, handler),

        /**
         * @param {string} kind
         * @param {string | null} dest
         * @param {unknown} [value]
         * @param {boolean} [noecho]
         */
        userMessage: (kind, dest, value = null, noecho = false) => withConnection(sc =>
            sc.userMessage(kind, dest, value, noecho)),

        /**
         * @param {string} kind
         * @param {string} dest
         * @param {unknown} [value]
         */
        userAction: (kind, dest, value = null) => withConnection(sc => sc.userAction(kind, dest, value)),

        /**
         * @param {string} kind
         * @param {unknown} [data]
         */
        groupAction: (kind, data = null) => withConnection(sc => sc.groupAction(kind, data)),

        /** Since when a hand is up; see interop.js. */
        handOf: (/** @type {string} */ id) => readUserData(store.get().users[id]?.data).hand,
    };
}
