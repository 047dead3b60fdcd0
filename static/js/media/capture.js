/**
 * Opening microphones, cameras and screens: constraints, fallbacks, and what went
 * wrong in words that the interface can act on.
 */

/**
 * @typedef {'microphone' | 'camera' | 'screen'} Source
 * @typedef {'blocked' | 'missing' | 'inuse' | 'cancelled' | 'unblurred' | 'failed'} Problem
 *     unblurred: the background cannot be blurred, as is wished
 */

export class CaptureError extends Error {
    /**
     * @param {Source} source
     * @param {Problem} problem
     * @param {unknown} cause
     */
    constructor(source, problem, cause) {
        super(`cannot open the ${source}: ${cause}`, {cause});
        this.name = 'CaptureError';
        this.source = source;
        this.problem = problem;
    }
}

/**
 * @typedef {object} Wishes the settings that concern capture
 * @property {string | null} [audio] device id
 * @property {string | null} [video] device id
 * @property {boolean} [preprocessing]
 * @property {boolean | null} [echo]
 * @property {boolean | null} [noise]
 * @property {boolean | null} [gain]
 * @property {boolean} [voiceIsolation] nothing but the voice, where the browser or system can do that
 * @property {boolean} [blackboardMode]
 * @property {[number, number] | null} [resolution]
 * @property {string} [send]
 * @property {string} [filter] see filters.js
 */

/**
 * @param {Wishes} wishes
 * @returns {MediaTrackConstraints}
 */
export function microphoneConstraints(wishes) {
    const all = wishes.preprocessing ?? true;
    return {
        ...(wishes.audio ? {deviceId: {exact: wishes.audio}} : {}),
        echoCancellation: wishes.echo ?? all,
        noiseSuppression: wishes.noise ?? all,
        autoGainControl: wishes.gain ?? all,
        // Browsers that do not know it ignore it.
        ...(wishes.voiceIsolation ? {voiceIsolation: true} : {}),
    };
}

/**
 * @param {Wishes} wishes
 * @returns {MediaTrackConstraints}
 */
export function cameraConstraints(wishes) {
    return {
        ...(wishes.video ? {deviceId: {exact: wishes.video}} : {}), ...pictureConstraints(wishes),
        // A browser that does not know this wish ignores it; a camera that blurs
        // because of the system's settings is left alone.
        ...(wishes.filter === 'background-blur' ? {backgroundBlur: {ideal: true}} : {}),
    };
}

/**
 * @param {Wishes} wishes
 * @returns {MediaTrackConstraints}
 */
function pictureConstraints({resolution, blackboardMode, send}) {
    if (resolution)
        return {width: {ideal: resolution[0]}, height: {ideal: resolution[1]}};
    if (blackboardMode)
        return {width: {min: 640, ideal: 1920}, height: {min: 400, ideal: 1080}};
    switch (send) {
    case 'lowest': case 'low':
        return {width: {ideal: 640}, height: {ideal: 360}, frameRate: {ideal: 30, max: 30}};
    case 'unlimited':
        return {width: {ideal: 1280}, height: {ideal: 720}, frameRate: {ideal: 30, max: 30}};
    default:
        return {width: {ideal: 960}, height: {ideal: 540}, frameRate: {ideal: 30, max: 30}};
    }
}

/**
 * @typedef {{track: MediaStreamTrack, fellBack: boolean}} Captured
 * `fellBack`: the chosen device is not there, and another one was opened
 */

/**
 * @param {Wishes} wishes
 * @returns {Promise<Captured>}
 */
export async function captureMicrophone(wishes) {
    const constraints = microphoneConstraints(wishes);
    return open('microphone', constraints, c => ({audio: c}));
}

/**
 * @param {Wishes} wishes
 * @returns {Promise<Captured>}
 */
export async function captureCamera(wishes) {
    const captured = await open('camera', cameraConstraints(wishes), c => ({video: c}));
    if (wishes.filter) {
        try {
            const {filtered} = await import('./filters.js');
            captured.track = await filtered(captured.track, wishes.filter);
        } catch (e) {
            // Whoever hides what is behind them does not want to show it unawares.
            captured.track.stop();
            throw new CaptureError('camera', wishes.filter === 'background-blur' ? 'unblurred' : 'failed', e);
        }
    }
    captured.track.contentHint = wishes.blackboardMode ? 'detail' : '';
    return captured;
}

/**
 * @param {Source} source
 * @param {MediaTrackConstraints} constraints
 * @param {(constraints: MediaTrackConstraints) => MediaStreamConstraints} shape
 * @returns {Promise<Captured>}
 */
async function open(source, constraints, shape) {
    if (!navigator.mediaDevices?.getUserMedia)
        throw new CaptureError(source, 'missing', 'this page may not use devices');
    try {
        return {track: first(await navigator.mediaDevices.getUserMedia(shape(constraints))), fellBack: false};
    } catch (e) {
        const problem = problemOf(e);
        if (problem !== 'missing' || !constraints.deviceId)
            throw new CaptureError(source, problem, e);
    }
    const {deviceId: _, ...rest} = constraints;
    try {
        return {track: first(await navigator.mediaDevices.getUserMedia(shape(rest))), fellBack: true};
    } catch (e) {
        throw new CaptureError(source, problemOf(e), e);
    }
}

/**
 * @param {MediaStream} media
 * @returns {MediaStreamTrack}
 */
function first(media) {
    const [track] = media.getTracks();
    if (!track)
        throw new DOMException('no track', 'NotFoundError');
    return track;
}

/** @returns {boolean} whether this browser can share a screen */
export function canShareScreen() {
    return typeof navigator.mediaDevices?.getDisplayMedia === 'function';
}

/**
 * Lets the user choose a screen, a window or a tab, with its sound if there is one.
 *
 * @returns {Promise<MediaStream>}
 */
export async function captureScreen() {
    try {
        const media = await navigator.mediaDevices.getDisplayMedia({video: true, audio: true});
        for (const track of media.getVideoTracks())
            track.contentHint = 'detail';
        return media;
    } catch (e) {
        const problem = problemOf(e);
        throw new CaptureError('screen', problem === 'blocked' ? 'cancelled' : problem, e);
    }
}

/**
 * @param {unknown} e as thrown by the browser
 * @returns {Problem}
 */
export function problemOf(e) {
    switch (e instanceof Error || e instanceof DOMException ? e.name : '') {
    case 'NotAllowedError': case 'SecurityError':
        return 'blocked';
    case 'NotFoundError': case 'OverconstrainedError':
        return 'missing';
    case 'NotReadableError':
        return 'inuse';
    case 'AbortError':
        return 'cancelled';
    default:
        return 'failed';
    }
}
