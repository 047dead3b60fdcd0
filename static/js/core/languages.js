/**
 * The languages that the interface speaks, and which one to use. Catalogues are
 * fetched when they are needed; docs/translating.md says how to add one.
 */

import {language, setLanguage} from './i18n.js';

/**
 * Every language, by its tag, with its name in that language and its direction.
 *
 * @type {Readonly<Record<string, {name: string, dir: 'ltr' | 'rtl'}>>}
 */
export const languages = Object.freeze({
    en: {name: 'English', dir: 'ltr'},
    ar: {name: 'العربية', dir: 'rtl'},
    de: {name: 'Deutsch', dir: 'ltr'},
    es: {name: 'Español', dir: 'ltr'},
    fr: {name: 'Français', dir: 'ltr'},
    pl: {name: 'Polski', dir: 'ltr'},
    pt: {name: 'Português', dir: 'ltr'},
});

/**
 * The language to use: that of the first wish which we can fulfil. A wish for a
 * regional variety is fulfilled by the language.
 *
 * @param {...(string | null | undefined)} wishes BCP 47 tags, the strongest first
 * @returns {string} a key of `languages`; English if there is nothing better
 */
export function chooseLanguage(...wishes) {
    for (const wish of wishes) {
        const tag = wish?.toLowerCase().split(/[-_]/)[0] ?? '';
        if (Object.hasOwn(languages, tag))
            return tag;
    }
    return 'en';
}

/**
 * What the user wishes, the strongest first: the parameter `lang` of the address,
 * the setting, what the browser says.
 *
 * @param {{get: (name: string) => any}} settings
 * @param {string | null} [parameter]
 * @returns {string} a key of `languages`
 */
export function wantedLanguage(settings, parameter) {
    return chooseLanguage(parameter, settings.get('lang'), ...navigator.languages ?? [navigator.language]);
}

/** @typedef {'shared' | 'call' | 'more' | 'pages' | 'admin'} CatalogueName "shared" is the lobby and
 * what all pages have, "more" what is fetched on demand in a call */

/** The catalogues that have been asked for so far. */
/** @type {Set<CatalogueName>} */
const wanted = new Set(['shared']);

/**
 * Fetches the texts of a language and uses them from now on. If they cannot be
 * had, the language stays what it was.
 *
 * @param {string} tag a key of `languages`
 * @param {CatalogueName[]} [catalogues] more of them than were asked for before
 * @returns {Promise<void>}
 */
export async function useLanguage(tag, catalogues = []) {
    const names = new Set([...wanted, ...catalogues]);
    const modules = [];
    // What a language lacks shows in English.
    for (const language of tag === 'en' ? ['en'] : ['en', tag]) {
        for (const name of names)
            modules.push(import(`../../locale/${name === 'shared' ? '' : `${name}/`}${language}.js`));
    }
    const texts = Object.assign({}, ...(await Promise.all(modules)).map(module => module.default));
    for (const name of names)
        wanted.add(name);
    setLanguage(tag, texts);
    const root = document.documentElement;
    root.lang = tag;
    root.dir = languages[tag]?.dir ?? 'ltr';
    delete root.dataset.pending;
}

/**
 * Fetches more texts in the language of now; in English if they cannot be had in it.
 *
 * @param {...CatalogueName} names
 * @returns {Promise<void>}
 */
export function fetchTexts(...names) {
    return useLanguage(language(), names).catch(() => useLanguage('en', names));
}
