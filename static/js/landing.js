/**
 * The landing page: a form that leads to a group, and the list of public groups.
 */

import {language, t} from './core/i18n.js';
import {forgetVisits, visits} from './core/visits.js';
import {parseGroup, statusOf} from './group-name.js';
import {element, startPage} from './pages/page.js';
import {icon} from './ui/kit/icon.js';

/** From how many public groups on there is a search field. */
const searchFrom = 8;
/** How often the list is fetched again, in milliseconds. */
const refreshInterval = 30_000;

// The form

/** Key of what is wrong, or nothing. */
let problem = '';

/**
 * Says what is wrong, at the field.
 *
 * @param {string} key of a text; empty if nothing is wrong
 */
function showError(key) {
    problem = key;
    const text = key && t(key);
    const input = element('name', HTMLInputElement);
    element('name-error-text', HTMLElement).textContent = text;
    element('name-error', HTMLElement).hidden = text === '';
    input.setAttribute('aria-describedby', text ? 'name-error-text name-hint' : 'name-hint');
    if (text) {
        input.setAttribute('aria-invalid', 'true');
        input.focus();
    } else {
        input.removeAttribute('aria-invalid');
    }
}

/** @param {boolean} busy */
function setBusy(busy) {
    const form = element('join', HTMLFormElement);
    form.toggleAttribute('data-busy', busy);
    form.setAttribute('aria-busy', String(busy));
    element('go-text', HTMLElement).textContent = t(busy ? 'landing.busy' : 'landing.join');
}

/**
 * Asks the server whether a group exists.
 *
 * @param {URL} page of the group
 * @returns {Promise<string>} key of what is wrong, or nothing
 */
async function check(page) {
    try {
        const response = await fetch(statusOf(page), {method: 'HEAD', cache: 'no-store'});
        if (response.ok)
            return '';
        return response.status === 404 ? 'landing.unknown' : 'landing.refused';
    } catch {
        return 'landing.unreachable';
    }
}

/** @param {SubmitEvent} event */
async function submit(event) {
    event.preventDefault();
    const form = element('join', HTMLFormElement);
    if (form.hasAttribute('data-busy'))
        return;
    const text = element('name', HTMLInputElement).value;
    if (!text.trim()) {
        showError('landing.empty');
        return;
    }
    const group = parseGroup(text, document.baseURI);
    if (!group) {
        showError('landing.invalid');
        return;
    }
    showError('');
    setBusy(true);
    const error = await check(group.url);
    if (error) {
        setBusy(false);
        showError(error);
    } else {
        location.assign(group.url);
    }
}

// The list

/** @type {GroupStatus[]} */
let listed = [];
/** What the list shows now, as text, so that nothing moves when nothing has changed. */
let shown = '';

/**
 * @param {string} symbol
 * @param {string} text
 * @param {string} [name] class
 * @returns {HTMLElement}
 */
function makeState(symbol, text, name) {
    const state = document.createElement('span');
    state.className = name ? `state ${name}` : 'state';
    state.append(icon(symbol), text);
    return state;
}

/**
 * @param {GroupStatus} status
 * @returns {DocumentFragment}
 */
function makeGroup(status) {
    const template = element('group', HTMLTemplateElement);
    const fragment = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
    /** @param {string} selector */
    const part = selector => /** @type {HTMLElement} */ (fragment.querySelector(selector));
    const name = status.name || '';

    const link = /** @type {HTMLAnchorElement} */ (part('.group'));
    const group = parseGroup(name, document.baseURI);
    if (group)
        link.href = group.url.href;
    part('.group-name').textContent = status.displayName || name;
    part('.group-description').textContent = status.description || '';
    part('.group-description').hidden = !status.description;

    const state = part('.group-state');
    if (status.locked)
        state.append(makeState('lock', t('landing.locked'), 'state-locked'));
    if (status.redirect)
        state.append(makeState('external-link', t('landing.remote')));
    else
        state.append(makeState('users', t('landing.people', {count: status.clientCount ?? 0}), status.clientCount ? 'state-busy' : ''));
    part('li').dataset.search = [name, status.displayName, status.description].join('\n').toLocaleLowerCase();
    return fragment;
}

