/**
 * How loud everyone is, and who is speaking. One timer serves all sources: our own
 * microphone by an analyser, others by what the browser knows of the sound it plays.
 * Animation frames would come six times as often, make the browser prepare pictures in
 * which nothing changes, and stop while only the floating window is seen.
 */

/** Measurements are made this often, in milliseconds. */
const interval = 100;

/** Louder than this, of 1, is speech when it lasts. */
const threshold = 0.025;

/** Speech ends after this much silence, in milliseconds. */
const hold = 900;

/**
 * Decides from a series of levels whether somebody is speaking: two loud
 * measurements in a row begin, silence for a while ends.
 *
 * @returns {(level: number, now: number) => boolean}
 */
export function createDetector() {
    let loud = 0;
    let lastLoud = -Infinity;
    let speaking = false;
    return (level, now) => {
        if (level > threshold) {
            loud++;
            lastLoud = now;
            if (loud >= 2)
                speaking = true;
        } else {
            loud = 0;
            if (now - lastLoud > hold)
                speaking = false;
        }
        return speaking;
    };
}

/**
 * @typedef {object} Levels
 * @property {(key: string, receiver: RTCRtpReceiver | null) => void} setReceiver
 *     listens to somebody else, or no longer
 * @property {(track: MediaStreamTrack | null, muted?: boolean) => void} setOwn listens to our
 *     microphone; to one that is muted by a copy of it, which goes nowhere else
 * @property {(listener: (level: number) => void) => () => void} meter calls the
 *     listener with the level of our microphone, 0 to 1, after each measurement
 * @property {() => void} resume to be called after a click: browsers keep audio
 *     processing asleep until then
 * @property {() => void} dispose
 */

/**
 * @param {{onspeaking: (key: string, speaking: boolean) => void}} options the key of
 *     our own microphone is empty
 * @returns {Levels}
 */
export function createLevels({onspeaking}) {
    /** @typedef {{read: () => number, detect: ReturnType<typeof createDetector>, speaking: boolean}} Entry */
    /** @type {Map<string, Entry>} */
    const sources = new Map();
    /** @type {AudioContext | null} */
    let context = null;
    /** @type {(() => void) | null} */
    let closeOwn = null;
    /** @type {Set<(level: number) => void>} */
    const meters = new Set();
    /** @type {ReturnType<typeof setInterval> | undefined} */
    let timer;

    const measure = () => {
        const now = performance.now();
        for (const [key, entry] of sources) {
            const level = entry.read();
            if (key === '') {
                for (const meter of meters)
                    meter(level);
            }
            const speaking = entry.detect(level, now);
            if (speaking !== entry.speaking) {
                entry.speaking = speaking;
                onspeaking(key, speaking);
            }
        }
    };

    const set = (/** @type {string} */ key, /** @type {(() => number) | null} */ read) => {
        const old = sources.get(key);
        if (old?.speaking)
            onspeaking(key, false);
        if (read)
            sources.set(key, {read, detect: createDetector(), speaking: false});
        else
            sources.delete(key);
        if (sources.size > 0) {
            timer ??= setInterval(measure, interval);
        } else {
            clearInterval(timer);
            timer = undefined;
        }
    };

    return {
        setReceiver(key, receiver) {
            set(key, receiver && (() => receiver.getSynchronizationSources()[0]?.audioLevel ?? 0));
        },
        setOwn(track, muted = false) {
            closeOwn?.();
            closeOwn = null;
            if (!track) {
                set('', null);
                for (const meter of meters)
                    meter(0);
                return;
            }
            context ??= new AudioContext();
            const heard = muted ? track.clone() : track;
            heard.enabled = true;
            const source = context.createMediaStreamSource(new MediaStream([heard]));
            const analyser = context.createAnalyser();
            analyser.fftSize = 1024;
            source.connect(analyser);
            closeOwn = () => {
                source.disconnect();
                if (muted)
                    heard.stop();
            };
            const samples = new Float32Array(analyser.fftSize);
            set('', () => {
                analyser.getFloatTimeDomainData(samples);
                let sum = 0;
                for (const sample of samples)
                    sum += sample * sample;
                return Math.sqrt(sum / samples.length);
            });
        },
        meter(listener) {
            meters.add(listener);
            return () => {
                meters.delete(listener);
            };
        },
        resume() {
            if (context?.state === 'suspended') {
                context.resume().catch(() => {
                    // It stays asleep; only the meter is missing.
                });
            }
        },
        dispose() {
            closeOwn?.();
            sources.clear();
            clearInterval(timer);
            timer = undefined;
            context?.close().catch(() => {
                // It was closed already.
            });
            context = null;
        },
    };
}
