// The weight of the call page (ui-design.md 8.9): our own code, as it is fetched.
// The budgets are for code; comments are documentation, are left out, and are told
// apart in the diagnostics. English is counted, other languages come on demand.
//
// Counted are what comes before joining, and what everybody in a call has; dialogs
// and the like with their texts, which come when somebody opens them, are weighed apart.

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {it} from 'node:test';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../../static/', import.meta.url));

/**
 * Leaves comments out of a module, those about types too.
 *
 * @param {string} text
 */
const code = text => text.replace(/\/\*(?:[^*]|\*(?!\/))*\*\/ ?/g, '').replace(/^[ \t]*\/\/.*$/gm, '')
    .replace(/^[ \t]*\n/gm, '');

/**
 * What a module fetches: with the imports that are part of it, and on demand.
 *
 * @param {string} name
 */
function imports(name) {
    const text = code(readFileSync(join(root, name), 'utf8'));
    const resolve = (/** @type {RegExpMatchArray} */ match) => join(dirname(name), match[1] ?? '');
    return {
        always: [...text.matchAll(/^(?:import|export)\b(?:[^;'"]*?\bfrom)?\s*'(\.[^']+)'/gm)].map(resolve),
        later: [...text.matchAll(/\bimport\('(\.[^']+)'\)/g)].map(resolve),
    };
}

/**
 * Everything that comes with some modules.
 *
 * @param {string[]} entries
 * @param {boolean} later whether what is fetched on demand counts
 */
function closure(entries, later) {
    /** @type {Set<string>} */
    const found = new Set();
    const visit = (/** @type {string} */ name) => {
        if (found.has(name))
            return;
        found.add(name);
        const next = imports(name);
        for (const other of later ? [...next.always, ...next.later] : next.always)
            visit(other);
    };
    entries.forEach(visit);
    return [...found].sort();
}

/** @param {string[]} names */
function weigh(names) {
    const texts = names.map(name => readFileSync(join(root, name), 'utf8'));
    return {
        all: texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0),
        code: texts.reduce((sum, text) => sum + Buffer.byteLength(code(text)), 0),
    };
}

const entries = ['js/theme.js', 'js/install.js', 'js/call.js'];
const before = closure(entries, false);
/** What is fetched when somebody joins; see call.js and session.js. */
const inCall = closure([...entries, 'protocol.mjs', 'js/ui/callview.js', 'js/ui/aftercall.js',
    'js/core/features.js', 'locale/call/en.js'], false);
const everything = [...new Set([...closure(entries, true), ...inCall])];

it('the search finds what it should', () => {
    for (const name of ['js/ui/lobby.js', 'locale/en.js', 'js/ui/kit/dom.js'])
        assert.ok(before.includes(name), name);
    for (const name of ['protocol.js', 'js/ui/callview.js', 'js/ui/stage.js', 'js/ui/invite.js', 'locale/call/en.js']) {
        assert.ok(everything.includes(name), name);
        assert.equal(inCall.includes(name), name !== 'js/ui/invite.js', name);
        assert.ok(!before.includes(name), `${name} is fetched before joining`);
    }
});

it('at most 150 kB of code before joining', t => {
    const {all, code} = weigh(before);
    t.diagnostic(`${code} bytes of code, ${all} with comments, ${before.length} modules`);
    assert.ok(code <= 150_000, `${code} bytes`);
});

it('at most 345 kB of code in a call', t => {
    const {all, code} = weigh(inCall);
    t.diagnostic(`${code} bytes of code, ${all} with comments, ${inCall.length} modules`);
    assert.ok(code <= 345_000, `${code} bytes`);
});

it('at most 130 kB of code that is fetched when somebody wants it', t => {
    const later = everything.filter(name => !inCall.includes(name));
    const {code} = weigh([...later, 'locale/more/en.js']);
    t.diagnostic(`${code} bytes of code, ${later.length} modules: ${later.join(' ')}`);
    assert.ok(later.includes('js/ui/invite.js') && later.includes('js/ui/settings-dialog.js'));
    assert.ok(code <= 130_000, `${code} bytes`);
});
