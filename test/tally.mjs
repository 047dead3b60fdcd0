// Counts tests in a runner's output and prints "PASSED FAILED" on standard
// output; what failed, and why, goes to standard error.
//
// Usage: node test/tally.mjs go|tap FILE
//
//   go   the output of go test -json
//   tap  the TAP output of node:test

import {readFileSync} from 'node:fs';

/** @typedef {{passed: number, failed: number}} Tally */

/**
 * Counts the tests and subtests that have no subtests of their own, and every
 * package that fails outside a test (it does not build, say).
 *
 * @param {string[]} lines
 * @returns {Tally}
 */
function tallyGo(lines) {
    /** @type {Map<string, string[]>} */
    const output = new Map();
    /** @type {Map<string, string>} */
    const results = new Map();
    const parents = new Set();
    /** @type {string[]} */
    const brokenPackages = [];
    const failedPackages = new Set();

    for (const line of lines) {
        let event;
        try {
            event = JSON.parse(line);
        } catch {
            if (line) process.stderr.write(`      ${line}\n`);
            continue;
        }
        const key = `${event.Package ?? event.ImportPath} ${event.Test ?? ''}`;
        if (event.Action === 'output' || event.Action === 'build-output') {
            const texts = output.get(key) ?? [];
            texts.push(event.Output);
            output.set(key, texts);
        }
        if (event.Test && event.Test.includes('/'))
            parents.add(key.slice(0, key.lastIndexOf('/')));
        if (!['pass', 'fail', 'skip', 'build-fail'].includes(event.Action)) continue;
        if (event.Test) {
            results.set(key, event.Action);
            if (event.Action === 'fail') failedPackages.add(event.Package);
        } else if (event.Action === 'build-fail' ||
                   (event.Action === 'fail' && !failedPackages.has(event.Package))) {
            brokenPackages.push(key);
        }
    }

    let passed = 0;
    let failed = brokenPackages.length;
    for (const [key, result] of results) {
        if (result === 'skip')
            process.stderr.write(`      skipped: ${key}\n`);
        if (parents.has(key) && result !== 'fail') continue;
        if (result === 'pass') passed++;
        if (result === 'fail') {
            failed++;
            process.stderr.write(`      FAIL ${key}\n${(output.get(key) ?? []).join('')}\n`);
        }
    }
    for (const key of brokenPackages)
        process.stderr.write(`      FAIL ${key}\n${(output.get(key) ?? []).join('')}\n`);
    return {passed, failed};
}

/**
 * @param {string[]} lines
 * @returns {Tally}
 */
function tallyTap(lines) {
    /** @param {string} name */
    const total = (name) => {
        const pattern = new RegExp(`^# ${name} (\\d+)$`);
        const last = lines.map((line) => pattern.exec(line)).filter(Boolean).at(-1);
        return last ? Number(last[1]) : 0;
    };
    const failed = total('fail') + total('cancelled');
    for (const line of lines) {
        if (/# SKIP/.test(line)) process.stderr.write(`      skipped: ${line.trim()}\n`);
    }
    if (failed > 0)
        process.stderr.write(`${lines.join('\n')}\n`);
    return {passed: total('pass'), failed};
}

const [format, file] = process.argv.slice(2);
const lines = readFileSync(file, 'utf8').split('\n');
const {passed, failed} = format === 'go' ? tallyGo(lines) : tallyTap(lines);
console.log(passed, failed);
