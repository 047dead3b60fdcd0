// Films for tests, made by ffmpeg, and choosing one in a page.

import {spawnSync} from 'node:child_process';

/** Whether films can be made. */
export const canMakeFilms = spawnSync('ffmpeg', ['-version']).status === 0;

/**
 * Makes a WebM file of one colour with a tone.
 *
 * @param {string} colour name of a CSS colour
 * @param {number} seconds
 * @returns {string} in base64
 */
export function film(colour, seconds) {
    const {status, stdout, stderr} = spawnSync('ffmpeg', [
        '-v', 'error', '-f', 'lavfi', '-i', `color=${colour}:size=320x180:rate=5`, '-f', 'lavfi', '-i', 'sine=440',
        '-t', String(seconds),
        '-c:v', 'libvpx', '-deadline', 'realtime', '-cpu-used', '8', '-g', '10',
        '-c:a', 'libopus', '-b:a', '8k', '-compression_level', '0', '-f', 'webm', 'pipe:',
    ], {maxBuffer: 1 << 24});
    if (status !== 0)
        throw new Error(String(stderr));
    return stdout.toString('base64');
}

/**
 * Chooses a file whenever the page asks for one.
 *
 * @param {import('./browsers.mjs').Page} page
 * @param {{name: string, data: string}[]} files contents in base64
 */
export function chooseFiles(page, files) {
    return page.evaluate((/** @type {{name: string, data: string}[]} */ files) => {
        HTMLInputElement.prototype.click = function() {
            const transfer = new DataTransfer();
            for (const {name, data} of files)
                transfer.items.add(new File([Uint8Array.from(atob(data), c => c.charCodeAt(0))], name, {type: 'video/webm'}));
            this.files = transfer.files;
            this.dispatchEvent(new Event('change'));
        };
    }, files);
}
