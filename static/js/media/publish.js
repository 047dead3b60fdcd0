/**
 * What we send: one stream with microphone and camera, and any number of shared
 * screens and played files. The devices are opened here, in the lobby already; `connect` publishes
 * what is open, and after a lost connection publishes it again.
 *
 * Microphone off keeps the device and sends silence, so that it is instantly back.
 * Camera off releases the device; its track stays in the stream without content,
 * so that the sound goes on without a gap.
 */

import {captureCamera, captureMicrophone, captureScreen, CaptureError} from './capture.js';
import {encodings, throughput, wantsSimulcast} from './encodings.js';
import {createWarning, readStats} from './quality.js';
import {blackOut, limit} from './senders.js';

/** Statistics of what we send are read this often, in milliseconds. */
const statsInterval = 2000;

/** A camera that gives no picture for this long is paused, in milliseconds. */
const pauseTime = 1000;

/** @typedef {'off' | 'on' | 'busy' | 'blocked' | 'missing'} DeviceState */

/** @typedef {{localId: string, title: string, played: import('./playfile.js').PlayedFile}} Played a file */

/**
 * @typedef {object} PublishState
 * @property {DeviceState} microphone
 * @property {DeviceState} camera
 * @property {MediaStreamTrack | null} microphone$
 * @property {MediaStreamTrack | null} camera$
 * @property {string[]} shares local ids of shared screens
 * @property {Played[]} played files that are being played to everyone
 * @property {'idle' | 'choosing'} sharing
 * @property {boolean} cameraPaused the system gives no picture for now, as phones do in the background
 * @property {boolean} weak what we send arrives badly at the server
 * @property {boolean} mirrored whether the own picture should be shown as in a mirror
 */

/**
 * @typedef {object} PublishOptions
 * @property {() => Record<string, any>} settings
 * @property {(state: PublishState) => void} onchange
 * @property {(error: CaptureError) => void} onproblem
 * @property {(event: 'fellback' | 'lost' | 'aborted', source: import('./capture.js').Source) => void} onnotice
 */

/** @typedef {ReturnType<typeof createPublish>} Publish */

