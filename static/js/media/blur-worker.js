/**
 * Finds people in pictures and blurs the rest. A worker, so that the page stays quick;
 * it gets {library}, the address of MediaPipe's "tasks vision", and answers {ready};
 * then {picture}, each answered by {picture, took}, in ms. What goes wrong is {error}.
 */

/** The part of the width that the background is reduced to before it is blurred. */
const reduced = 1 / 8;
/** So wide is what the library looks at: its model has 256 points in each direction. */
const looked = 256;

/** @type {any} */
let segmenter;
const small = new OffscreenCanvas(1, 1);
const full = new OffscreenCanvas(1, 1);
const mask = new OffscreenCanvas(1, 1);
const background = new OffscreenCanvas(1, 1);

/** @param {OffscreenCanvas} canvas */
const context = canvas => /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d'));

/**
 * @param {OffscreenCanvas} canvas
 * @param {number} width
 * @param {number} height
 */
function resize(canvas, width, height) {
    if (canvas.width !== width || canvas.height !== height) {
        canvas.width = width;
        canvas.height = height;
    }
}

/** @param {string} library */
async function start(library) {
    const {FilesetResolver, ImageSegmenter} = await import(`${library}vision_bundle.mjs`);
    const files = await FilesetResolver.forVisionTasks(`${library}wasm`, true);
    segmenter = await ImageSegmenter.createFromOptions(files, {
        baseOptions: {modelAssetPath: `${library}models/selfie_segmenter.tflite`},
        runningMode: 'VIDEO', outputCategoryMask: false, outputConfidenceMasks: true,
    });
    postMessage({ready: true});
}

/**
 * Makes the transparency of the mask what the library is sure of, from 0 to 1.
 *
 * @param {Float32Array} sure
 * @param {number} width
 * @param {number} height
 */
function paintMask(sure, width, height) {
    resize(mask, width, height);
    const pixels = new ImageData(width, height);
    for (let i = 0; i < sure.length; i++)
        pixels.data[4 * i + 3] = 255 * /** @type {number} */ (sure[i]);
    context(mask).putImageData(pixels, 0, 0);
}

/**
 * @param {VideoFrame | ImageBitmap} picture
 * @param {number} width
 * @param {number} height
 */
function blur(picture, width, height) {
    resize(background, Math.ceil(width * reduced), Math.ceil(height * reduced));
    const behind = context(background);
    behind.filter = 'blur(2px)'; // where the browser can; the reduction alone hides little less
    behind.drawImage(picture, 0, 0, background.width, background.height);

    resize(full, width, height);
    const whole = context(full);
    whole.imageSmoothingQuality = 'high';
    whole.globalCompositeOperation = 'copy';
    whole.drawImage(mask, 0, 0, width, height);
    whole.globalCompositeOperation = 'source-in';
    whole.drawImage(picture, 0, 0, width, height);
    whole.globalCompositeOperation = 'destination-over';
    whole.drawImage(background, 0, 0, width, height);
}

/** @param {VideoFrame | ImageBitmap} picture */
function process(picture) {
    const begun = performance.now();
    const [width, height] = 'displayWidth' in picture ?
        [picture.displayWidth, picture.displayHeight] : [picture.width, picture.height];
    resize(small, Math.min(width, looked), Math.ceil(height * Math.min(1, looked / width)));
    context(small).drawImage(picture, 0, 0, small.width, small.height);
    segmenter.segmentForVideo(small, begun, (/** @type {any} */ {confidenceMasks: [found]}) => {
        paintMask(found.getAsFloat32Array(), found.width, found.height);
    });
    blur(picture, width, height);
    picture.close();
    const result = full.transferToImageBitmap();
    postMessage({picture: result, took: performance.now() - begun}, {transfer: [result]});
}

addEventListener('message', async ({data: {library, picture}}) => {
    try {
        if (library)
            await start(library);
        else
            process(picture);
    } catch (e) {
        postMessage({error: String(e)});
    }
});

export {};
