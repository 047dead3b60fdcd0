/**
 * What all pages outside the call have in common: settings, theme, language, and
 * the texts of their markup.
 */

import shared from '../../locale/en.js';
import english from '../../locale/pages/en.js';
import {setLanguage, t} from '../core/i18n.js';
import {languages, useLanguage, wantedLanguage} from '../core/languages.js';
import {createSettings} from '../core/settings.js';
import {h} from '../ui/kit/dom.js';
import {loadIcons} from '../ui/kit/icon.js';

/** @typedef {import('../core/settings.js').Settings} Settings */

// Whoever is quicker than the texts of the language gets an answer all the same.
setLanguage('en', {...shared, ...english});

/**
 * @template {Element} T
 * @param {string} id
 * @param {new (...args: any[]) => T} type
 * @returns {T}
 */
export function element(id, type) {
    const found = document.getElementById(id);
    if (!(found instanceof type))
        throw new Error(`the page has no ${id}`);
    return found;
}

/** Attributes of markup that hold a key, and the attributes that get its text. */
const attributes = {'data-t-label': 'aria-label', 'data-t-placeholder': 'placeholder', 'data-t-title': 'title', 'data-t-content': 'content'};

/**
 * Puts the texts of the language into markup: the key is in `data-t`, those of
 * attributes in `data-t-label` and so on.
 *
 * @param {ParentNode} root
 */
export function translate(root) {
    for (const node of root.querySelectorAll('[data-t]'))
        node.textContent = t(node.getAttribute('data-t') ?? '');
    for (const [source, target] of Object.entries(attributes)) {
        for (const node of root.querySelectorAll(`[${source}]`))
            node.setAttribute(target, t(node.getAttribute(source) ?? ''));
    }
    for (const template of root.querySelectorAll('template'))
        translate(template.content);
}

/** @returns {Storage | null} null if the browser forbids storage */
function storage() {
    try {
        return localStorage;
    } catch {
        return null;
    }
}

/**
 * Makes a page ready: the chosen language and theme, and the controls for both in
 * its header.
 *
 * @param {(settings: Settings) => void} show shows what the page is about in the
 *     language of now; called again when another is chosen
 * @param {{catalogues?: ('admin' | 'call')[]}} [options] texts that the page needs beside those of all pages
 * @returns {Promise<void>} when it has been shown
 */
export async function startPage(show, {catalogues = []} = {}) {
    const settings = createSettings({local: storage(), session: null});
    loadIcons(document.body);
    startTheme(settings);

    const parameter = new URL(location.href).searchParams.get('lang');
    const speak = async (/** @type {string} */ tag) => {
        try {
            await useLanguage(tag, ['pages', ...catalogues]);
        } catch {
            // Without its texts the page stays in English.
            await useLanguage('en', ['pages', ...catalogues]);
        }
        translate(document);
    };
    const tag = wantedLanguage(settings, parameter);
    await speak(tag);
    startLanguages(settings, tag, async chosen => {
        await speak(chosen);
        show(settings);
    });
    show(settings);
}

/**
 * @param {Settings} settings
 * @param {string} tag the language of now
 * @param {(tag: string) => Promise<void>} choose
 */
function startLanguages(settings, tag, choose) {
    const select = element('language', HTMLSelectElement);
    select.replaceChildren(...Object.entries(languages).map(([value, {name}]) =>
        h('option', {value, lang: value, selected: value === tag}, name)));
    select.addEventListener('change', async () => {
        settings.set('lang', select.value);
        await choose(select.value);
    });
}

/** @param {Settings} settings */
function startTheme(settings) {
    const button = element('theme', HTMLButtonElement);
    const system = matchMedia('(prefers-color-scheme: dark)');
    const isDark = () => {
        const theme = settings.get('theme');
        return theme === 'dark' || (theme !== 'light' && system.matches);
    };
    const show = () => {
        const theme = settings.get('theme');
        if (theme === 'light' || theme === 'dark')
            document.documentElement.dataset.theme = theme;
        else
            delete document.documentElement.dataset.theme;
        button.setAttribute('aria-pressed', String(isDark()));
    };
    button.addEventListener('click', () => {
        const dark = !isDark();
        settings.set('theme', dark === system.matches ? 'system' : dark ? 'dark' : 'light');
        show();
    });
    system.addEventListener('change', show);
    show();
}
