/**
 * Texts for people. A catalogue maps keys to texts; `{name}` in a text is
 * replaced by the argument of that name, and a text with plural forms is an
 * object chosen by the argument `count`, in which "=0" is for exactly none. English is the source and the fallback.
 */

import english from '../../locale/en.js';

/** @typedef {Partial<Record<Intl.LDMLPluralRule | '=0', string>>} Forms */
/** @typedef {string | Forms} Text */
/** @typedef {Record<string, Text>} Catalogue */

/** @type {Catalogue} */
let catalogue = english;
let tag = 'en';

/**
 * Chooses the language for all texts made from now on.
 *
 * @param {string} language a BCP 47 tag
 * @param {Catalogue} texts
 */
export function setLanguage(language, texts) {
    tag = language;
    catalogue = texts;
}

/** @returns {string} the BCP 47 tag of the language in use */
export function language() {
    return tag;
}

/**
 * The text for a key. An unknown key is returned as it is, so that a mistake
 * shows without breaking the page; a unit test finds such keys.
 *
 * @param {string} key
 * @param {Record<string, string | number>} [args]
 * @returns {string}
 */
export function t(key, args) {
    const text = catalogue[key] ?? /** @type {Catalogue} */ (english)[key];
    if (text === undefined)
        return key;
    return fill(typeof text === 'string' ? text : plural(text, Number(args?.count ?? 0), tag), args);
}

/**
 * @param {Forms} forms
 * @param {number} count
 * @param {string} locale
 * @returns {string}
 */
function plural(forms, count, locale) {
    const rule = new Intl.PluralRules(locale).select(count);
    return (count === 0 ? forms['=0'] : undefined) ?? forms[rule] ?? forms.other ?? '';
}

/**
 * @param {string} text
 * @param {Record<string, string | number>} [args]
 * @returns {string}
 */
function fill(text, args) {
    if (!args)
        return text;
    return text.replace(/\{(\w+)\}/g, (whole, name) => {
        const value = args[name];
        if (value === undefined)
            return whole;
        return typeof value === 'number' ? new Intl.NumberFormat(tag).format(value) : isolated(value);
    });
}

const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;
const leftToRight = /[A-Za-z\u00c0-\u058f\u1e00-\u1fff]/;
const languagesFromTheRight = /^(?:ar|dv|fa|he|ps|ur)\b/;

/**
 * The attribute `dir` for a text. What people wrote is read from its own side; our
 * texts with a foreign name in them keep theirs, which browsers would take from the name.
 *
 * @param {string} text
 * @returns {'auto' | ''}
 */
export function directionOf(text) {
    return text.includes('\u2068') ? '' : 'auto';
}

/**
 * Keeps a name that runs the other way from turning the text around it: it is put
 * between the marks of Unicode for that.
 *
 * @param {string} value
 * @returns {string}
 */
export function isolated(value) {
    const other = languagesFromTheRight.test(tag) ? leftToRight : rightToLeft;
    return other.test(value) ? `\u2068${value}\u2069` : value;
}
