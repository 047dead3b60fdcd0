/**
 * Which tracks of which stream we ask the server for: pure rules.
 */

/** A picture up to this size, in CSS pixels, is served by the low layer. */
const low = {width: 320, height: 240};

/**
 * The request for the whole connection. It is what a stream gets before its tile
 * has been measured.
 *
 * @param {string} receive the setting "request"
 * @returns {Record<string, string[]>}
 */
export function requestTable(receive) {
    switch (receive) {
    case '':
        return {'': []};
    case 'audio':
        return {'': ['audio']};
    case 'screenshare':
        return {screenshare: ['audio', 'video'], '': ['audio']};
    case 'everything-low':
        return {'': ['audio', 'video-low']};
    default:
        return {'': ['audio', 'video']};
    }
}

/**
 * The tracks of one stream.
 *
 * @param {{receive: string, label: string, size: {width: number, height: number} | null,
 *     hidden: boolean, before: string[] | null}} args
 *     `size` is that of its tile, null if it is not visible; `hidden` says that the
 *     page has been in the background for some time; `before` is what was asked for
 *     last, so that a size near the limit does not make the request go to and fro
 * @returns {string[]}
 */
export function wantedTracks({receive, label, size, hidden, before}) {
    const table = requestTable(receive);
    const base = table[label] ?? table[''] ?? [];
    if (!base.includes('video'))
        return hidden || !size ? base.filter(kind => kind === 'audio') : base;
    if (hidden || !size)
        return ['audio'];
    const margin = before?.includes('video-low') ? 1.1 : before?.includes('video') ? 0.9 : 1;
    const small = size.width <= low.width * margin && size.height <= low.height * margin;
    return small && label !== 'screenshare' ? ['audio', 'video-low'] : ['audio', 'video'];
}
