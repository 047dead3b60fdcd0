// Names, times and links (ui-design.md 4, 5.1).

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {clock, linkify, percent, timeOf} from '../../static/js/core/format.js';
import {colourOf, initials} from '../../static/js/core/initials.js';

describe('initials', () => {
    for (const [name, expected] of [
        ['Ada', 'A'], ['Grace Hopper', 'GH'], ['grace b. hopper', 'GH'], ['  élodie  ', 'É'], ['jean-luc', 'JL'],
        ['', '?'], ['…', '?'], ['李 小龙', '李小'], ['👋 Bob', 'B'], ['user_7', 'U7'],
    ])
        it(JSON.stringify(name), () => assert.equal(initials(name), expected));
});

it('colours are the same for the same name, and all twelve are used', () => {
    assert.equal(colourOf('Ada'), colourOf('Ada'));
    const used = new Set(Array.from({length: 500}, (_, i) => colourOf(`user ${i}`)));
    assert.deepEqual([...used].sort((a, b) => a - b), Array.from({length: 12}, (_, i) => i));
});

describe('clock', () => {
    for (const [ms, expected] of [[0, '0:00'], [7_400, '0:07'], [247_000, '4:07'], [3_729_000, '1:02:09'], [-5, '0:00']])
        it(`${ms} ms`, () => assert.equal(clock(ms), expected));
});

it('the date is shown with the time only if it is another day', () => {
    const noon = new Date(2026, 5, 1, 12, 0).getTime();
    assert.doesNotMatch(timeOf(noon, noon + 60_000, 'en'), /Jun/);
    assert.match(timeOf(noon, noon + 36 * 3_600_000, 'en'), /Jun 1/);
});

describe('links', () => {
    /** The addresses found in a text. */
    const links = text => linkify(text).filter(piece => piece.href !== null).map(piece => piece.text);

    for (const [text, expected] of [
        ['see https://example.org/a?b=c#d now', ['https://example.org/a?b=c#d']],
        ['Is it http://example.org?', ['http://example.org']],
        ['(https://en.wikipedia.org/wiki/Galena_(mineral))', ['https://en.wikipedia.org/wiki/Galena_(mineral)']],
        ['(https://example.org/x).', ['https://example.org/x']],
        ['https://bücher.example/ä', ['https://bücher.example/ä']],
        ['write to mailto:ada@example.org, please', ['mailto:ada@example.org']],
        // eslint-disable-next-line no-script-url
        ['javascript:alert(1) data:text/html,x ftp://example.org', []],
        ['xhttps://example.org', []],
        ['https://', []],
        ['mailto:nobody', []],
        ['https://a.example https://b.example', ['https://a.example', 'https://b.example']],
        ['<https://example.org/x>', ['https://example.org/x']],
    ]) {
        it(text, () => {
            assert.deepEqual(links(text), expected);
            assert.equal(linkify(text).map(piece => piece.text).join(''), text, 'the text is altered');
        });
    }

    it('only ever lead to http, https and mailto', () => {
        for (const {href} of linkify('HTTPS://EXAMPLE.ORG http://x mailto:a@b https:javascript:alert(1)'))
            assert.ok(href === null || /^(https?|mailto):/.test(href), href);
    });
});

it('percent is written as the language does', () => {
    assert.equal(percent(1.5, 'en'), '150%');
    assert.equal(percent(0.5, 'de'), '50\u00a0%');
});
