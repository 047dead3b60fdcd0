// What people type into the landing page.

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {parseGroup, statusOf} from '../../static/js/group-name.js';

const base = 'https://meet.example/v/';

describe('parseGroup', () => {
    for (const [text, path, name] of /** @type {[string, string, string][]} */ ([
        ['tea', 'group/tea/', 'tea'],
        ['  tea  ', 'group/tea/', 'tea'],
        ['/tea/', 'group/tea/', 'tea'],
        ['tea/green', 'group/tea/green/', 'tea/green'],
        ['tea//green/', 'group/tea/green/', 'tea/green'],
        ['Tee & Gebäck', 'group/Tee%20%26%20Geb%C3%A4ck/', 'Tee & Gebäck'],
        ['50%?#', 'group/50%25%3F%23/', '50%?#'],
        ['茶', 'group/%E8%8C%B6/', '茶'],
        ['https://meet.example/v/group/tea/', 'group/tea/', 'tea'],
        ['https://meet.example/v/group/tea/green', 'group/tea/green/', 'tea/green'],
        ['https://meet.example/v/group/tea/?token=abc', 'group/tea/?token=abc', 'tea'],
        ['HTTPS://MEET.example/v/group/a%20b', 'group/a%20b/', 'a b'],
    ])) {
        it(`understands ${text}`, () => {
            const group = parseGroup(text, base);
            assert.equal(group?.url.href, base + path);
            assert.equal(group?.name, name);
        });
    }

    for (const text of ['', '   ', '/', '.', '..', '../x', 'a/../b', '.hidden', 'a/.b', 'a\\b',
        'https://other.example/v/group/tea/', 'https://meet.example/group/tea/', 'https://meet.example/v/group/',
        'https://meet.example/v/group/a%2', 'https://meet.example/v/group/tea/.status', 'https://']) {
        it(`refuses ${JSON.stringify(text)}`, () => assert.equal(parseGroup(text, base), null));
    }
});

it('statusOf', () => {
    assert.equal(statusOf(new URL('https://x.example/group/tea/?token=abc')).href, 'https://x.example/group/tea/.status');
});
