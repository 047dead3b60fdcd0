/**
 * Pure functions that turn data into something to show: times, links, mentions.
 */

/**
 * @param {number} ms
 * @returns {string} "4:07" or "1:02:09"
 */
export function clock(ms) {
    const s = Math.max(0, Math.floor(ms / 1000));
    const pad = (/** @type {number} */ n) => String(n).padStart(2, '0');
    const hours = Math.floor(s / 3600);
    const minutes = Math.floor(s / 60) % 60;
    return hours > 0 ? `${hours}:${pad(minutes)}:${pad(s % 60)}` : `${minutes}:${pad(s % 60)}`;
}

/**
 * The time of a chat message: hours and minutes, with the date if it is not of
 * today.
 *
 * @param {number} time milliseconds since 1970
 * @param {number} now
 * @param {string} [locale]
 * @returns {string}
 */
export function timeOf(time, now, locale) {
    const date = new Date(time);
    const sameDay = date.toDateString() === new Date(now).toDateString();
    return new Intl.DateTimeFormat(locale, sameDay ?
        {hour: 'numeric', minute: '2-digit'} :
        {day: 'numeric', month: 'short', hour: 'numeric', minute: '2-digit'}).format(date);
}

/**
 * The day of a line in the chat.
 *
 * @param {number} time milliseconds since 1970
 * @param {number} now
 * @param {string} [locale]
 * @returns {string} "today", "yesterday" or the date
 */
export function dayOf(time, now, locale) {
    const midnight = (/** @type {number} */ ms) => new Date(ms).setHours(0, 0, 0, 0);
    const days = Math.round((midnight(time) - midnight(now)) / 86_400_000);
    return days === 0 || days === -1 ?
        new Intl.RelativeTimeFormat(locale, {numeric: 'auto'}).format(days, 'day') :
        new Intl.DateTimeFormat(locale, {weekday: 'long', day: 'numeric', month: 'long', year: 'numeric'}).format(time);
}

/**
 * @param {number} part of 1
 * @param {string} locale
 * @returns {string} "50%" or "50 %"
 */
export function percent(part, locale) {
    return new Intl.NumberFormat(locale, {style: 'percent'}).format(part);
}

/**
 * A piece of a text: plain, or a link with its address.
 *
 * @typedef {{text: string, href: string | null}} Piece
 */

const candidate = /\b(?:https?:\/\/|mailto:)[^\s<>"'`]+/giu;

/**
 * Finds the links in a text. The URL parser has the last word on what a link is;
 * only http, https and mailto are links. The pieces together are the text,
 * unaltered.
 *
 * @param {string} text
 * @returns {Piece[]}
 */
export function linkify(text) {
    /** @type {Piece[]} */
    const pieces = [];
    let end = 0;
    for (const match of text.matchAll(candidate)) {
        const shown = trimLink(match[0]);
        const href = parseLink(shown);
        if (!href)
            continue;
        if (match.index > end)
            pieces.push({text: text.slice(end, match.index), href: null});
        pieces.push({text: shown, href});
        end = match.index + shown.length;
    }
    if (end < text.length)
        pieces.push({text: text.slice(end), href: null});
    return pieces;
}

/**
 * Leaves out punctuation that ends a sentence rather than an address, and
 * closing brackets that were not opened in it.
 *
 * @param {string} link
 * @returns {string}
 */
function trimLink(link) {
    for (;;) {
        const last = link.at(-1) ?? '';
        if ('.,;:!?…*_~'.includes(last)) {
            link = link.slice(0, -1);
            continue;
        }
        const open = {')': '(', ']': '[', '}': '{'}[last];
        if (open && link.split(last).length > link.split(open).length) {
            link = link.slice(0, -1);
            continue;
        }
        return link;
    }
}

/**
 * @param {string} text
 * @returns {string | null} the address, or null if it is not one we link to
 */
function parseLink(text) {
    try {
        const url = new URL(text);
        if (url.protocol === 'mailto:')
            return url.pathname.includes('@') ? url.href : null;
        return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
    } catch {
        return null;
    }
}

/**
 * Whether a text names somebody: the whole name, with or without "@", not as a part of
 * another word.
 *
 * @param {string} text
 * @param {string} name
 * @returns {boolean}
 */
export function mentions(text, name) {
    const wanted = name.trim();
    if (!wanted)
        return false;
    // A short name may be a word of the language.
    const pattern = (wanted.length < 3 ? '@' : '') + wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    return new RegExp(`(?<![\\p{L}\\p{N}_])${pattern}(?![\\p{L}\\p{N}_])`, 'iu').test(text);
}
