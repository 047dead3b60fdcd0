// The catalogues: every language has every text, with the same arguments and the
// plural forms that it needs; and which language is chosen (ui-design.md 7).

import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {afterEach, describe, it} from 'node:test';
import {setLanguage, t} from '../../static/js/core/i18n.js';
import {chooseLanguage, languages, wantedLanguage} from '../../static/js/core/languages.js';
import shared from '../../static/locale/en.js';
import call from '../../static/locale/call/en.js';
import more from '../../static/locale/more/en.js';

/** @typedef {import('../../static/js/core/i18n.js').Catalogue} Catalogue */

const english = {...shared, ...call, ...more};
const directories = {shared: '../../static/locale/', call: '../../static/locale/call/',
    more: '../../static/locale/more/', pages: '../../static/locale/pages/', admin: '../../static/locale/admin/'};
const tags = Object.keys(languages);
/** What a language says on the page of a call. */
const both = async (/** @type {string} */ tag) => ({
    ...(await import(`${directories.shared}${tag}.js`)).default, ...(await import(`${directories.call}${tag}.js`)).default,
});

/** @param {string} text */
const argumentsOf = text => [...new Set([...text.matchAll(/\{(\w+)\}/g)].map(match => match[1]))].sort().join();

/**
 * What is wrong with a translation of a text.
 *
 * @param {import('../../static/js/core/i18n.js').Text} source
 * @param {import('../../static/js/core/i18n.js').Text | undefined} text
 * @param {string} tag
 * @returns {string} empty if nothing is
 */
function wrongWith(source, text, tag) {
    if (text === undefined)
        return 'missing';
    if (typeof text !== typeof source)
        return 'plural forms here or there only';
    if (typeof text === 'string' || typeof source === 'string') {
        if (String(text).trim() === '' && String(source) !== '')
            return 'empty';
        return argumentsOf(String(text)) === argumentsOf(String(source)) ? '' : 'other arguments';
    }
    const needed = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;
    const lacking = needed.filter(form => !text[form]);
    if (lacking.length > 0)
        return `lacks the form ${lacking}`;
    const foreign = Object.keys(text).filter(form => form !== '=0' && !needed.includes(/** @type {any} */ (form)));
    if (foreign.length > 0)
        return `has the form ${foreign}, which the language does not use`;
    const all = argumentsOf(source.other ?? '');
    for (const [form, value] of Object.entries(text)) {
        // Forms that stand for one number may say it in words.
        const ambiguous = new Intl.PluralRules(tag).select(0) === form && new Intl.PluralRules(tag).select(1) === form;
        const optional = ['=0', 'zero', 'one', 'two'].includes(form) && !ambiguous || source.one === value;
        const has = argumentsOf(value);
        if (has !== all && !(optional && all.split(',').every(name => name === 'count' || has.includes(name))) &&
            // "You are sharing your screen": for one, or none of a thing there is none of.
            has !== argumentsOf(source.one ?? ''))
            return `other arguments in the form ${form}`;
    }
    return '';
}

it('there is a catalogue for each language, and a language for each catalogue', () => {
    for (const path of Object.values(directories)) {
        const found = readdirSync(new URL(path, import.meta.url)).filter(name => name.endsWith('.js')).map(name => name.slice(0, -3));
        assert.deepEqual(found.sort(), [...tags].sort());
    }
    assert.ok(tags.length >= 7);
});

for (const [name, path] of Object.entries(directories)) {
    const source = /** @type {Catalogue} */ ((await import(`${path}en.js`)).default);
    for (const tag of tags) {
        const catalogue = /** @type {Catalogue} */ ((await import(`${path}${tag}.js`)).default);

        it(`${name} in ${tag}: every text is there, with its arguments and plural forms`, () => {
            const wrong = Object.entries(source).map(([key, text]) => [key, wrongWith(text, catalogue[key], tag)]);
            assert.deepEqual(wrong.filter(([, what]) => what), []);
        });

        it(`${name} in ${tag}: no text that English does not have`, () =>
            assert.deepEqual(Object.keys(catalogue).filter(key => !(key in source)), []));

        if (tag !== 'en') {
            it(`${name} in ${tag}: is translated`, () => {
                const same = Object.entries(source).filter(([key, text]) => typeof text === 'string' &&
                    text.split(' ').length > 3 && text === catalogue[key]);
                assert.deepEqual(same, []);
            });
        }
    }
}

