/**
 * The server's list of subgroups: a text with one line for each.
 */

/**
 * @param {string} text lines such as "name (3 clients)"
 * @returns {{name: string, count: number}[]}
 */
export function parseSubgroups(text) {
    const found = [...text.matchAll(/^(.+) \((\d+) clients?\)$/gm)];
    return found.map(([, name, count]) => ({name: name ?? '', count: Number(count)}));
}

/**
 * Divides people among groups at random; no group has more than one more than another.
 *
 * @template T
 * @param {T[]} people
 * @param {number} count of groups, at least 1
 * @param {() => number} random from 0 to below 1
 * @returns {T[][]} one list for each group
 */
export function deal(people, count, random) {
    const shuffled = [...people];
    for (let i = shuffled.length - 1; i > 0; i--) {
        const other = Math.floor(random() * (i + 1));
        const here = /** @type {T} */ (shuffled[i]);
        shuffled[i] = /** @type {T} */ (shuffled[other]);
        shuffled[other] = here;
    }
    const groups = Array.from({length: Math.max(1, Math.floor(count) || 1)}, () => /** @type {T[]} */ ([]));
    shuffled.forEach((person, i) => groups[i % groups.length]?.push(person));
    return groups;
}

/**
 * What to call a group among those who are in another one.
 *
 * @param {string} name
 * @param {string} here the group that they are in
 * @returns {string} without the name of this group, if it is below it
 */
export function shortName(name, here) {
    return name.startsWith(`${here}/`) ? name.slice(here.length + 1) : name;
}
