/**
 * What the statistics of the server mean: pure functions from what it sends to
 * rows that can be shown and sorted.
 */

/**
 * A track, or a person who has none.
 *
 * @typedef {object} Row
 * @property {string} person name, or the identifier if the name is not known
 * @property {string} client identifier
 * @property {'up' | 'down' | null} direction seen from the person
 * @property {string} stream identifier
 * @property {string} layer
 * @property {number | null} bitrate bits per second
 * @property {number | null} limit bits per second
 * @property {number | null} loss fraction
 * @property {number | null} rtt milliseconds
 * @property {number | null} jitter milliseconds
 */

/** @typedef {{name: string, people: number, up: number, down: number, rows: Row[]}} GroupRows rates in bits per second */

/** @typedef {'person' | 'direction' | 'bitrate' | 'loss' | 'rtt'} SortKey */

/**
 * @param {TrackStatistics} track
 * @returns {string} like "s1/2 t0/2"; empty if the track has no layers
 */
function layerOf({sid = 0, maxSid = 0, tid = 0, maxTid = 0}) {
    return [maxSid > 0 && `s${sid}/${maxSid}`, maxTid > 0 && `t${tid}/${maxTid}`].filter(Boolean).join(' ');
}

/**
 * @param {ClientStatistics} client
 * @returns {Row[]}
 */
function rowsOf(client) {
    const person = client.username || client.id;
    const rows = /** @type {const} */ (['up', 'down']).flatMap(direction =>
        (client[direction] ?? []).flatMap(connection => (connection.tracks ?? []).map(track => ({
            person, client: client.id, direction, stream: connection.id, layer: layerOf(track),
            bitrate: track.bitrate, limit: track.maxBitrate || connection.maxBitrate || null,
            // Some servers count duplicates as losses below zero.
            loss: Math.min(1, Math.max(0, track.loss)), rtt: track.rtt || null, jitter: track.jitter || null,
        }))));
    return rows.length > 0 ? rows : [{
        person, client: client.id, direction: null, stream: '', layer: '',
        bitrate: null, limit: null, loss: null, rtt: null, jitter: null,
    }];
}

/**
 * @param {GroupStatistics} group
 * @returns {GroupRows}
 */
export function summarise({name, clients = []}) {
    const rows = clients.flatMap(rowsOf);
    const rate = (/** @type {'up' | 'down'} */ wanted) => rows.reduce((sum, {direction, bitrate}) =>
        direction === wanted ? sum + (bitrate ?? 0) : sum, 0);
    return {name, people: clients.length, up: rate('up'), down: rate('down'), rows};
}

/**
 * Sorts rows; those that lack the value come last either way.
 *
 * @param {Row[]} rows
 * @param {SortKey} key
 * @param {boolean} descending
 * @param {string} [locale]
 * @returns {Row[]} a new array
 */
export function sortRows(rows, key, descending, locale) {
    const collator = new Intl.Collator(locale, {numeric: true});
    const sign = descending ? -1 : 1;
    const compare = (/** @type {Row} */ a, /** @type {Row} */ b) => {
        const x = a[key];
        const y = b[key];
        if (x === null || y === null)
            return Number(x === null) - Number(y === null);
        return sign * (typeof x === 'string' ? collator.compare(x, String(y)) : x - Number(y));
    };
    return rows.toSorted((a, b) => compare(a, b) || collator.compare(a.person, b.person) ||
        collator.compare(a.client, b.client));
}

/**
 * Keeps what matches a search: all of a group whose name matches, else those of
 * its people who do. Groups in which nothing matches are left out.
 *
 * @param {GroupRows[]} groups
 * @param {string} search
 * @returns {GroupRows[]}
 */
export function search(groups, search) {
    const words = search.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    const matches = (/** @type {string} */ text) => words.every(word => text.toLocaleLowerCase().includes(word));
    return groups.map(group => matches(group.name) ? group :
        {...group, rows: group.rows.filter(row => matches(`${group.name} ${row.person} ${row.client} ${row.stream}`))})
        .filter(group => group.rows.length > 0 || matches(group.name));
}

/**
 * How bad a loss is.
 *
 * @param {number | null} loss fraction
 * @returns {'good' | 'fair' | 'poor'}
 */
export function gradeOf(loss) {
    return loss === null || loss < 0.02 ? 'good' : loss < 0.06 ? 'fair' : 'poor';
}
