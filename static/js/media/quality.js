/**
 * From statistics to bars: good, fair or poor. Pure but for the memory of one
 * meter per stream.
 */

/**
 * @typedef {'good' | 'fair' | 'poor'} Quality
 *
 * @typedef {object} Sample
 * @property {number} loss fraction of packets lost, 0 to 1
 * @property {number} roundTrip seconds; 0 if unknown
 * @property {boolean} frozen the picture froze since the last sample, for want of packets
 */

/**
 * @param {Sample} sample
 * @returns {Quality}
 */
export function classify({loss, roundTrip, frozen}) {
    if (loss < 0.02 && roundTrip < 0.2 && !frozen)
        return 'good';
    return loss < 0.06 && roundTrip < 0.4 ? 'fair' : 'poor';
}

const order = {poor: 0, fair: 1, good: 2};
const memory = 5000;
const recovery = 10000;

/**
 * The worst of the last five seconds decides; going up takes ten.
 *
 * @returns {(sample: Sample, now: number) => Quality}
 */
export function createMeter() {
    /** @type {{quality: Quality, time: number}[]} */
    let recent = [];
    /** @type {Quality} */
    let shown = 'good';
    let betterSince = 0;
    return (sample, now) => {
        recent = recent.filter(entry => now - entry.time < memory);
        recent.push({quality: classify(sample), time: now});
        const worst = recent.reduce((w, entry) => order[entry.quality] < order[w] ? entry.quality : w,
                                    /** @type {Quality} */ ('good'));
        if (order[worst] <= order[shown]) {
            shown = worst;
            betterSince = 0;
        } else if (betterSince === 0) {
            betterSince = now;
        } else if (now - betterSince >= recovery) {
            shown = worst;
            betterSince = 0;
        }
        return shown;
    };
}

/**
 * Whether to warn about a connection: once it has been poor for ten seconds on end, until it
 * has been good for as long. A moment of trouble is shown by bars, and worth no words.
 *
 * @returns {(sample: Sample, now: number) => boolean}
 */
export function createWarning() {
    let weak = false;
    /** Since when it has been other than `weak` says. */
    let since = -1;
    return (sample, now) => {
        const quality = classify(sample);
        if (quality !== (weak ? 'good' : 'poor'))
            since = -1;
        else if (since < 0)
            since = now;
        else if (now - since >= recovery) {
            weak = !weak;
            since = -1;
        }
        return weak;
    };
}

/** A share of fewer packets than this says nothing about loss. */
const meaningful = 20;

/**
 * What was counted for one track when its statistics were last read.
 *
 * @typedef {{freezes: number, received: number, lost: number, asked: number}} Counts
 */

/**
 * Reads what the library has gathered about one stream.
 *
 * A frozen picture counts only if packets were missing at the time, lost or asked
 * for again: otherwise it is the decoder here or the camera there that was too busy,
 * or the sender has switched its camera off, and the connection is not to blame.
 *
 * @param {Record<string, Record<string, any>>} stats `Stream.stats`
 * @param {Map<string, Counts>} previous by track, updated
 * @returns {{sample: Sample, pictureBytes: number | null}} `pictureBytes` is null
 *     if there is no picture
 */
export function readStats(stats, previous) {
    let loss = 0;
    let roundTrip = 0;
    let frozen = false;
    /** @type {number | null} */
    let pictureBytes = null;
    for (const [track, {'inbound-rtp': inbound, 'outbound-rtp': outbound}] of Object.entries(stats)) {
        if (outbound)
            loss = Math.max(loss, outbound.fractionLost ?? 0);
        roundTrip = Math.max(roundTrip, (inbound ?? outbound)?.roundTripTime ?? 0);
        if (!inbound)
            continue;
        if (inbound.frameWidth !== undefined)
            pictureBytes = (pictureBytes ?? 0) + (inbound.bytesReceived ?? 0);
        const now = {
            freezes: inbound.freezeCount ?? 0, received: inbound.packetsReceived ?? 0,
            lost: inbound.packetsLost ?? 0, asked: inbound.nackCount ?? 0,
        };
        const before = previous.get(track);
        previous.set(track, now);
        if (!before)
            continue;
        const lost = Math.max(0, now.lost - before.lost);
        const expected = now.received - before.received + lost;
        if (expected >= meaningful)
            loss = Math.max(loss, lost / expected);
        frozen ||= now.freezes > before.freezes && (lost > 0 || now.asked > before.asked);
    }
    return {sample: {loss, roundTrip, frozen}, pictureBytes};
}
