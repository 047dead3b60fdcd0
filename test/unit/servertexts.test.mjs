// What the server says, in the user's language.

import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {after, before, describe, it} from 'node:test';
import {setLanguage} from '../../static/js/core/i18n.js';
import {useLanguage} from '../../static/js/core/languages.js';
import {inOurWords, known} from '../../static/js/core/servertexts.js';
import english from '../../static/locale/en.js';

const root = new URL('../../', import.meta.url);
const source = ['group', 'signalling', 'recorder'].flatMap(directory => readdirSync(new URL(directory, root))
    .filter(name => name.endsWith('.go') && !name.endsWith('_test.go'))
    .map(name => readFileSync(new URL(`${directory}/${name}`, root), 'utf8'))).join('\n');

describe('texts of the server', () => {
    before(() => {
        // Where the direction of the page is noted.
        Object.assign(globalThis, {document: {documentElement: {dataset: {}}}});
        return useLanguage('ar', ['call']);
    });
    after(() => {
        Reflect.deleteProperty(globalThis, 'document');
        setLanguage('en', english);
    });

    it('are those that the server has', () => {
        for (const text of Object.keys(known))
            assert.ok(source.includes(`"${text.replace(/^Cannot record: (.*)\.$/, '$1')}"`), text);
        for (const part of ['"Cannot record: " +', '"The disk for recordings is getting full: %d MiB are left."'])
            assert.ok(source.includes(part), part);
    });
    it('are translated', async () => {
        for (const text of Object.keys(known))
            assert.match(await inOurWords(text), /^[^a-zA-Z]+$/, text);
    });
    it('keep their numbers', async () =>
        assert.match(await inOurWords('The disk for recordings is getting full: 512 MiB are left.'), /536\.9/));
    it('are there even if they are empty', async () => assert.match(await inOurWords(''), /رفض/));
    it('are shown as they are if they are new', async () => assert.equal(await inOurWords('Tea is ready.'), 'Tea is ready.'));
});
