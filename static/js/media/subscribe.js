/**
 * What we receive: the streams of others, which quality of each is asked for, and
 * the loudspeakers that play their sound. Pictures are drawn by the tiles, without
 * sound; sound is played here, so that it goes on when a tile is on another page.
 *
 * A stream keeps its key when its sender replaces it, and when we come back after
 * a lost connection, so that its tile can keep the last picture meanwhile.
 */

import {requestTable, wantedTracks} from './wanted.js';
import {createMeter, readStats} from './quality.js';

const requestDelay = 500;
const youngest = 1000;
const statsInterval = 2000;
const ghostTime = 4000;

/**
 * @typedef {object} Media
 * @property {string} localId
 * @property {string} id
 * @property {string} userId
 * @property {string} username
 * @property {string} label
 * @property {MediaStream | null} media
 * @property {boolean} audio
 * @property {boolean} video
 * @property {string} status
 * @property {boolean} stalled
 * @property {boolean} replacing
 * @property {number} arrived
 */

/**
 * @typedef {object} SubscribeOptions
 * @property {() => Record<string, any>} settings
 * @property {(streams: Record<string, Media>) => void} onchange
 * @property {(localId: string, quality: 'good' | 'fair' | 'poor') => void} onquality
 * @property {(userId: string, receiver: RTCRtpReceiver | null) => void} onsound
 * @property {(blocked: boolean) => void} onblocked the browser wants a click before it plays sound
 */

/** @typedef {ReturnType<typeof createSubscribe>} Subscribe */

/**
 * Whether the sound of a stream is somebody's voice, not that of a screen or a film.
 *
 * @param {Media} media
 * @returns {boolean}
 */
function speaks({label}) {
    return label !== 'screenshare' && label !== 'video';
}

