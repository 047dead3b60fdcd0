// Draws every screen, and compares it with the picture that is kept.
//
// Usage: node test/screens/run.mjs [--renew | --out DIRECTORY] [--usual] [PATTERN]
//
//   --renew   keeps the new pictures of what has changed; look at them
//   --out     only draws, in full colours, to be looked at
//   --usual   only what the tests compare at every run
//   PATTERN   regular expression for the names of screens (list.mjs)

import {existsSync} from 'node:fs';
import {mkdir, writeFile} from 'node:fs/promises';
import {parseArgs} from 'node:util';
import {compare, keep} from './compare.mjs';
import {screens} from './list.mjs';
import {openStudio} from './studio.mjs';
import {fileOf, usual, viewsOf} from './views.mjs';

const {values, positionals} = parseArgs({
    options: {renew: {type: 'boolean'}, out: {type: 'string'}, usual: {type: 'boolean'}}, allowPositionals: true,
});
const wanted = new RegExp(positionals[0] ?? '');
let pictures = 0;
let wrong = 0;
let unknown = 0;
if (values.out)
    await mkdir(values.out, {recursive: true});
const studio = await openStudio();
try {
    for (const screen of screens.filter(({name}) => wanted.test(name))) {
        const views = values.usual ? usual.find(({name}) => name === screen.name)?.views ?? [] : viewsOf(screen.name);
        await studio.take(screen, views, async (view, picture) => {
            pictures++;
            if (values.out) {
                await writeFile(fileOf(screen.name, view, values.out), picture);
                return;
            }
            const reference = fileOf(screen.name, view);
            if (!values.renew && !existsSync(reference)) {
                unknown++;
                return;
            }
            const problem = await compare(picture, reference);
            if (problem && values.renew)
                await keep(picture, reference);
            if (problem)
                console.log(`${values.renew ? 'renewed' : 'FAIL'} ${screen.name}: ${problem}`);
            wrong += problem ? 1 : 0;
        }).catch((/** @type {Error} */ error) => {
            wrong++;
            console.log(`FAIL ${screen.name}: ${error.message}`);
        });
    }
} finally {
    await studio.close();
}
console.log(`${pictures} pictures, ${wrong} ${values.renew ? 'renewed' : 'wrong'}` +
    (unknown > 0 ? `, ${unknown} with nothing to be compared with: npm run screens:renew draws it` : ''));
process.exitCode = wrong > 0 && !values.renew ? 1 : 0;
