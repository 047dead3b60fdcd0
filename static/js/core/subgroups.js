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