/** @param {GroupStatus[]} groups */
function showGroups(groups) {
    const now = JSON.stringify(groups);
    if (now === shown)
        return;
    shown = now;
    listed = groups;

    const list = element('list', HTMLUListElement);
    const focused = list.contains(document.activeElement) ?
        /** @type {HTMLAnchorElement} */ (document.activeElement).href : null;
    list.replaceChildren(...groups.map(makeGroup));
    if (focused)
        [...list.querySelectorAll('a')].find(link => link.href === focused)?.focus();

    element('filter-field', HTMLElement).hidden = groups.length < searchFrom;
    filter();
}

/** Hides the groups that do not match the search. */
function filter() {
    const field = element('filter-field', HTMLElement);
    const words = field.hidden ? [] :
        element('filter', HTMLInputElement).value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
    let matches = 0;
    for (const item of element('list', HTMLUListElement).children) {
        if (!(item instanceof HTMLElement))
            continue;
        item.hidden = !words.every(word => item.dataset.search?.includes(word));
        if (!item.hidden)
            matches++;
    }
    element('no-match', HTMLElement).hidden = matches > 0 || words.length === 0;
}

/**
 * Fetches the list and shows it. Once a list has been shown, failing to fetch it
 * again leaves it.
 */
async function refresh() {
    let groups;
    try {
        const response = await fetch(new URL('public-groups.json', document.baseURI), {cache: 'no-store'});
        groups = response.ok ? await response.json() : null;
    } catch {
        groups = null;
    }
    const section = element('public', HTMLElement);
    if (Array.isArray(groups)) {
        element('public-error', HTMLElement).hidden = true;
        section.hidden = groups.length === 0;
        showGroups(groups);
    } else if (!shown) {
        element('public-error', HTMLElement).hidden = false;
        section.hidden = false;
    }
}

// Groups that were visited before

function showVisits() {
    const groups = visits();
    const list = element('recent-list', HTMLUListElement);
    const day = new Intl.DateTimeFormat(language(), {dateStyle: 'medium', timeStyle: 'short'});
    const template = element('visit', HTMLTemplateElement);
    list.replaceChildren(...groups.flatMap(({name, title, time}, i) => {
        const group = parseGroup(name, document.baseURI);
        if (!group)
            return [];
        const fragment = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
        /** @param {string} selector */
        const part = selector => /** @type {HTMLElement} */ (fragment.querySelector(selector));
        /** @type {HTMLAnchorElement} */ (part('.group')).href = group.url.href;
        part('.group-name').textContent = title || name;
        part('.group-description').textContent = day.format(time);
        const button = part('button');
        button.setAttribute('aria-label', t('landing.forgetOne', {name: title || name}));
        button.addEventListener('click', () => {
            forgetVisits(name);
            showVisits();
            const rest = [...list.querySelectorAll('button')];
            (rest[Math.min(i, rest.length - 1)] ?? element('name', HTMLInputElement)).focus();
        });
        return [fragment];
    }));
    element('recent', HTMLElement).hidden = groups.length === 0;
}

element('forget', HTMLButtonElement).addEventListener('click', () => {
    forgetVisits();
    showVisits();
    element('name', HTMLInputElement).focus();
});
element('join', HTMLFormElement).addEventListener('submit', submit);
element('name', HTMLInputElement).addEventListener('input', () => showError(''));
element('filter', HTMLInputElement).addEventListener('input', filter);
element('retry', HTMLButtonElement).addEventListener('click', refresh);
// A page that comes back from the cache of the browser is not busy any more.
addEventListener('pageshow', () => {
    setBusy(false);
    showVisits();
});
document.addEventListener('visibilitychange', () => {
    if (!document.hidden)
        refresh();
});
setInterval(() => {
    if (!document.hidden)
        refresh();
}, refreshInterval);

await startPage(() => {
    setBusy(element('join', HTMLFormElement).hasAttribute('data-busy'));
    showVisits();
    if (problem)
        showError(problem);
    if (shown) {
        shown = '';
        showGroups(listed);
    }
});
refresh();
