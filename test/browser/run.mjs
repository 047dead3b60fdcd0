// Runs the browser tests of a directory, file by file, and keeps the browsers from one
// to the next: starting Firefox takes longer than most tests.
//
// Usage: node --test-reporter=tap test/browser/run.mjs DIRECTORY

import {readdirSync} from 'node:fs';
import {join, resolve} from 'node:path';
import {describe, it} from 'node:test';
import {pathToFileURL} from 'node:url';
import {keepBrowsers} from './lib/browsers.mjs';

const closeBrowsers = keepBrowsers();
const directory = resolve(process.argv[2]);
for (const name of readdirSync(directory).filter(name => name.endsWith('.test.mjs')).sort())
    await import(pathToFileURL(join(directory, name)).href);
describe('the browsers', () => {
    it('can be closed', closeBrowsers);
});
