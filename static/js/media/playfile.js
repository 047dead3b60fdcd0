/**
 * Playing a local file to everyone: a media element plays it here, and what it
 * shows and sounds like is captured as a stream.
 *
 * @typedef {object} PlayedFile
 * @property {HTMLVideoElement} element plays it; pause, seek and stop by its own methods
 * @property {MediaStream} media what goes to the others, not depending on the volume here
 * @property {(volume: number) => void} setVolume here, from 0 to 1
 * @property {(swap: (before: MediaStreamTrack, now: MediaStreamTrack) => void) => void} onswap is
 *     told when another track takes the place of the picture in `media`
 * @property {() => void} close
 */

/** While a file is paused its picture is repeated this often, for those who come then, in milliseconds. */
const repeat = 1000;

/** How long a file may take until its first picture or sound, in milliseconds. */
const patience = 15_000;

/** @returns {boolean} whether this browser can play files to others; Safari cannot */
export function canPlayFiles() {
    return 'captureStream' in HTMLMediaElement.prototype || 'mozCaptureStream' in HTMLMediaElement.prototype;
}

/**
 * Opens a file and begins to play it.
 *
 * @param {File} file
 * @param {{output: string | null}} options `output` is the loudspeaker here
 * @returns {Promise<PlayedFile>} rejects if the browser cannot play it
 */
export async function openFile(file, {output}) {
    const element = document.createElement('video');
    const address = URL.createObjectURL(file);
    element.playsInline = true;
    element.src = address;
    /** @type {MediaStream | null} */
    let media = null;
    /** @type {AudioContext | null} */
    let context = null;
    /** @type {GainNode | null} */
    let gain = null;
    /** The picture as it is played. */
    /** @type {MediaStreamTrack | undefined} */
    let first = undefined;
    /** @type {ReturnType<typeof setInterval> | undefined} */
    let repeating;

    const close = () => {
        clearInterval(repeating);
        element.pause();
        element.removeAttribute('src');
        element.load();
        URL.revokeObjectURL(address);
        for (const track of [...media?.getTracks() ?? [], ...first ? [first] : []])
            track.stop();
        context?.close().catch(() => {});
    };

    try {
        await once(element, 'loadeddata');
        media = 'captureStream' in element ? /** @type {any} */ (element).captureStream() :
            /** @type {any} */ (element).mozCaptureStream();
        if (output && 'setSinkId' in element)
            await element.setSinkId(output).catch(() => {});
        await element.play();
        if (media?.getTracks().length === 0)
            await once(media, 'addtrack');
    } catch (e) {
        close();
        throw e;
    }
    const captured = /** @type {MediaStream} */ (media);
    for (const track of captured.getVideoTracks())
        track.contentHint = 'motion';
    for (const track of captured.getAudioTracks())
        track.contentHint = 'music';

    /** @type {(before: MediaStreamTrack, now: MediaStreamTrack) => void} */
    let swapped = () => {};
    const [picture] = captured.getVideoTracks();
    first = picture;
    const swapIn = (/** @type {MediaStreamTrack | undefined} */ now) => {
        const [before] = captured.getVideoTracks();
        if (!before || !now || before === now)
            return;
        captured.removeTrack(before);
        captured.addTrack(now);
        swapped(before, now);
        if (before !== picture)
            before.stop();
    };
    /**
     * The picture of now, again and again: nothing is captured while paused.
     *
     * @param {HTMLVideoElement} video
     */
    const still = video => {
        const canvas = document.createElement('canvas');
        canvas.width = video.videoWidth;
        canvas.height = video.videoHeight;
        const context = canvas.getContext('2d');
        const draw = () => context?.drawImage(video, 0, 0);
        draw();
        repeating = setInterval(draw, repeat);
        return canvas.captureStream().getVideoTracks()[0];
    };

    // What is captured by the older method of Firefox plays nothing here any more.
    if (!('captureStream' in element) && captured.getAudioTracks().length > 0) {
        context = new AudioContext();
        gain = context.createGain();
        context.createMediaStreamSource(captured).connect(gain).connect(context.destination);
    }

    element.addEventListener('pause', () => {
        clearInterval(repeating);
        if (!element.ended && picture)
            swapIn(still(element));
    });
    element.addEventListener('play', () => {
        clearInterval(repeating);
        swapIn(picture);
    });

    return {
        element, media: captured, close,
        onswap(swap) {
            swapped = swap;
        },
        setVolume(volume) {
            if (gain)
                gain.gain.value = volume;
            else
                element.volume = volume;
        },
    };
}

/**
 * Waits for an event of a media element or stream, or for its failure.
 *
 * @param {EventTarget} target
 * @param {string} type
 * @returns {Promise<void>}
 */
function once(target, type) {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`no ${type}`)), patience);
        target.addEventListener(type, () => {
            clearTimeout(timer);
            resolve();
        }, {once: true});
        target.addEventListener('error', () => {
            clearTimeout(timer);
            reject(/** @type {HTMLMediaElement} */ (target).error ?? new Error('cannot be played'));
        }, {once: true});
    });
}
