// The screens that people see most look as they did (ui-design.md 10.5).  The pictures
// of all screens are compared by `npm run test:screens`.

import assert from 'node:assert/strict';
import {after, before, describe, it} from 'node:test';
import {compare} from '../screens/compare.mjs';
import {screens} from '../screens/list.mjs';
import {openStudio} from '../screens/studio.mjs';
import {fileOf, usual} from '../screens/views.mjs';

describe('screens', {timeout: 300_000}, () => {
    /** @type {Awaited<ReturnType<typeof openStudio>>} */
    let studio;
    before(async () => {
        studio = await openStudio();
    });
    after(() => studio?.close());

    for (const {name, views} of usual) {
        it(name, async () => {
            const screen = screens.find(screen => screen.name === name);
            assert.ok(screen, `list.mjs has no ${name}`);
            /** @type {string[]} */
            const problems = [];
            await studio.take(screen, views, async (view, picture) => {
                problems.push(await compare(picture, fileOf(name, view)));
            });
            assert.deepEqual(problems.filter(Boolean), []);
        });
    }
});
