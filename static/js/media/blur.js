/**
 * Blurs what is behind people: by the camera or the system, where these let pages
 * switch it on, or with a library that finds people in pictures. That library is not
 * part of this program; administrators may put it into third-party/tasks-vision/.
 */

import {pictures, resize, standIn} from './pictures.js';

const library = new URL('../../third-party/tasks-vision/', import.meta.url).href;
const program = new URL('blur-worker.js', import.meta.url).href;

/** For so long, in ms, pictures are counted before one judges whether this device is quick enough. */
const trial = 10_000;
/** The part of the pictures that must at least be shown. */
const enough = 0.4;

/**
 * @typedef {object} Blurring what a track says of its own blur
 * @property {() => number | null} cost time in ms that one picture takes lately
 */

/** @type {WeakMap<MediaStreamTrack, Blurring>} */
const tracks = new WeakMap();

/**
 * What a track that was made by blurred() says of itself.
 *
 * @param {MediaStreamTrack | null} track
 */
export const blurring = track => track ? tracks.get(track) : undefined;

/**
 * Whether the camera blurs now.
 *
 * @param {MediaStreamTrack} track
 */
export const byCamera = track =>
    /** @type {{backgroundBlur?: boolean}} */ (track.getSettings()).backgroundBlur === true;

/**
 * Whether this camera can blur, and lets pages switch that.
 *
 * @param {MediaStreamTrack | null} track of the camera that is open
 * @returns {boolean}
 */
export function cameraCan(track) {
    const {backgroundBlur} = /** @type {{backgroundBlur?: boolean[]}} */ (track?.getCapabilities?.() ?? {});
    return Array.isArray(backgroundBlur) && backgroundBlur.includes(true);
}

/** @type {Promise<boolean> | undefined} */
let found;

/**
 * Whether the library is there, and this browser can use it.
 *
 * @returns {Promise<boolean>}
 */
export function installed() {
    if (typeof OffscreenCanvas !== 'function' || typeof WebAssembly !== 'object')
        return Promise.resolve(false);
    found ??= fetch(`${library}vision_bundle.mjs`, {method: 'HEAD'}).then(({ok}) => ok, () => false);
    return found;
}

/** @returns {Worker} */
function startWorker() {
    const types = /** @type {any} */ (globalThis).trustedTypes;
    const address = types ?
        types.createPolicy('blur-worker', {createScriptURL: () => program}).createScriptURL('') : program;
    return new Worker(address, {type: 'module'});
}

/**
 * @param {Worker} worker
 * @returns {Promise<any>} the next message
 */
function answer(worker) {
    return new Promise((resolve, reject) => {
        worker.onmessage = ({data}) => data.error ? reject(new Error(data.error)) : resolve(data);
        worker.onerror = event => reject(new Error(event.message || 'the worker does not start'));
    });
}

/**
 * The track with a blurred background; it stands for the camera. Pictures that come
 * while one is being worked on are left out. If too many are, or the worker fails, the
 * track gets an event "slow", goes on showing blurred pictures as far as there are any,
 * and whoever uses it should open the camera anew.
 *
 * @param {MediaStreamTrack} track
 * @returns {Promise<MediaStreamTrack>} once there is a blurred picture
 * @throws if there is no library, or it does not work here
 */
export async function blurred(track) {
    if (!await installed())
        throw new Error('there is nothing to blur the background with');
    const canvas = document.createElement('canvas');
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    const worker = startWorker();
    try {
        const ready = answer(worker);
        worker.postMessage({library});
        await ready;
    } catch (e) {
        worker.terminate();
        throw e;
    }
    const counted = {came: 0, shown: 0, since: performance.now()};
    let busy = false;
    /** @type {number | null} */
    let cost = null;
    let stop = () => worker.terminate();
    const out = standIn(track, canvas, () => stop());
    const slow = () => out.dispatchEvent(new Event('slow'));
    /** @type {(value?: unknown) => void} */
    let drawn = () => {};
    const first = new Promise((resolve, reject) => {
        drawn = resolve;
        worker.onerror = event => {
            reject(new Error(event.message));
            slow();
        };
        worker.onmessage = ({data: {picture, took, error}}) => {
            busy = false;
            if (error) {
                worker.onerror?.(new ErrorEvent('error', {message: error}));
                return;
            }
            resize(canvas, picture.width, picture.height);
            context.drawImage(picture, 0, 0);
            picture.close();
            // What comes first includes what the library does once.
            if (counted.shown++ > 0)
                cost = cost === null ? took : 0.9 * cost + 0.1 * took;
            drawn();
        };
    });
    const send = (/** @type {VideoFrame | ImageBitmap} */ picture) => worker.postMessage({picture}, [picture]);
    const end = await pictures(track, picture => {
        counted.came++;
        const now = performance.now();
        if (now - counted.since >= trial) {
            if (counted.shown < enough * counted.came && !document.hidden)
                slow();
            Object.assign(counted, {came: 0, shown: 0, since: now});
        }
        if (busy)
            return;
        busy = true;
        if ('clone' in picture) {
            send(picture.clone());
        } else {
            createImageBitmap(picture).then(send, () => {
                busy = false;
            });
        }
    });
    stop = () => {
        end();
        worker.terminate();
    };
    await first.catch(e => {
        stop();
        throw e;
    });
    // What the library does first takes longer than what follows.
    Object.assign(counted, {came: 0, shown: 0, since: performance.now()});
    tracks.set(out, {cost: () => cost});
    return out;
}
