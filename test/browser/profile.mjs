// Lets Firefox do once what it does when it first runs with a profile, for
// TEST_FIREFOX_PROFILE.
//
// Usage: node test/browser/profile.mjs DIRECTORY

import {mkdir} from 'node:fs/promises';
import {startFirefox} from './lib/browsers.mjs';

const [directory] = process.argv.slice(2);
await mkdir(directory, {recursive: true});
const browser = await startFirefox(directory);
await (await browser.newPage()).goto('about:blank');
await browser.close();
