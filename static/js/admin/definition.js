/**
 * Definitions of groups: what can be said about a group, what has changed, and
 * what two people have changed at the same time. Pure functions.
 */

/** @typedef {Record<string, any>} Definition as the server has it: what is not said is absent */
/** @typedef {'text' | 'lines' | 'flag' | 'count' | 'duration' | 'time' | 'url' | 'codecs'} Kind */

/**
 * The sections of the form, in order, and their fields.
 *
 * @type {readonly {id: string, icon: string, fields: readonly {name: string, kind: Kind}[]}[]}
 */
export const sections = [
    {id: 'about', icon: 'info', fields: [
        {name: 'displayName', kind: 'text'},
        {name: 'description', kind: 'lines'},
        {name: 'public', kind: 'flag'},
        {name: 'contact', kind: 'text'},
        {name: 'comment', kind: 'lines'},
    ]},
    {id: 'entry', icon: 'door-open', fields: [
        {name: 'max-clients', kind: 'count'},
        {name: 'not-before', kind: 'time'},
        {name: 'expires', kind: 'time'},
        {name: 'autolock', kind: 'flag'},
        {name: 'autokick', kind: 'flag'},
    ]},
    {id: 'inside', icon: 'video', fields: [
        {name: 'max-history-age', kind: 'duration'},
        {name: 'allow-recording', kind: 'flag'},
        {name: 'unrestricted-tokens', kind: 'flag'},
        {name: 'auto-subgroups', kind: 'flag'},
        {name: 'codecs', kind: 'codecs'},
    ]},
    {id: 'elsewhere', icon: 'external-link', fields: [
        {name: 'redirect', kind: 'text'},
        {name: 'authServer', kind: 'url'},
        {name: 'authPortal', kind: 'url'},
    ]},
];

/** What streams may be encoded with; the first of each are the usual ones. */
export const codecs = ['vp8', 'vp9', 'av1', 'h264', 'h265', 'opus', 'red', 'g722', 'pcmu', 'pcma'];

/** What a group without `codecs` has. */
export const usualCodecs = ['vp8', 'opus'];

/**
 * @param {any} value
 * @returns {any} undefined if it says no more than its absence
 */
function meaning(value) {
    return value === null || value === '' || value === false || value === 0 ||
        Array.isArray(value) && value.length === 0 ? undefined : value;
}

/**
 * @param {any} a
 * @param {any} b
 * @returns {boolean}
 */
function same(a, b) {
    return JSON.stringify(meaning(a)) === JSON.stringify(meaning(b));
}

/**
 * A definition without the fields that say nothing.
 *
 * @param {Definition} definition
 * @returns {Definition}
 */
export function tidy(definition) {
    return Object.fromEntries(Object.entries(definition).filter(([, value]) => meaning(value) !== undefined));
}

/**
 * What has to be sent to get from one definition to another.
 *
 * @param {Definition} from
 * @param {Definition} to
 * @returns {Definition} null stands for a field that goes
 */
export function changes(from, to) {
    const names = [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
    return Object.fromEntries(names.filter(name => !same(from[name], to[name]))
        .map(name => [name, meaning(to[name]) ?? null]));
}

/**
 * The fields that two people have changed, from the same start, to different
 * things.
 *
 * @param {Definition} base
 * @param {Definition} mine
 * @param {Definition} theirs
 * @returns {string[]} names
 */
export function conflicts(base, mine, theirs) {
    return Object.keys(changes(base, mine)).filter(name =>
        !same(base[name], theirs[name]) && !same(mine[name], theirs[name]));
}

/**
 * What is wrong with a definition, as far as it can be seen without the server.
 *
 * @param {Definition} definition
 * @returns {Record<string, string>} name of a field → key of a text
 */
export function problems(definition) {
    /** @type {Record<string, string>} */
    const found = {};
    const {expires, 'not-before': start} = definition;
    if (expires && start && Date.parse(expires) <= Date.parse(start))
        found.expires = 'admin.wrong.order';
    for (const name of ['max-clients', 'max-history-age']) {
        const value = definition[name];
        if (value !== undefined && value !== null && !(Number.isInteger(value) && value >= 0))
            found[name] = 'admin.wrong.number';
    }
    for (const name of ['authServer', 'authPortal', 'redirect']) {
        const value = definition[name];
        if (value && !isAddress(value) && !(name === 'redirect' && /^\/(?!\/)/.test(value)))
            found[name] = 'admin.wrong.address';
    }
    return found;
}

/** @param {any} text */
function isAddress(text) {
    try {
        return ['http:', 'https:'].includes(new URL(text).protocol);
    } catch {
        return false;
    }
}

/** Units of durations, in seconds, the longest first. */
const units = /** @type {const} */ ([['day', 86_400], ['hour', 3600], ['minute', 60], ['second', 1]]);

/** @typedef {typeof units[number][0]} Unit */

/** The names of the units, the shortest first. */
export const unitNames = /** @type {Unit[]} */ (units.map(([name]) => name).reverse());

/**
 * The same duration in the longest unit in which it is whole.
 *
 * @param {number} seconds
 * @returns {{amount: number, unit: Unit}}
 */
export function splitDuration(seconds) {
    const [unit, length] = units.find(([, length]) => seconds % length === 0) ?? ['second', 1];
    return {amount: seconds / length, unit};
}

/**
 * @param {number} amount
 * @param {Unit} unit
 * @returns {number} seconds
 */
export function joinDuration(amount, unit) {
    return Math.round(amount * (units.find(([name]) => name === unit)?.[1] ?? 1));
}

/**
 * A time as fields for local times have it.
 *
 * @param {string | number | undefined} time RFC 3339, or milliseconds since 1970
 * @returns {string} to the minute; empty if there is none
 */
export function localTime(time) {
    if (time === undefined || time === '')
        return '';
    const date = new Date(time);
    if (Number.isNaN(date.getTime()))
        return '';
    return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
