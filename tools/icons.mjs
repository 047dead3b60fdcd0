// Makes static/icons.svg, the sprite of the icons that the pages use.
//
//     node tools/icons.mjs DIRECTORY
//
// DIRECTORY is an unpacked lucide-static package. To add an icon, add its name
// to the list below and run this again. A page shows one with
//
//     <svg class="icon" aria-hidden="true"><use href="/icons.svg#mic"></use></svg>

import {copyFileSync, mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';

const names = `
activity arrow-left arrow-right at-sign audio-lines ban bell bell-off calendar
camera camera-off captions captions-off chevron-down chevron-left chevron-right
chevron-up circle-alert circle-check circle-dot circle-question-mark circle-stop
circle-user circle-x clipboard clock copy corner-up-left crown door-open download
ear ellipsis ellipsis-vertical eraser expand external-link eye eye-off file
file-down flip-horizontal-2 gallery-horizontal gauge globe grip-vertical hand
headphones heart history house image image-off info key keyboard languages
layout-grid layout-panel-left link list list-ordered loader-circle lock lock-open
log-in log-out maximize maximize-2 menu message-square message-square-text mic
mic-off minimize minimize-2 minus monitor monitor-up monitor-x moon music network
panel-right paperclip party-popper pause pencil phone picture-in-picture-2 pin
pin-off play plus presentation qr-code quote refresh-cw reply rotate-ccw rotate-cw
save scan-face screen-share screen-share-off search send-horizontal settings
settings-2 share-2 shield shield-check shield-off shrink signal-high signal-low
signal-medium signal-zero smile sparkles split square star sun sun-moon
switch-camera text thumbs-up ticket timer trash-2 triangle-alert undo-2 upload
user user-check user-minus user-plus user-x users video video-off volume-1
volume-2 volume-off wand wifi wifi-off x zoom-in zoom-out
`.trim().split(/\s+/);

const source = process.argv[2];
if (!source)
    throw new Error('usage: node tools/icons.mjs DIRECTORY');

/** @param {string} name */
function symbol(name) {
    const svg = readFileSync(join(source, 'icons', name + '.svg'), 'utf8');
    const body = svg.replace(/^[\s\S]*?<svg[^>]*>/, '').replace(/<\/svg>\s*$/, '');
    const shapes = body.trim().split(/\n\s*/).join('');
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" ` +
        `stroke-width="2" stroke-linecap="round" stroke-linejoin="round">${shapes}</symbol>`;
}

const {version} = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
const folder = 'static/third-party/lucide';
mkdirSync(folder, {recursive: true});
copyFileSync(join(source, 'LICENSE'), join(folder, 'LICENSE'));
writeFileSync(join(folder, 'VERSION'), `lucide-static ${version}\n`);
writeFileSync('static/icons.svg', [
    '<svg xmlns="http://www.w3.org/2000/svg">',
    `<!-- Lucide icons ${version}; licence in third-party/lucide/LICENSE. Made by tools/icons.mjs. -->`,
    ...names.map(symbol),
    '</svg>',
    '',
].join('\n'));