/** @param {SubscribeOptions} options */
export function createSubscribe({settings, onchange, onquality, onsound, onblocked}) {
    /**
     * @typedef {object} Entry
     * @property {Media} shown
     * @property {Stream | null} stream null once it is lost
     * @property {HTMLAudioElement} audio
     * @property {number} volume
     * @property {import('./boost.js').Boost | null} boost what makes it louder than it is
     * @property {number} since when the stream began
     * @property {{width: number, height: number} | null | undefined} size of its tile;
     *     null if not visible, undefined if not yet known
     * @property {string[] | null} asked
     * @property {ReturnType<typeof setTimeout> | undefined} timer
     */
    /** @type {Map<string, Entry>} */
    const entries = new Map();
    /** @type {ServerConnection | null} */
    let connection = null;
    let hidden = false;
    /** What a window in front of others shows. */
    /** @type {{localId: string, size: {width: number, height: number}} | null} */
    let floating = null;
    let arrivals = 0;

    const publish = () => {
        onchange(Object.fromEntries([...entries].map(([key, entry]) => [key, entry.shown])));
    };

    const show = (/** @type {Entry} */ entry, /** @type {Partial<Media>} */ patch) => {
        entry.shown = {...entry.shown, ...patch};
        publish();
    };

    const play = (/** @type {HTMLAudioElement} */ audio) => {
        audio.play().then(() => onblocked(false), e => {
            if (e instanceof DOMException && e.name === 'NotAllowedError')
                onblocked(true);
        });
    };

    const setSink = (/** @type {HTMLAudioElement} */ audio) => {
        if (!('setSinkId' in audio))
            return;
        audio.setSinkId(settings().output ?? '').catch(() => {
            // The chosen loudspeaker is gone: the default one plays.
        });
    };

    /**
     * Plays at the chosen volume; what is louder than it was sent goes through an
     * amplifier, which is fetched when somebody wants one.
     *
     * @param {Entry} entry
     */
    const loudness = entry => {
        const {audio, volume} = entry;
        audio.volume = Math.min(1, volume);
        const media = audio.srcObject instanceof MediaStream ? audio.srcObject : null;
        if (volume <= 1) {
            entry.boost?.stop();
            entry.boost = null;
            audio.muted = volume === 0;
            return;
        }
        import('./boost.js').then(({createBoost}) => {
            if (entry.volume <= 1)
                return;
            entry.boost ??= createBoost();
            entry.boost.play(media, entry.volume, settings().output ?? '');
            audio.muted = true;
        }, () => {
            // Without it, as loud as it was sent.
        });
    };

    /**
     * Adopts the tracks that a stream has now.
     *
     * @param {Entry} entry
     */
    const refresh = entry => {
        const media = entry.stream?.stream ?? null;
        const sounds = media?.getAudioTracks() ?? [];
        const old = entry.audio.srcObject instanceof MediaStream ? entry.audio.srcObject.getTracks() : [];
        if (sounds.length !== old.length || sounds.some((track, i) => track !== old[i])) {
            entry.audio.srcObject = sounds.length > 0 ? new MediaStream(sounds) : null;
            if (sounds.length > 0)
                play(entry.audio);
            loudness(entry);
        }
        const video = (media?.getVideoTracks().length ?? 0) > 0;
        show(entry, {media, audio: sounds.length > 0, video, replacing: false, stalled: false});
    };

    const remove = (/** @type {string} */ key) => {
        const entry = entries.get(key);
        if (!entry)
            return;
        clearTimeout(entry.timer);
        entry.audio.srcObject = null;
        entry.boost?.stop();
        entries.delete(key);
        if (speaks(entry.shown))
            onsound(entry.shown.userId, null);
        publish();
    };

    /**
     * Asks for the right quality of a stream, a little later, unless that is what
     * we get already.
     *
     * @param {string} key
     */
    const ask = key => {
        const entry = entries.get(key);
        if (!entry || entry.size === undefined)
            return;
        clearTimeout(entry.timer);
        const wait = Math.max(requestDelay, entry.since + youngest - Date.now());
        entry.timer = setTimeout(() => {
            if (!entry.stream || entry.shown.replacing || entry.size === undefined)
                return;
            const {request} = settings();
            const front = floating?.localId === key ? floating : null;
            const wanted = wantedTracks({
                receive: request, label: entry.shown.label, before: entry.asked,
                size: front && (hidden || !entry.size) ? front.size : entry.size, hidden: hidden && !front,
            });
            const table = requestTable(request);
            const standard = table[entry.shown.label] ?? table[''] ?? [];
            const present = entry.asked ?? standard;
            entry.asked = wanted;
            if (wanted.join() !== present.join())
                entry.stream.request(wanted);
        }, wait);
    };

    const askAll = () => {
        for (const key of entries.keys())
            ask(key);
    };

    /** @param {Stream} stream a new one, or the replacement of one */
    const gotStream = stream => {
        const userId = stream.source ?? '';
        const label = stream.label ?? '';
        let key = [...entries].find(([, entry]) => entry.shown.replacing &&
            entry.stream?.localId === stream.localId)?.[0];
        key ??= [...entries].find(([, {stream, shown}]) =>
            !stream && shown.userId === userId && shown.label === label)?.[0];
        const known = key === undefined ? undefined : entries.get(key);
        if (known)
            clearTimeout(known.timer);
        key ??= `s${++arrivals}`;
        /** @type {Entry} */
        const entry = {
            stream,
            audio: known?.audio ?? new Audio(),
            volume: known?.volume ?? 1,
            boost: known?.boost ?? null,
            since: Date.now(),
            size: known?.size,
            asked: null,
            timer: undefined,
            shown: {
                localId: key, id: stream.id, userId, username: stream.username ?? '', label,
                media: known?.shown.media ?? null,
                audio: known?.shown.audio ?? false,
                video: known?.shown.video ?? false,
                status: 'new', stalled: false, replacing: false,
                arrived: known?.shown.arrived ?? ++arrivals,
            },
        };
        const localId = key;
        entry.audio.autoplay = true;
        setSink(entry.audio);
        entries.set(localId, entry);

        stream.ondowntrack = (/** @type {MediaStreamTrack} */ track,
                              /** @type {RTCRtpTransceiver} */ transceiver,
                              /** @type {MediaStream} */ media) => {
            media.onremovetrack = () => entry.stream === stream && refresh(entry);
            media.onaddtrack = media.onremovetrack;
            if (track.kind === 'audio' && speaks(entry.shown))
                onsound(userId, transceiver.receiver);
            refresh(entry);
        };
        stream.onstatus = (/** @type {string} */ status) => show(entry, {status});
        stream.onclose = (/** @type {boolean} */ replace) => {
            if (entries.get(localId) !== entry)
                return;
            if (replace) {
                show(entry, {replacing: true});
            } else if (connection?.socket?.readyState !== WebSocket.OPEN) {
                // The connection is lost, not the person: the last picture stays.
                entry.stream = null;
                show(entry, {status: 'lost'});
            } else {
                remove(localId);
            }
        };

        const meter = createMeter();
        /** @type {Map<string, import('./quality.js').Counts>} */
        const counts = new Map();
        let bytes = -1;
        let still = 0;
        stream.onstats = (/** @type {Record<string, any>} */ stats) => {
            const {sample, pictureBytes} = readStats(stats, counts);
            onquality(localId, meter(sample, performance.now()));
            still = pictureBytes !== null && pictureBytes === bytes ? still + 1 : 0;
            bytes = pictureBytes ?? -1;
            const asked = entry.asked ?? ['video'];
            // A film may be paused.
            const stalled = still >= 2 && label !== 'video' && asked.some(kind => kind !== 'audio');
            if (stalled !== entry.shown.stalled)
                show(entry, {stalled});
        };
        stream.setStatsInterval(statsInterval);
        publish();
        ask(localId);
    };

    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let hiding;
    const visibility = () => {
        clearTimeout(hiding);
        if (document.hidden) {
            hiding = setTimeout(() => {
                hidden = true;
                askAll();
            }, 30_000);
        } else if (hidden) {
            hidden = false;
            askAll();
        }
    };
    document.addEventListener('visibilitychange', visibility);

    return {
        /** @param {ServerConnection} sc one that is about to join */
        attach(sc) {
            connection = sc;
            sc.ondownstream = gotStream;
        },

        /** Asks for media, in a connection that has just joined. */
        joined() {
            connection?.request(requestTable(settings().request));
            // Whoever does not come back with us has left.
            setTimeout(() => {
                for (const [key, entry] of [...entries]) {
                    if (!entry.stream)
                        remove(key);
                }
            }, ghostTime);
        },

        /** The setting "request" has changed. */
        requestAgain() {
            connection?.request(requestTable(settings().request));
            askAll();
        },

        /**
         * @param {string} localId
         * @param {{width: number, height: number} | null} size of its tile, null if not visible
         */
        setSize(localId, size) {
            const entry = entries.get(localId);
            if (!entry)
                return;
            const before = entry.size;
            entry.size = size;
            if (before?.width !== size?.width || before?.height !== size?.height || before === undefined)
                ask(localId);
        },

        /**
         * Says what a window in front of others shows: its picture goes on when the
         * page is in the background.
         *
         * @param {string | null} localId null if nothing
         * @param {{width: number, height: number}} size
         */
        setFloating(localId, size) {
            const before = floating?.localId ?? null;
            floating = localId === null ? null : {localId, size};
            if (before !== localId) {
                ask(before ?? '');
                ask(localId ?? '');
            }
        },

        /**
         * @param {string} localId
         * @returns {number} from 0 to 2
         */
        volume: localId => entries.get(localId)?.volume ?? 1,

        /**
         * @param {string} localId
         * @param {number} volume from 0 to 2; more than 1 is louder than it was sent
         */
        setVolume(localId, volume) {
            const entry = entries.get(localId);
            if (!entry)
                return;
            entry.volume = volume;
            loudness(entry);
        },

        /** The setting "output" has changed. */
        setOutput() {
            for (const entry of entries.values()) {
                setSink(entry.audio);
                loudness(entry);
            }
        },

        /** Plays sound that the browser held back; to be called by a click. */
        enableSound() {
            for (const {audio} of entries.values()) {
                if (audio.srcObject)
                    play(audio);
            }
        },

        /**
         * @param {string} localId
         * @returns {RTCPeerConnection | null} that brings it, for its statistics
         */
        connection: localId => entries.get(localId)?.stream?.pc ?? null,

        /** @param {string} localId restarts a stream that has failed */
        retry: localId => entries.get(localId)?.stream?.restartIce(),

        /** @param {(stream: Stream) => void} fn */
        each(fn) {
            for (const {stream} of entries.values()) {
                if (stream)
                    fn(stream);
            }
        },

        /** Forgets everything: the call is over. */
        stop() {
            connection = null;
            for (const key of [...entries.keys()])
                remove(key);
        },

        dispose: () => document.removeEventListener('visibilitychange', visibility),
    };
}
