// The colours of static/css/tokens.css: the two dark blocks are equal, and every
// pair that is used together has enough contrast (ui-design.md 5.1).

import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {describe, it} from 'node:test';

const css = readFileSync(new URL('../../static/css/tokens.css', import.meta.url), 'utf8')
    .replace(/\/\*[\s\S]*?\*\//g, '');

/**
 * The custom properties of the block that follows a selector.
 *
 * @param {RegExp} selector
 * @returns {Record<string, string>}
 */
function block(selector) {
    const match = selector.exec(css);
    assert.ok(match, `no block ${selector}`);
    const body = css.slice(match.index + match[0].length, css.indexOf('}', match.index));
    return Object.fromEntries([...body.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map(m => [m[1], m[2]]));
}

const light = block(/:root \{(?=\s*color-scheme)/);
const dark = block(/:root\[data-theme='dark'\] \{(?=\s*--bg)/);
const darkBySystem = block(/:root:not\(\[data-theme='light'\]\) \{/);
const shared = block(/:root \{(?=\s*--stage)/);

/**
 * @param {string} colour `#rrggbb`
 * @returns {number} relative luminance as of WCAG 2
 */
function luminance(colour) {
    const channels = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/.exec(colour);
    assert.ok(channels, `not a colour: ${colour}`);
    const [r, g, b] = channels.slice(1).map(hex => {
        const value = parseInt(hex, 16) / 255;
        return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/**
 * @param {string} a
 * @param {string} b
 */
function contrast(a, b) {
    const [darker, lighter] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (lighter + 0.05) / (darker + 0.05);
}

const surfaces = ['--bg', '--surface', '--surface-2'];

/** @type {[string, string[], number][]} foreground, backgrounds, least contrast */
const themed = [
    ['--text', [...surfaces, '--accent-soft', '--danger-soft', '--warn-soft', '--ok-soft'], 7],
    ['--text-muted', [...surfaces, '--accent-soft'], 4.5],
    ['--accent', [...surfaces, '--accent-soft'], 4.5],
    ['--on-accent', ['--accent', '--accent-hover'], 4.5],
    ['--danger', [...surfaces, '--danger-soft'], 4.5],
    ['--on-danger', ['--danger'], 4.5],
    ['--warn', [...surfaces, '--warn-soft'], 4.5],
    ['--ok', [...surfaces, '--ok-soft'], 4.5],
    ['--link', surfaces, 4.5],
    ['--focus', surfaces, 3],
    ['--border-strong', surfaces, 3],
];

/** @type {[string, string[], number][]} */
const stage = [
    ['--stage-text', ['--stage', '--tile', '--bar', '--bar-button'], 7],
    ['--stage-muted', ['--stage', '--tile', '--bar'], 4.5],
    ['--stage-focus', ['--stage', '--tile', '--bar'], 3],
    ['--speaking', ['--stage', '--tile'], 3],
    ['--hand', ['--tile', '--bar'], 4.5],
    ['--bar-edge', ['--bar'], 3],
    ['--on-off', ['--off'], 4.5],
    ['--off', ['--bar'], 3],
    ['--on-leave', ['--leave'], 4.5],
    ['--leave', ['--bar'], 3],
    ['--initials-text', Array.from({length: 12}, (_, i) => `--initials-${i}`), 4.5],
];

describe('contrast', () => {
    for (const [name, values, pairs] of /** @type {[string, Record<string, string>, typeof themed][]} */ ([
        ['light', light, themed], ['dark', dark, themed], ['stage', shared, stage],
    ])) {
        for (const [foreground, backgrounds, least] of pairs) {
            it(`${name}: ${foreground}`, () => {
                for (const background of backgrounds) {
                    const value = contrast(values[foreground], values[background]);
                    assert.ok(value >= least, `${foreground} on ${background}: ${value.toFixed(2)} < ${least}`);
                }
            });
        }
    }
});

it('both ways to the dark theme give the same', () => {
    assert.deepEqual(darkBySystem, dark);
});

it('both themes have the same colours', () => {
    assert.deepEqual(Object.keys(dark), Object.keys(light));
});

it('the text is as readable as the design says', () => {
    assert.equal(contrast(light['--text'], light['--accent-soft']).toFixed(1), '13.6');
    assert.equal(contrast(dark['--text'], dark['--surface-2']).toFixed(1), '11.8');
});