describe('the check of a translation finds', () => {
    for (const [what, source, text, tag, expected] of /** @type {[string, any, any, string, RegExp]} */ ([
        ['nothing', '{name} left', '{name} est parti', 'fr', /^$/],
        ['a missing text', 'x', undefined, 'fr', /missing/],
        ['an empty one', 'x', ' ', 'fr', /empty/],
        ['a lost argument', '{name} left', 'parti', 'fr', /arguments/],
        ['an argument too many', 'left', '{name} parti', 'fr', /arguments/],
        ['a text without forms', {one: 'a', other: '{count}'}, 'b', 'fr', /plural/],
        ['a lacking form', {one: '{count} a', other: '{count} b'}, {one: '{count} c', other: '{count} d'}, 'pl', /few,many/],
        ['a form of another language', {one: '{count} a', other: '{count} b'}, {one: '{count} c', few: '{count} x', other: '{count} d'}, 'de', /few/],
        ['a lost number', {one: '{count} a', other: '{count} b'}, {one: '{count} c', other: 'd'}, 'de', /form other/],
        // One and none are the same form there.
        ['a number in words that is not the only one', {one: '{count} a', other: '{count} b'},
            {one: 'une', many: '{count} de', other: '{count} b'}, 'fr', /form one/],
    ])) {
        it(what, () => assert.match(wrongWith(source, text, tag), expected));
    }
});

describe('chooseLanguage', () => {
    for (const [wishes, expected] of /** @type {[(string | null)[], string][]} */ ([
        [[], 'en'], [['fr'], 'fr'], [['pt-BR'], 'pt'], [['AR_eg'], 'ar'], [['xx', 'de-AT', 'fr'], 'de'],
        [[null, 'system', 'pl'], 'pl'], [['xx', ''], 'en'], [['constructor', 'es'], 'es'],
    ]))
        it(`${wishes}: ${expected}`, () => assert.equal(chooseLanguage(...wishes), expected));
});

it('the address comes before the setting, and that before the browser', () => {
    const settings = (/** @type {string} */ lang) => ({get: (/** @type {string} */ name) => name === 'lang' ? lang : null});
    Object.defineProperty(globalThis, 'navigator', {value: {languages: ['xx', 'pl-PL', 'en']}, configurable: true});
    assert.equal(wantedLanguage(settings('de'), 'fr'), 'fr');
    assert.equal(wantedLanguage(settings('de'), null), 'de');
    assert.equal(wantedLanguage(settings('system'), null), 'pl');
});

describe('plural forms', () => {
    afterEach(() => setLanguage('en', english));
    for (const [tag, key, expected] of /** @type {[string, string, Record<number, string>][]} */ ([
        ['fr', 'lobby.present', {0: 'Personne n’est encore là', 1: '1 personne est là', 2: '2 personnes sont là'}],
        ['pl', 'lobby.present', {0: 'Nikogo jeszcze nie ma', 1: 'Jest 1 osoba', 3: 'Są 3 osoby', 12: 'Jest 12 osób', 22: 'Są 22 osoby'}],
        ['ar', 'share.stop', {1: 'إيقاف المشاركة', 2: 'إيقاف كل المشاركات'}],
        ['ar', 'lobby.present', {0: 'لا أحد هنا بعد', 1: 'شخص واحد هنا', 2: 'شخصان هنا'}],
    ])) {
        for (const [count, text] of Object.entries(expected)) {
            it(`${tag} ${key} ${count}`, async () => {
                setLanguage(tag, await both(tag));
                assert.equal(t(key, {count: Number(count)}), text);
            });
        }
    }
});
