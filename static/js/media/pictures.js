/**
 * The pictures of a camera, one by one, and a track of other pictures that stands for
 * that of the camera.
 */

/**
 * Calls a function with each picture of a track. Where the browser hands out
 * pictures they come in the background too; elsewhere a timer looks at a video
 * element, and browsers slow timers down in the background.
 *
 * @param {MediaStreamTrack} track
 * @param {(picture: HTMLVideoElement | VideoFrame, width: number, height: number) => void} paint
 * @returns {Promise<() => void>} once the first picture has been painted; what it
 *     gives ends it
 */
export async function pictures(track, paint) {
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

/**
 * The picture of a canvas as a track that stands for a camera: what ends or stops one
 * ends or stops the other, and its settings are those of the device.
 *
 * @param {MediaStreamTrack} track of the camera
 * @param {HTMLCanvasElement} canvas
 * @param {() => void} stopped is called when either has come to its end
 * @returns {MediaStreamTrack}
 */
export function standIn(track, canvas, stopped) {
    const out = /** @type {MediaStreamTrack} */ (canvas.captureStream().getVideoTracks()[0]);
    const stop = out.stop.bind(out);
    out.stop = () => {
        stopped();
        track.stop();
        stop();
    };
    out.getSettings = () => ({...track.getSettings(), width: canvas.width, height: canvas.height});
    out.getCapabilities = () => track.getCapabilities?.() ?? {};
    track.onended = () => {
        stopped();
        stop();
        out.dispatchEvent(new Event('ended'));
    };
    return out;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} width
 * @param {number} height
 */
export function resize(canvas, width, height) {
    if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
    }
}
