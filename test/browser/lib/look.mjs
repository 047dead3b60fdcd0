// What a page looks like: automatic accessibility rules, and pictures to look at.

import {readFileSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/**
 * Fails if the page breaks a rule of WCAG 2.2 AA that can be checked by a program.
 *
 * @param {import('./browsers.mjs').Page} page
 * @param {{without?: string[]}} [options] `without`: rules that do not apply
 */
export async function accessible(page, {without = []} = {}) {
    await page.evaluate(axe);
    const found = await page.evaluate(async (/** @type {string[]} */ without) => {
        // What is fading in has not got its contrast yet.
        await Promise.allSettled(document.getAnimations()
            .filter(animation => animation.effect?.getComputedTiming().endTime !== Infinity)
            .map(animation => animation.finished));
        const {violations} = await window.axe.run(document, {
            runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
            rules: Object.fromEntries(without.map(rule => [rule, {enabled: false}])),
            resultTypes: ['violations'],
            // It would wait for the length of each video, and those of a call have none.
            preload: {assets: ['cssom'], timeout: 10_000},
        });
        return violations.map(({id, nodes}) => `${id}: ${nodes.map(node => node.html).join(' ')}`);
    }, without);
    if (found.length > 0)
        throw new Error(`accessibility:\n${found.join('\n')}`);
}

/**
 * Keeps pictures of a page of Chromium, wide and narrow, light and dark, if the
 * environment variable TEST_SHOTS names a directory.
 *
 * @param {import('./browsers.mjs').Page} page
 * @param {string} name
 */
export async function shots(page, name) {
    const directory = process.env.TEST_SHOTS;
    if (!directory)
        return;
    const before = page.native.viewportSize();
    for (const [width, height, colorScheme] of [[1400, 900, 'light'], [390, 844, 'dark'], [390, 844, 'light'], [1400, 900, 'dark']]) {
        await page.native.setViewportSize({width, height});
        await page.native.emulateMedia({colorScheme});
        await page.native.waitForTimeout(400);
        await page.native.screenshot({path: join(directory, `${name}-${width}-${colorScheme}.png`)});
    }
    await page.native.emulateMedia({colorScheme: 'light'});
    await page.native.setViewportSize(before);
}
