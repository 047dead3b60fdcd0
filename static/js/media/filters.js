/**
 * Changes to the outgoing camera picture. Mirroring and turning are drawn on a
 * canvas; blurring the background is left to the camera or the system, where the
 * browser can switch it on (capture.js asks for it).
 */

/**
 * @typedef {object} Filter
 * @property {(picture: CanvasImageSource, context: CanvasRenderingContext2D) => void} draw
 *     draws a picture that fills the canvas
 */

/**
 * @param {number} x 1, or -1 to exchange left and right
 * @param {number} y 1, or -1 to exchange top and bottom
 * @returns {Filter}
 */
const flip = (x, y) => ({
    draw(picture, context) {
        const {width, height} = context.canvas;
        context.setTransform(x, 0, 0, y, x < 0 ? width : 0, y < 0 ? height : 0);
        context.drawImage(picture, 0, 0, width, height);
    },
});

/** @type {Readonly<Record<string, Filter>>} */
export const filters = Object.freeze({
    'mirror-h': flip(-1, 1),
    'mirror-v': flip(1, -1),
    rotate: flip(-1, -1),
});

/**
 * Whether the background can be blurred: this camera offers it, and lets pages
 * switch it.
 *
 * @param {MediaStreamTrack | null} track of the camera that is open
 * @returns {boolean}
 */
export function canBlur(track) {
    const {backgroundBlur} = /** @type {{backgroundBlur?: boolean[]}} */ (track?.getCapabilities?.() ?? {});
    return Array.isArray(backgroundBlur) && backgroundBlur.includes(true);
}

/**
 * The track with a filter applied. It stands for the camera: what ends or stops one
 * ends or stops the other, and its settings are those of the device.
 *
 * @param {MediaStreamTrack} track
 * @param {string} name of the filter
 * @returns {Promise<MediaStreamTrack>} the track itself if there is no such filter
 */
export async function filtered(track, name) {
    const filter = Object.hasOwn(filters, name) ? filters[name] : undefined;
    if (!filter)
        return track;
    const canvas = document.createElement('canvas');
    const context = canvas.getContext('2d');
    if (!context)
        return track;
    /** @type {(picture: CanvasImageSource, width: number, height: number) => void} */
    const paint = (picture, width, height) => {
        if (canvas.width !== width || canvas.height !== height) {
            canvas.width = width;
            canvas.height = height;
        }
        filter.draw(picture, context);
    };
    const stopPictures = await pictures(track, paint);
    const [out] = canvas.captureStream().getVideoTracks();
    if (!out) {
        stopPictures();
        return track;
    }
    const stop = out.stop.bind(out);
    out.stop = () => {
        stopPictures();
        track.stop();
        stop();
    };
    out.getSettings = () => ({...track.getSettings(), width: canvas.width, height: canvas.height});
    out.getCapabilities = () => track.getCapabilities?.() ?? {};
    track.onended = () => {
        stopPictures();
        stop();
        out.dispatchEvent(new Event('ended'));
    };
    return out;
}

/**
 * Calls a function with each picture of a track. Where the browser hands out
 * pictures they come in the background too; elsewhere a timer looks at a video
 * element, and browsers slow timers down in the background.
 *
 * @param {MediaStreamTrack} track
 * @param {(picture: CanvasImageSource, width: number, height: number) => void} paint
 * @returns {Promise<() => void>} once the first picture has been painted; what it
 *     gives ends it
 */
async function pictures(track, paint) {
    const {MediaStreamTrackProcessor: Processor} = /** @type {any} */ (window);
    if (Processor) {
        const reader = new Processor({track}).readable.getReader();
        const next = async () => {
            const {value, done} = await reader.read();
            if (done)
                return false;
            paint(value, value.displayWidth, value.displayHeight);
            value.close();
            return true;
        };
        await next();
        const go = async () => {
            while (await next());
        };
        go().catch(() => {
            // The reader was cancelled.
        });
        return () => {
            reader.cancel().catch(() => {});
        };
    }
    const video = document.createElement('video');
    video.muted = true;
    video.playsInline = true;
    video.srcObject = new MediaStream([track]);
    await video.play();
    const look = () => paint(video, video.videoWidth, video.videoHeight);
    look();
    const timer = setInterval(look, 1000 / (track.getSettings().frameRate || 30));
    return () => {
        clearInterval(timer);
        video.srcObject = null;
    };
}
