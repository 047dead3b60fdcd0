// What the type declarations of the libraries and the browser tests say, read as text.

import {readFileSync} from 'node:fs';

/** @param {string} path from the top of the project */
const read = path => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/**
 * The public members of the classes in a declaration, and the published functions.
 * Names that begin with an underscore are internal.
 *
 * @param {string} library "protocol" or "management"
 * @returns {string[]} like "Stream.close" and "newRandomId"
 */
export function publicNames(library) {
    const declarations = read(`static/types/${library}.d.ts`);
    const published = [...read(`static/types/${library}.d.mts`).matchAll(/(\w+): typeof globalThis\./g)].map(([, name]) => name);
    const classes = [...declarations.matchAll(/^declare class (\w+) \{\n(.*?)^\}/gms)].flatMap(([, name, body]) =>
        [...body.matchAll(/^ {4}(?:static |get |set )*(\w+)[?]?[:(]/gm)].map(([, member]) => member)
            .filter(member => !member.startsWith('_'))
            .map(member => member === 'constructor' ? name : `${name}.${member}`));
    return [...new Set([...published, ...classes])];
}

/**
 * The tests in a file of test/browser that runs its tests in browsers, each with what it
 * does, as text.
 *
 * @param {string} file
 * @returns {Map<string, string>} title, as it is written, to body
 */
export function browserTests(file) {
    const text = read(`test/browser/${file}`);
    if (!/^describeIn(Browsers|Lab)\(/m.test(text))
        throw new Error(`${file} does not run in browsers`);
    const starts = [...text.matchAll(/^ *it\((['`])(.*?)(?<!\\)\1,/gm)];
    return new Map(starts.map((start, i) =>
        [start[2].replace(/\\'/g, "'"), text.slice(start.index + start[0].length, starts[i + 1]?.index)]));
}
