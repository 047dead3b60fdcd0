// Every public name of the libraries has a test in a real browser, and so has each rule of
// client-library.md 9: test/browser/lib/tested.mjs against the type declarations.

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {tested} from '../browser/lib/tested.mjs';
import {browserTests, publicNames} from './lib/declarations.mjs';

const libraries = /** @type {const} */ (['protocol', 'management']);

/** @param {import('../browser/lib/tested.mjs').Names} uses @returns {string[]} like "Stream.close" and "newRandomId" */
const namesOf = uses => Object.entries(uses).flatMap(([type, list]) =>
    list.split(' ').map(name => type === 'names' ? name : `${type}.${name}`));

describe('public names', () => {
    for (const library of libraries) {
        it(`all of ${library}.js have a test in browsers, and each only one entry`, () =>
            assert.deepEqual(tested[library].flatMap(([, , uses]) => namesOf(uses)).sort(), publicNames(library).sort()));

        for (const [file, title, uses] of tested[library]) {
            it(`${file}: “${title}” uses what it is said to`, () => {
                const body = browserTests(`${file}.test.mjs`).get(title);
                assert.ok(body, 'there is no such test');
                // Members as in stream.close, {onclose} = stream, and names = ['gotOffer'].
                const unused = namesOf(uses).filter(name =>
                    !new RegExp(name.includes('.') ? `[.'{]${name.split('.')[1]}\\b` : `\\b${name}\\b`).test(body));
                assert.deepEqual(unused, []);
            });
        }
    }

    it('are found in the declarations', () => {
        const names = publicNames('protocol');
        for (const name of ['newLocalId', 'Stream', 'Stream.stream', 'Stream.onabort', 'ServerConnection.chat', 'TransferredFile.fullid'])
            assert.ok(names.includes(name), name);
        assert.ok(names.every(name => !/(^|\.)_/.test(name)));
    });
});

it('each rule of client-library.md 9 has a test', () => {
    const numbers = [...browserTests('dialects.test.mjs').keys()].map(title => /^9\.(\d+) /.exec(title)?.[1]).filter(Boolean);
    assert.deepEqual(numbers.map(Number), Array.from({length: 12}, (_, i) => i + 1));
});
