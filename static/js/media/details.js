/**
 * What statistics say about one stream, for those who want to know.
 *
 * @typedef {object} Picture one picture that is sent or received
 * @property {number} width
 * @property {number} height
 * @property {number} rate frames per second
 * @property {number | null} bits per second; null if not known yet
 * @property {string} codec
 *
 * @typedef {object} Details
 * @property {Picture[]} pictures the largest first
 * @property {{codec: string, bits: number | null} | null} sound
 * @property {number | null} loss fraction of packets lost, 0 to 1
 * @property {number | null} roundTrip seconds
 * @property {number | null} jitter seconds
 * @property {'direct' | 'relay' | null} way null if there is no connection
 * @property {string} transport "udp" or "tcp"; empty if not known
 */

/** @typedef {Iterable<[string, any]>} Report as an RTCStatsReport */

/**
 * @param {Report} now
 * @param {Report} before of the same connection, some time earlier; may be empty
 * @returns {Details}
 */
export function readDetails(now, before) {
    const reports = new Map(now);
    const old = new Map(before);
    const all = [...reports.values()];
    const rtp = all.filter(({type}) => type === 'inbound-rtp' || type === 'outbound-rtp');
    const codec = (/** @type {any} */ {codecId}) => String(reports.get(codecId)?.mimeType ?? '').replace(/^\w+\//, '');
    const bits = (/** @type {any} */ report) => {
        const last = old.get(report.id);
        const bytes = report.bytesReceived ?? report.bytesSent ?? 0;
        const time = last && report.timestamp - last.timestamp;
        return time > 0 ? Math.max(0, bytes - (last.bytesReceived ?? last.bytesSent ?? 0)) * 8000 / time : null;
    };
    const pictures = rtp.filter(({kind, frameWidth}) => kind === 'video' && frameWidth > 0).map(report => ({
        width: report.frameWidth, height: report.frameHeight, rate: Math.round(report.framesPerSecond ?? 0),
        bits: bits(report), codec: codec(report),
    })).sort((a, b) => b.width - a.width);
    const sound = rtp.find(({kind}) => kind === 'audio');

    let lost = 0;
    let expected = 0;
    for (const report of rtp.filter(({type}) => type === 'inbound-rtp')) {
        const last = old.get(report.id) ?? {};
        const missing = Math.max(0, (report.packetsLost ?? 0) - (last.packetsLost ?? 0));
        lost += missing;
        expected += missing + (report.packetsReceived ?? 0) - (last.packetsReceived ?? 0);
    }
    const remote = all.filter(({type}) => type === 'remote-inbound-rtp');
    const numbers = (/** @type {any[]} */ list, /** @type {string} */ name) =>
        list.map(report => report[name]).filter(value => typeof value === 'number');
    const most = (/** @type {number[]} */ list) => list.length > 0 ? Math.max(...list) : null;

    const transport = all.find(({type, selectedCandidatePairId}) => type === 'transport' && selectedCandidatePairId);
    // Firefox has no reports of transports.
    const pair = reports.get(transport?.selectedCandidatePairId) ??
        all.find(({type, selected, nominated, state}) => type === 'candidate-pair' && (selected || nominated && state === 'succeeded'));
    const local = reports.get(pair?.localCandidateId);
    const far = reports.get(pair?.remoteCandidateId);
    return {
        pictures,
        sound: sound ? {codec: codec(sound), bits: bits(sound)} : null,
        loss: expected > 0 ? lost / expected : most(numbers(remote, 'fractionLost')),
        roundTrip: pair?.currentRoundTripTime ?? most(numbers(remote, 'roundTripTime')),
        jitter: most(numbers([...rtp, ...remote], 'jitter')),
        way: !pair ? null : local?.candidateType === 'relay' || far?.candidateType === 'relay' ? 'relay' : 'direct',
        transport: local?.relayProtocol ?? local?.protocol ?? '',
    };
}
