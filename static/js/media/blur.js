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
 * track gets an event "slow": whoever uses it should then do without.
 *
 * @param {MediaStreamTrack} track
 * @returns {Promise<MediaStreamTrack>} once there is a blurred picture
 * @throws if there is no library, or it does not work here
 */
export async function blurred(track) {
    if (!await installed())
        throw new Error('there is nothing to blur the background with');
    const worker = startWorker();
    let end = () => {};
    const stop = () => {
        end();
        worker.terminate();
    };
    try {
        const ready = answer(worker);
        worker.postMessage({library});
        await ready;

        const canvas = document.createElement('canvas');
        const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
        const out = standIn(track, canvas, stop);
        const slow = () => out.dispatchEvent(new Event('slow'));
        const count = {came: 0, shown: 0, since: performance.now()};
        let busy = false;
        /** @type {number | null} */
        let cost = null;
        const show = (/** @type {{picture: ImageBitmap, took: number}} */ {picture, took}) => {
            busy = false;
            resize(canvas, picture.width, picture.height);
            context.drawImage(picture, 0, 0);
            picture.close();
            count.shown++;
            cost = cost === null ? took : 0.9 * cost + 0.1 * took;
        };
        const send = (/** @type {VideoFrame | ImageBitmap} */ picture) => worker.postMessage({picture}, [picture]);
        const first = answer(worker);
        end = await pictures(track, picture => {
            count.came++;
            const now = performance.now();
            if (now - count.since >= trial) {
                if (count.shown < enough * count.came && !document.hidden)
                    slow();
                Object.assign(count, {came: 0, shown: 0, since: now});
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
        show(await first);
        // What the library does once made the first picture take longer.
        cost = null;
        Object.assign(count, {came: 0, shown: 0, since: performance.now()});
        worker.onmessage = ({data}) => data.error ? slow() : show(data);
        worker.onerror = slow;
        tracks.set(out, {cost: () => cost});
        return out;
    } catch (e) {
        stop();
        throw e;
    }
}
