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
 * @property {boolean} frozen the picture froze since the last sample
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
 * Reads what the library has gathered about one stream.
 *
 * @param {Record<string, Record<string, any>>} stats `Stream.stats`
 * @param {{freezes: number}} previous updated with the present count
 * @returns {{sample: Sample, pictureBytes: number | null}} `pictureBytes` is null
 *     if there is no picture
 */
export function readStats(stats, previous) {
    let loss = 0;
    let roundTrip = 0;
    let freezes = 0;
    /** @type {number | null} */
    let pictureBytes = null;
    for (const entry of Object.values(stats)) {
        const inbound = entry['inbound-rtp'];
        const report = inbound ?? entry['outbound-rtp'];
        if (!report)
            continue;
        loss = Math.max(loss, report.fractionLost ?? 0);
        roundTrip = Math.max(roundTrip, report.roundTripTime ?? 0);
        if (inbound?.frameWidth !== undefined) {
            freezes += inbound.freezeCount ?? 0;
            pictureBytes = (pictureBytes ?? 0) + (inbound.bytesReceived ?? 0);
        }
    }
    const frozen = freezes > previous.freezes;
    previous.freezes = freezes;
    return {sample: {loss, roundTrip, frozen}, pictureBytes};
}
