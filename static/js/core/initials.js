/**
 * What stands for people who have no picture.
 */

/**
 * One or two letters that stand for a person.
 *
 * @param {string} name
 * @returns {string}
 */
export function initials(name) {
    const words = name.trim().split(/[\s._-]+/u).filter(word => /[\p{L}\p{N}]/u.test(word));
    const first = words[0];
    if (!first)
        return '?';
    const last = words.length > 1 ? words[words.length - 1] : undefined;
    return (letter(first) + (last ? letter(last) : '')).toLocaleUpperCase();
}

/**
 * @param {string} word
 * @returns {string} its first letter or digit
 */
function letter(word) {
    return word.match(/[\p{L}\p{N}]/u)?.[0] ?? '';
}

/**
 * One of twelve colours for a name, the same everywhere and always.
 *
 * @param {string} name
 * @returns {number} from 0 to 11
 */
export function colourOf(name) {
    let hash = 0x811c9dc5;
    for (let i = 0; i < name.length; i++) {
        hash ^= name.charCodeAt(i);
        hash = Math.imul(hash, 0x01000193);
    }
    return (hash >>> 0) % 12;
}
