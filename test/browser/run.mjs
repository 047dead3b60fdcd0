// Runs the browser tests of a directory, in TAP.  Each process runs many files and
// keeps its browsers from one to the next: starting Firefox takes longer than most tests.
//
// Usage: node test/browser/run.mjs PROCESSES DIRECTORY

import {spawn} from 'node:child_process';
import {readdirSync, statSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {describe, it} from 'node:test';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {keepBrowsers} from './lib/browsers.mjs';

/**
 * Deals files out, so that each process has about as many bytes of tests as the others.
 *
 * @param {string[]} files
 * @param {number} processes
 * @returns {string[][]}
 */
function deal(files, processes) {
    const hands = Array.from({length: processes}, () => ({bytes: 0, files: /** @type {string[]} */ ([])}));
    const bySize = files.map(file => ({file, bytes: statSync(file).size})).sort((a, b) => b.bytes - a.bytes);
    for (const {file, bytes} of bySize) {
        const hand = hands.reduce((least, other) => other.bytes < least.bytes ? other : least);
        hand.bytes += bytes;
        hand.files.push(file);
    }
    return hands.map(hand => hand.files).filter(files => files.length > 0);
}

/**
 * Runs files in a process of their own and writes what it says when it has ended, whole.
 *
 * @param {string[]} files
 * @returns {Promise<boolean>} whether all tests have passed
 */
function runFiles(files) {
    const child = spawn(process.execPath, ['--test-reporter=tap', fileURLToPath(import.meta.url), '--files', ...files],
                        {stdio: ['ignore', 'pipe', 'inherit']});
    /** @type {Buffer[]} */
    const output = [];
    child.stdout.on('data', chunk => output.push(chunk));
    return new Promise((done, fail) => {
        child.on('error', fail);
        child.on('close', code => {
            process.stdout.write(Buffer.concat(output));
            done(code === 0);
        });
    });
}

const [first, ...rest] = process.argv.slice(2);
if (first === '--files') {
    const closeBrowsers = keepBrowsers();
    for (const file of rest)
        await import(pathToFileURL(file).href);
    describe('the browsers', () => {
        it('can be closed', closeBrowsers);
    });
} else {
    const directory = resolve(rest[0]);
    const files = readdirSync(directory).filter(name => name.endsWith('.test.mjs')).map(name => join(directory, name));
    const passed = await Promise.all(deal(files, Number(first)).map(runFiles));
    process.exitCode = passed.every(Boolean) ? 0 : 1;
}