/** @param {PublishOptions} options */
export function createPublish({settings, onchange, onproblem, onnotice}) {
    /** @type {ServerConnection | null} */
    let connection = null;
    let allowed = false;
    let people = 1;

    /** @type {PublishState} */
    let state = {
        microphone: 'off', camera: 'off', microphone$: null, camera$: null,
        shares: [], played: [], sharing: 'idle', mirrored: true, cameraPaused: false,
        weak: false,
    };

    /** @type {{stream: Stream, audio: RTCRtpSender | null, video: RTCRtpSender | null, simulcast: boolean} | null} */
    let camera = null;
    /** @type {string | undefined} */
    let cameraLocalId;
    /**
     * Shared screens and played files.
     *
     * @typedef {{media: MediaStream, stream: Stream | null, file?: Omit<Played, 'localId'> & {onend: () => void}}} Share
     */
    /** @type {Map<string, Share>} */
    const shares = new Map();
    let counter = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let reconsiderTimer;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let pausing;

    const update = (/** @type {Partial<PublishState>} */ patch) => {
        state = {...state, ...patch};
        onchange(state);
    };

    // Device operations run one after the other: a double click must not open a
    // camera twice.
    /** @type {Promise<unknown>} */
    let queue = Promise.resolve();
    /**
     * @template T
     * @param {() => Promise<T>} operation
     * @returns {Promise<T>}
     */
    const enqueue = operation => {
        const result = queue.then(operation);
        queue = result.catch(() => {});
        return result;
    };

    const simulcastWanted = () => wantsSimulcast({
        setting: settings().simulcast, send: settings().send, people,
        reliable: !navigator.userAgent.includes('Firefox'),
    });

    /**
     * @param {Stream} stream
     * @param {MediaStreamTrack} track
     * @param {boolean} simulcast
     * @returns {RTCRtpSender}
     */
    const send = (stream, track, simulcast) => {
        const media = /** @type {MediaStream} */ (stream.stream);
        const {send, hqaudio} = settings();
        const sendEncodings = encodings({
            kind: track.kind, label: stream.label ?? '', simulcast, send, music: hqaudio,
        });
        return stream.pc.addTransceiver(track, {
            direction: 'sendonly', streams: [media], sendEncodings,
        }).sender;
    };

    /** Publishes microphone and camera in a new stream, replacing the one there is. */
    const publishCamera = () => {
        const tracks = [state.microphone$, state.camera$].filter(track => track !== null);
        if (!connection || !allowed || tracks.length === 0)
            return;
        const stream = connection.newUpStream(cameraLocalId);
        cameraLocalId = stream.localId;
        stream.label = 'camera';
        const simulcast = simulcastWanted();
        const entry = {
            stream, simulcast,
            audio: /** @type {RTCRtpSender | null} */ (null),
            video: /** @type {RTCRtpSender | null} */ (null),
        };
        camera = entry;
        let aborted = false;
        stream.onabort = () => {
            aborted = true;
        };
        stream.onclose = () => {
            if (camera !== entry)
                return;
            camera = null;
            if (aborted) {
                releaseCamera();
                onnotice('aborted', 'camera');
            }
        };
        const warn = createWarning();
        stream.onstats = (/** @type {Record<string, any>} */ stats) => {
            const weak = warn(readStats(stats, new Map()).sample, performance.now());
            if (camera === entry && weak !== state.weak)
                update({weak});
        };
        stream.setStatsInterval(statsInterval);
        stream.setStream(new MediaStream(tracks));
        for (const track of tracks) {
            const sender = send(stream, track, simulcast);
            if (track.kind === 'audio')
                entry.audio = sender;
            else
                entry.video = sender;
        }
    };

    /**
     * Puts a newly opened track on the wire, in the place of its predecessor.
     *
     * @param {MediaStreamTrack} track
     */
    const attach = async track => {
        if (!camera) {
            publishCamera();
            return;
        }
        const kind = track.kind === 'audio' ? 'audio' : 'video';
        const sender = camera[kind];
        if (!sender) {
            camera.stream.stream?.addTrack(track);
            camera[kind] = send(camera.stream, track, camera.simulcast);
            return;
        }
        const media = camera.stream.stream;
        for (const old of media?.getTracks() ?? []) {
            if (old.kind === track.kind)
                media?.removeTrack(old);
        }
        media?.addTrack(track);
        await sender.replaceTrack(track);
    };

    const releaseCamera = () => {
        const track = state.camera$;
        clearTimeout(pausing);
        update({camera: 'off', camera$: null, cameraPaused: false});
        if (!track)
            return;
        track.onended = null;
        track.stop();
        const sender = camera?.video;
        if (sender)
            blackOut(sender);
    };

    const releaseMicrophone = () => {
        const track = state.microphone$;
        update({microphone: 'off', microphone$: null});
        if (!track)
            return;
        track.onended = null;
        track.stop();
    };

    /**
     * Opens a microphone or a camera and sends it.
     *
     * @param {'microphone' | 'camera'} source
     * @returns {Promise<boolean>}
     */
    const openDevice = async source => {
        const before = state[source];
        update({[source]: 'busy'});
        try {
            const {track, fellBack} = source === 'microphone' ?
                await captureMicrophone(settings()) : await captureCamera(settings());
            const old = source === 'microphone' ? state.microphone$ : state.camera$;
            if (old) {
                old.onended = null;
                old.stop();
            }
            track.onended = () => {
                lost(source).catch(() => {});
            };
            if (source === 'microphone') {
                update({microphone: 'on', microphone$: track});
            } else {
                const {facingMode} = track.getSettings();
                update({camera: 'on', camera$: track, mirrored: facingMode !== 'environment', cameraPaused: false});
                const pause = () => {
                    clearTimeout(pausing);
                    pausing = setTimeout(() => {
                        if (state.camera$ === track && track.muted !== state.cameraPaused)
                            update({cameraPaused: track.muted});
                    }, pauseTime);
                };
                track.addEventListener('slow', () => {
                    tooSlow(track).catch(() => {});
                });
                track.onmute = pause;
                track.onunmute = pause;
            }
            await attach(track);
            if (fellBack)
                onnotice('fellback', source);
            return true;
        } catch (e) {
            const error = e instanceof CaptureError ? e : new CaptureError(source, 'failed', e);
            const state = error.problem === 'blocked' || error.problem === 'missing' ?
                error.problem : before === 'on' ? 'on' : 'off';
            update({[source]: state});
            onproblem(error);
            return false;
        }
    };

    /**
     * The device has been unplugged or taken away: go on with another one.
     *
     * @param {'microphone' | 'camera'} source
     */
    const lost = source => enqueue(async () => {
        const wasOn = state[source] === 'on';
        if (source === 'camera')
            releaseCamera();
        else
            releaseMicrophone();
        onnotice('lost', source);
        if (wasOn)
            await openDevice(source);
    });

    /**
     * The effect takes too long. Without it, what it has hidden is shown only when
     * the camera is switched on again.
     *
     * @param {MediaStreamTrack} track
     */
    const tooSlow = track => enqueue(async () => {
        if (state.camera$ !== track)
            return;
        releaseCamera();
        onproblem(new CaptureError('camera', 'unblurred', 'too slow'));
    });

    /**
     * @param {string} localId
     * @param {MediaStream} media
     */
    const publishShare = (localId, media) => {
        if (!connection || !allowed)
            return;
        const entry = shares.get(localId);
        if (!entry)
            return;
        const stream = connection.newUpStream(localId);
        entry.stream = stream;
        stream.label = entry.file ? 'video' : 'screenshare';
        let aborted = false;
        stream.onabort = () => {
            aborted = true;
        };
        stream.onclose = () => {
            if (entry.stream !== stream)
                return;
            entry.stream = null;
            if (aborted) {
                endShare(localId);
                if (!entry.file)
                    onnotice('aborted', 'screen');
            }
        };
        stream.setStream(media);
        for (const track of media.getTracks())
            send(stream, track, false);
    };

    const endShare = (/** @type {string} */ localId) => {
        const entry = shares.get(localId);
        if (!entry)
            return;
        shares.delete(localId);
        for (const track of entry.media.getTracks())
            track.stop();
        const {stream} = entry;
        entry.stream = null;
        stream?.close();
        showShares();
        entry.file?.onend();
    };

    const showShares = () => {
        const all = [...shares];
        update({
            shares: all.filter(([, {file}]) => !file).map(([localId]) => localId),
            played: all.flatMap(([localId, {file}]) => file ? [{localId, title: file.title, played: file.played}] : []),
        });
    };

    /** @param {Omit<Share, 'stream'>} share */
    const addShare = share => {
        const localId = `share-${Date.now()}-${++counter}`;
        shares.set(localId, {...share, stream: null});
        publishShare(localId, share.media);
        showShares();
        return localId;
    };

    return {
        state: () => state,

        /**
         * Publishes what is open on a connection that has joined.
         *
         * @param {ServerConnection} sc
         * @param {boolean} mayPresent
         */
        connect(sc, mayPresent) {
            connection = sc;
            allowed = mayPresent;
            camera = null;
            publishCamera();
            for (const [localId, {media}] of shares)
                publishShare(localId, media);
        },

        /** The connection has gone. Devices and shares stay open. */
        disconnect() {
            connection = null;
            camera = null;
            update({weak: false});
            for (const entry of shares.values())
                entry.stream = null;
        },

        /** @param {boolean} mayPresent the permission was given or taken */
        setAllowed(mayPresent) {
            if (allowed === mayPresent)
                return;
            allowed = mayPresent;
            if (!connection)
                return;
            if (mayPresent) {
                publishCamera();
                return;
            }
            releaseCamera();
            releaseMicrophone();
            for (const localId of [...shares.keys()])
                endShare(localId);
        },

        /**
         * @param {boolean} on
         * @returns {Promise<boolean>} whether it is as wanted
         */
        setMicrophone: on => enqueue(async () => {
            const track = state.microphone$;
            if (!on) {
                if (track)
                    track.enabled = false;
                update({microphone: state.microphone === 'on' ? 'off' : state.microphone});
                return true;
            }
            if (!track || track.readyState === 'ended')
                return openDevice('microphone');
            track.enabled = true;
            update({microphone: 'on'});
            return true;
        }),

        /**
         * @param {boolean} on
         * @returns {Promise<boolean>} whether it is as wanted
         */
        setCamera: on => enqueue(async () => {
            if (on)
                return state.camera === 'on' ? true : openDevice('camera');
            if (state.camera$)
                releaseCamera();
            return true;
        }),

        /**
         * Another device was chosen, or other constraints: swaps the tracks without
         * renegotiation. A microphone that is off stays off.
         *
         * @param {'microphone' | 'camera'} source
         */
        reopen: source => enqueue(async () => {
            if (source === 'camera') {
                if (state.camera === 'on')
                    await openDevice('camera');
                return;
            }
            const muted = state.microphone !== 'on';
            if (!state.microphone$)
                return;
            if (await openDevice('microphone') && muted && state.microphone$) {
                state.microphone$.enabled = false;
                update({microphone: 'off'});
            }
        }),

        /** @returns {Promise<boolean>} false if the user changed their mind */
        share: () => enqueue(async () => {
            update({sharing: 'choosing'});
            /** @type {MediaStream} */
            let media;
            try {
                media = await captureScreen();
            } catch (e) {
                if (!(e instanceof CaptureError && e.problem === 'cancelled'))
                    onproblem(e instanceof CaptureError ? e : new CaptureError('screen', 'failed', e));
                return false;
            } finally {
                update({sharing: 'idle'});
            }
            const localId = addShare({media});
            for (const track of media.getVideoTracks())
                track.onended = () => endShare(localId);
            return true;
        }),

        /** @param {string} [localId] of a screen or a file; all screens if left out */
        stopShare(localId) {
            for (const id of localId ? [localId] : state.shares)
                endShare(id);
        },

        /**
         * Plays a file to everyone, as a stream of its own.
         *
         * @param {NonNullable<Share['file']>} file `onend` is told that it is no longer
         *     sent, for whatever reason
         * @returns {string} local id, for `stopShare`
         */
        play: file => {
            const localId = addShare({media: file.played.media, file});
            file.played.onswap((before, now) => {
                const senders = shares.get(localId)?.stream?.pc.getSenders();
                senders?.find(({track}) => track === before)?.replaceTrack(now).catch(() => {});
            });
            return localId;
        },

        /** @param {number} count of people in the group, oneself included */
        setPeople(count) {
            const before = people;
            people = count;
            if (before === count)
                return;
            clearTimeout(reconsiderTimer);
            if (count > before)
                reconsider();
            else
                reconsiderTimer = setTimeout(reconsider, 10_000 + Math.random() * 10_000);
        },

        /** A setting about sending has changed. */
        reconsider: () => reconsider(),

        /** Replaces all streams by new ones, to repair or to change their layers. */
        republish() {
            publishCamera();
            for (const [localId, {media}] of shares)
                publishShare(localId, media);
        },

        /** Closes everything and releases all devices. */
        stop() {
            clearTimeout(reconsiderTimer);
            for (const localId of [...shares.keys()])
                endShare(localId);
            camera?.stream.close();
            camera = null;
            cameraLocalId = undefined;
            releaseCamera();
            releaseMicrophone();
            connection = null;
        },

        /**
         * @param {(kind: 'camera' | 'screenshare', stream: Stream) => void} fn called
         *     for each stream that is being sent
         */
        each(fn) {
            if (camera)
                fn('camera', camera.stream);
            for (const {stream} of shares.values()) {
                if (stream)
                    fn('screenshare', stream);
            }
        },
    };

    /** Changes the number of layers or the rate, if the rules now say so. */
    function reconsider() {
        if (!camera)
            return;
        if (camera.simulcast !== simulcastWanted() && state.camera$) {
            publishCamera();
            return;
        }
        limit(camera.video, throughput(settings().send));
        limit(camera.audio, settings().hqaudio ? 128_000 : undefined);
        for (const {stream} of shares.values()) {
            for (const sender of stream?.pc.getSenders() ?? []) {
                if (sender.track?.kind === 'video')
                    limit(sender, throughput(settings().send));
            }
        }
    }
}
