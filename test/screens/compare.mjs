// Compares a picture with the one that is kept, and keeps new ones small.

import {spawnSync} from 'node:child_process';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import playwright from 'playwright-core/lib/coreBundle';

const output = fileURLToPath(new URL('../out/screens/', import.meta.url));

/** Two colours that differ by less, of 1, count as the same: references have few colours. */
const threshold = 0.12;

/**
 * So many pixels may differ. What smooths the edges of letters is not counted at all;
 * a letter has some thirty pixels, the edge of a button two hundred.
 */
const most = 25;

const differ = playwright.utils.getComparator('image/png');

/**
 * @param {Buffer} picture
 * @param {string} reference file
 * @returns {Promise<string>} what is wrong; empty if nothing is
 */
export async function compare(picture, reference) {
    /** @type {Buffer} */
    let expected;
    try {
        expected = await readFile(reference);
    } catch {
        return `there is no ${basename(reference)}; npm run screens:renew draws it`;
    }
    const found = differ(picture, expected, {threshold, maxDiffPixels: most});
    if (!found)
        return '';
    await mkdir(output, {recursive: true});
    const name = join(output, basename(reference, '.png'));
    await writeFile(`${name}-actual.png`, picture);
    await writeFile(`${name}-difference.png`, found.diff);
    return `${found.errorMessage} See ${name}-actual.png and ${name}-difference.png`;
}

/**
 * Keeps a picture, with as few colours as look the same.
 *
 * @param {Buffer} picture
 * @param {string} reference file
 */
export async function keep(picture, reference) {
    await mkdir(dirname(reference), {recursive: true});
    for (const colours of [16, 32, 64, 256]) {
        const {status, stdout, stderr, error} = spawnSync('ffmpeg', [
            '-v', 'error', '-f', 'png_pipe', '-i', '-',
            '-vf', `split[a][b];[a]palettegen=max_colors=${colours}:reserve_transparent=0[p];[b][p]paletteuse=dither=none`,
            '-pred', 'none', '-compression_level', '9', '-f', 'image2pipe', '-c:v', 'png', '-',
        ], {input: picture, maxBuffer: 1 << 26});
        if (status !== 0)
            throw new Error(`ffmpeg: ${error ?? stderr}`);
        if (colours < 256 && differ(picture, stdout, {threshold: threshold / 2}))
            continue;
        await writeFile(reference, stdout);
        return;
    }
}
