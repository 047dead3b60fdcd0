// What the content security policy and the design ask of markup and style sheets
// (ui-design.md 8.4, 7, 10.2).

import assert from 'node:assert/strict';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {dirname, join, relative} from 'node:path';
import {describe, it} from 'node:test';
import {fileURLToPath} from 'node:url';
import {languages} from '../../static/js/core/languages.js';

const root = fileURLToPath(new URL('../../static/', import.meta.url));
const files = readdirSync(root, {recursive: true, withFileTypes: true})
    .filter(entry => entry.isFile())
    .map(entry => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .filter(name => !name.startsWith('third-party'));

/** @param {string} name */
const read = name => readFileSync(join(root, name), 'utf8');

/** @param {string} text */
const withoutComments = text => text.replace(/<!--[\s\S]*?-->|\/\*[\s\S]*?\*\//g, '');

const icons = new Set([...read('icons.svg').matchAll(/<symbol id="([\w-]+)"/g)].map(match => match[1]));

describe('pages', () => {
    for (const name of files.filter(file => file.endsWith('.html'))) {
        const text = withoutComments(read(name));

        it(`${name} has nothing inline`, () => {
            assert.doesNotMatch(text, /<style|\sstyle\s*=|\son\w+\s*=\s*["']|javascript:/i);
            for (const [, attributes, body] of text.matchAll(/<script([^>]*)>([\s\S]*?)<\/script>/g)) {
                assert.match(attributes, /\ssrc="/);
                assert.equal(body.trim(), '');
            }
        });

        it(`${name} has a language, a title and a viewport`, () => {
            assert.match(text, /<html[^>]* lang="\w+"/);
            assert.match(text, /<title[^>]*>[^<]+<\/title>/);
            assert.match(text, /<meta name="viewport"/);
        });

        it(`${name} asks nothing of others`, () => {
            assert.doesNotMatch(text, /\s(src|srcset|action)="(https?:)?\/\//);
            assert.doesNotMatch(text, /<link[^>]* href="(https?:)?\/\//);
        });

        it(`${name} refers only to files that exist`, () => {
            for (const [, url] of text.matchAll(/<(?:script|link|img)[^>]* (?:src|href)="([^"]+)"/g)) {
                const path = url.split(/[?#]/)[0];
                const file = path.startsWith('/') ? path.slice(1) : join(dirname(name), path);
                assert.ok(existsSync(join(root, file)), url);
            }
        });
    }
});

describe('style sheets', () => {
    for (const name of files.filter(file => file.endsWith('.css'))) {
        const text = withoutComments(read(name));

        it(`${name} has logical properties only`, () => {
            const physical = /^\s*((?:margin|padding|border)-(?:left|right)[\w-]*|border-(?:top|bottom)-(?:left|right)-radius|left|right|text-align:\s*(?:left|right)|float:\s*(?:left|right))\s*[:;]/gm;
            assert.deepEqual([...text.matchAll(physical)].map(match => match[1]), []);
        });

        it(`${name} has no shorthand that differs between left and right`, () => {
            const shorthand = /^\s*((?:margin|padding|inset|border-(?:width|style|color|radius))(?:-inline)?):\s*([^;]+);/gm;
            const lopsided = [...text.matchAll(shorthand)].filter(([, property, value]) => {
                // Spaces within brackets do not separate values.
                const values = value.replace(/\([^()]*(?:\([^()]*\)[^()]*)*\)/g, brackets => brackets.replace(/\s/g, '')).trim().split(/\s+/);
                if (property === 'border-radius')
                    return values.length > 1 && !(values.length === 4 && values[0] === values[1] && values[2] === values[3]);
                // The safe areas of a device are where they are.
                return values.length === 4 && values[1] !== values[3] && !/inset-left/.test(value);
            });
            assert.deepEqual(lopsided.map(([line]) => line.trim()), []);
        });

        it(`${name} moves and aligns to a side only with a counterpart for right-to-left`, () => {
            const rules = [...text.matchAll(/([^{}]+)\{([^{}]*)\}/g)].map(([, selector, body]) => ({selector: selector.trim(), body}));
            const sided = rules.filter(({selector, body}) => !selector.includes("[dir='rtl']") &&
                /\b(?:transform-origin|background-position|object-position):[^;]*\b(?:left|right)\b|translateX\(|translate:\s*-?[1-9]/.test(body));
            const mirrored = rules.filter(({selector}) => selector.includes("[dir='rtl']")).map(({selector}) => selector);
            assert.deepEqual(sided.map(({selector}) => selector).filter(selector =>
                !mirrored.some(other => other.endsWith(selector))), []);
        });

        it(`${name} asks nothing of others`, () => {
            assert.doesNotMatch(text, /@import|url\(\s*["']?(https?:)?\/\//);
        });
    }

    for (const page of files.filter(file => file.endsWith('.html'))) {
        it(`are at most 60 kB for ${page}, not counting comments`, () => {
            const sheets = [...read(page).matchAll(/<link rel="stylesheet" href="\/?([^"?]+)["?]/g)].map(match => match[1]);
            const size = sheets.reduce((sum, sheet) => sum + withoutComments(read(join(dirname(page), sheet))).length, 0);
            assert.ok(size <= 60_000, `${size} bytes`);
        });
    }
});

it('the page for when one is offline speaks every language', () => {
    const found = [...read('offline.html').matchAll(/<div class="message-text" lang="(\w+)"( dir="rtl")?/g)];
    assert.deepEqual(found.map(([, tag]) => tag).sort(), Object.keys(languages).sort());
    for (const [, tag, rtl] of found)
        assert.equal(Boolean(rtl), languages[tag]?.dir === 'rtl', tag);
});

it('what the service worker keeps is what the page for when one is offline needs', () => {
    const needed = [...read('offline.html').matchAll(/(?:src|href)="\/([^"]+)"/g)].map(match => match[1]);
    assert.ok(needed.every(url => url.endsWith('?offline')), 'it needs something without ?offline');
    const worker = read('sw.js');
    for (const url of needed)
        assert.ok(worker.includes(`'${url.split('?')[0]}'`), url);
    assert.doesNotMatch(read('js/offline.js'), /^import |import\(/m);
});

it('icons that are used are in the sprite', () => {
    for (const name of files.filter(file => /\.(html|js|mjs)$/.test(file))) {
        for (const [, icon] of read(name).matchAll(/icons\.svg#([\w-]+)/g))
            assert.ok(icons.has(icon), `${name}: ${icon}`);
    }
});
