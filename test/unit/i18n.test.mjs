// Texts: every key that is used exists, every key that exists is used, and plural
// forms and arguments work (ui-design.md 7).

import assert from 'node:assert/strict';
import {readdirSync, readFileSync} from 'node:fs';
import {describe, it} from 'node:test';
import {setLanguage, t} from '../../static/js/core/i18n.js';
import shared from '../../static/locale/en.js';
import englishAdmin from '../../static/locale/admin/en.js';
import englishCall from '../../static/locale/call/en.js';
import englishMore from '../../static/locale/more/en.js';
import englishPages from '../../static/locale/pages/en.js';

const english = {...shared, ...englishCall, ...englishMore};
const root = new URL('../../static/js/', import.meta.url);
const code = readdirSync(root, {recursive: true}).filter(name => name.endsWith('.js'))
    .map(name => readFileSync(new URL(name, root), 'utf8')).join('\n');
/** The pages whose markup is translated: each element with a key, and its English text. */
const marked = readdirSync(new URL('../', root)).filter(name => name.endsWith('.html')).flatMap(name => {
    const text = readFileSync(new URL(`../${name}`, root), 'utf8');
    const attributes = [['label', 'aria-label'], ['placeholder', 'placeholder'], ['title', 'title'], ['content', 'content']];
    return [
        ...[...text.matchAll(/ data-t="([^"]+)"[^>]*>([^<]*)</g)].map(([, key, shown]) => ({name, key, shown})),
        ...[...text.matchAll(/<[^>]* data-t-(\w+)="([^"]+)"[^>]*>/g)].map(([tag, kind, key]) => ({
            name, key,
            shown: tag.match(new RegExp(` ${attributes.find(([source]) => source === kind)?.[1]}="([^"]*)"`))?.[1],
        })),
    ];
});

const texts = /** @type {import('../../static/js/core/i18n.js').Catalogue} */ ({...english, ...englishPages, ...englishAdmin});
const namespaces = new Set(Object.keys(texts).map(key => key.split('.')[0]));
/** Texts in quotes that look like keys of the catalogue, and keys in markup. */
const literals = (/** @type {string} */ code) => [...code.matchAll(/'([a-z][a-zA-Z]*(?:\.[a-zA-Z]+)+)'/g)].map(match => match[1])
    .filter(key => namespaces.has(key.split('.')[0]) && !/\.(?:js|css)$/.test(key));
const literal = new Set(literals(code).concat(marked.map(({key}) => key)));
/** Keys put together from pieces, as patterns. */
const patterns = (/** @type {string} */ code) => [...code.matchAll(/`([a-z]+(?:\.[a-zA-Z]+)*\.(?:\$\{[^}]*\}\.?|[a-zA-Z]+\.?)+)`/g)]
    .map(match => match[1]).filter(key => key.includes('${') && namespaces.has(key.split('.')[0]))
    .map(key => new RegExp(`^${key.replace(/\./g, '\\.').replace(/\$\{[^}]*\}/g, '[=a-zA-Z-]+')}$`));
const composed = patterns(code);

it('every key that is used exists', () => {
    assert.ok(literal.size > 200, 'the search does not work');
    assert.deepEqual([...literal].filter(key => !(key in texts)), []);
});

it('every key that exists is used', () => {
    assert.deepEqual(Object.keys(texts).filter(key =>
        !literal.has(key) && !composed.some(pattern => pattern.test(key))), []);
});

it('every composed key stands for something', () => {
    assert.ok(composed.length > 10, 'the search does not work');
    for (const pattern of composed)
        assert.ok(Object.keys(texts).some(key => pattern.test(key)), String(pattern));
});

it('markup shows, before it is translated, what the English catalogue says', () => {
    assert.ok(marked.length > 30, 'the search does not work');
    for (const {name, key, shown} of marked)
        assert.equal(shown, texts[key], `${name}: ${key}`);
});

describe('what shows before joining is in the catalogue of the lobby:', () => {
    for (const name of ['ui/lobby', 'ui/toggle', 'ui/devicemenu', 'ui/preview', 'ui/meter', 'ui/avatar', 'ui/permissionhelp',
        'core/failures', 'core/status', 'media/capture', 'ui/kit/dialog', 'ui/kit/toast', 'ui/kit/tooltip', 'ui/kit/menu', 'call']) {
        it(name, () => {
            const code = readFileSync(new URL(`${name}.js`, root), 'utf8');
            assert.deepEqual(literals(code).filter(key => !(key in shared)), []);
            assert.deepEqual(Object.keys({...englishCall, ...englishMore}).filter(key => patterns(code).some(pattern => pattern.test(key))), []);
        });
    }
});

it('no key is in two catalogues', () => {
    const keys = [shared, englishCall, englishMore, englishPages, englishAdmin].flatMap(catalogue => Object.keys(catalogue));
    assert.deepEqual(keys.filter((key, i) => keys.indexOf(key) !== i), []);
});

it('every device problem has a text', () => {
    for (const source of ['microphone', 'camera']) {
        for (const problem of ['blocked', 'missing', 'inuse', 'cancelled', 'failed'])
            assert.ok(`capture.${source}.${problem}` in english);
    }
    assert.ok('capture.camera.unblurred' in english);
    for (const problem of ['missing', 'inuse', 'failed'])
        assert.ok(`capture.screen.${problem}` in english);
});

describe('t', () => {
    it('fills in arguments', () => assert.equal(t('lobby.joinAs', {name: 'Ada'}), 'You are joining as Ada.'));
    it('leaves unknown placeholders alone', () => assert.equal(t('lobby.joinAs'), 'You are joining as {name}.'));
    it('does not interpret arguments', () => assert.equal(t('lobby.joinAs', {name: '{name} $& $1'}), 'You are joining as {name} $& $1.'));
    it('chooses plural forms', () => {
        assert.equal(t('lobby.present', {count: 0}), 'Nobody is here yet');
        assert.equal(t('lobby.present', {count: 1}), '1 person is here');
        assert.equal(t('lobby.present', {count: 1234}), '1,234 people are here');
    });
    it('shows an unknown key as it is', () => assert.equal(t('no.such.key'), 'no.such.key'));
    it('falls back to English, and uses the rules of the language', () => {
        setLanguage('pl', {'lobby.present': {one: '{count} osoba', few: '{count} osoby', many: '{count} osób', other: '{count} osoby'}});
        assert.equal(t('lobby.present', {count: 3}), '3 osoby');
        assert.equal(t('lobby.present', {count: 5}), '5 osób');
        assert.equal(t('lobby.joinAs', {name: 'Ada'}), 'You are joining as Ada.');
        setLanguage('en', shared);
    });
});

it('plural texts have the forms that English needs', () => {
    for (const [key, text] of Object.entries(english)) {
        if (typeof text === 'object')
            assert.ok(text.one && text.other, key);
    }
});
