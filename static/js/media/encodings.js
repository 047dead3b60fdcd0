/**
 * How a track is encoded: pure rules that the server relies on.
 */

/** The rid of the full layer, and of the small one. */
export const layers = Object.freeze({high: 'h', low: 'l'});

const lowLayerBitrate = 100_000;
const musicBitrate = 128_000;

/** @type {Record<string, number>} throughput of the main video layer in bit/s */
const throughputs = {lowest: 150_000, low: 300_000, normal: 700_000, unlimited: 1_000_000_000};

/**
 * @param {string} send the setting "send"
 * @returns {number} bit/s
 */
export function throughput(send) {
    return throughputs[send] ?? /** @type {number} */ (throughputs.normal);
}

/**
 * Whether the camera is sent in two layers.
 *
 * @param {{setting: string, send: string, people: number, reliable: boolean}} args
 *     `people` counts everyone in the group but recorders; `reliable` says whether
 *     this browser's simulcast can be trusted
 * @returns {boolean}
 */
export function wantsSimulcast({setting, send, people, reliable}) {
    switch (setting) {
    case 'on':
        return true;
    case 'off':
        return false;
    default:
        return reliable && people >= 3 && throughput(send) >= 200_000;
    }
}

/**
 * The encodings of a track that is about to be sent. A single layer has no rid:
 * Firefox objects to one.
 *
 * @param {{kind: string, label: string, simulcast: boolean, send: string, music: boolean}} args
 * @returns {RTCRtpEncodingParameters[]}
 */
export function encodings({kind, label, simulcast, send, music}) {
    if (kind === 'audio')
        return music ? [{maxBitrate: musicBitrate}] : [];
    const maxBitrate = throughput(send);
    if (!simulcast || label === 'screenshare')
        return [{maxBitrate}];
    return [
        {rid: layers.high, maxBitrate},
        {rid: layers.low, maxBitrate: lowLayerBitrate, scaleResolutionDownBy: 2},
    ];
}
