/**
 * The page on which people change their own password.
 */

import {setPassword} from '../management.mjs';
import {t} from './core/i18n.js';
import {element, startPage} from './pages/page.js';
import {parseGroup} from './group-name.js';
import {problemOf, tooLong, minimum} from './pages/passwords.js';
import {attribute, h} from './ui/kit/dom.js';
import {icon} from './ui/kit/icon.js';

const form = element('form', HTMLFormElement);
const fields = /** @type {const} */ (['group', 'username', 'old', 'new', 'again']);
/** @typedef {typeof fields[number]} Field */
const secrets = /** @type {const} */ (['old', 'new', 'again']);

const input = (/** @type {Field} */ name) => element(name, HTMLInputElement);

/** Keys of what is wrong with each field; shown again in another language. */
let problems = /** @type {Partial<Record<Field, string>>} */ ({});
let general = {key: '', detail: ''};

/**
 * Says at each field what is wrong with it.
 *
 * @param {boolean} focus moves to the first field that is wrong
 */
function showProblems(focus) {
    let first = true;
    for (const name of fields) {
        const field = input(name);
        const id = `${name}-error`;
        document.getElementById(id)?.remove();
        const key = problems[name];
        attribute(field, 'aria-invalid', key ? true : null);
        const described = [key && id, document.getElementById(`${name}-hint`)?.id].filter(Boolean).join(' ');
        attribute(field, 'aria-describedby', described || null);
        if (!key)
            continue;
        field.after(h('p', {id, class: 'field-error'}, icon('circle-alert'), h('span', null, t(key, {count: minimum}))));
        if (first && focus)
            field.focus();
        first = false;
    }
    element('problem', HTMLElement).hidden = general.key === '';
    element('problem-text', HTMLElement).textContent = general.key && t(general.key, {text: general.detail});
}

/** @returns {typeof problems} what can be seen without asking the server */
function check() {
    /** @type {typeof problems} */
    const found = {};
    for (const name of fields) {
        if (input(name).value === '')
            found[name] = 'password.missing';
    }
    const {value} = input('new');
    if (value !== '' && [...value].length < minimum)
        found.new = 'password.short';
    else if (tooLong(value))
        found.new = 'password.long';
    else if (value !== '' && value === input('old').value)
        found.new = 'password.same';
    if (!found.new && !found.again && input('again').value !== value)
        found.again = 'password.differs';
    return found;
}

/** @param {boolean} busy */
function setBusy(busy) {
    attribute(form, 'aria-busy', busy);
    form.toggleAttribute('data-busy', busy);
    const submit = element('submit', HTMLButtonElement);
    attribute(submit, 'aria-disabled', busy || null);
    submit.textContent = t(busy ? 'password.busy' : 'password.submit');
}

/** @param {SubmitEvent} event */
async function submit(event) {
    event.preventDefault();
    if (form.hasAttribute('data-busy'))
        return;
    problems = check();
    general = {key: '', detail: ''};
    showProblems(true);
    if (Object.keys(problems).length > 0)
        return;
    setBusy(true);
    try {
        await setPassword(input('group').value.trim(), input('username').value, false, input('new').value, input('old').value);
        done();
    } catch (error) {
        const {field, key, detail} = problemOf(error);
        if (field)
            problems = {[field]: key};
        else
            general = {key, detail};
        showProblems(true);
    } finally {
        setBusy(false);
    }
}

/** Empties the fields that hold secrets. */
function forget() {
    for (const name of secrets)
        input(name).value = '';
}

/** The password is changed: that replaces the form, and nothing stays in it. */
function done() {
    const link = element('done-link', HTMLAnchorElement);
    link.href = parseGroup(input('group').value, document.baseURI)?.url.href ?? './';
    forget();
    form.hidden = true;
    const message = element('done', HTMLElement);
    message.hidden = false;
    message.focus();
}

const query = new URL(location.href).searchParams;
for (const name of /** @type {Field[]} */ (['group', 'username'])) {
    const value = query.get(name);
    if (value) {
        input(name).value = value;
        input(name).readOnly = true;
    }
}
form.addEventListener('submit', submit);
form.addEventListener('input', event => {
    const name = /** @type {Field} */ (/** @type {HTMLElement} */ (event.target).id);
    if (problems[name]) {
        delete problems[name];
        showProblems(false);
    }
});
element('show', HTMLInputElement).addEventListener('change', event => {
    const type = /** @type {HTMLInputElement} */ (event.target).checked ? 'text' : 'password';
    for (const name of secrets)
        input(name).type = type;
});
// What was in the fields must not come back when the browser goes back.
addEventListener('pagehide', forget);

await startPage(() => {
    setBusy(form.hasAttribute('data-busy'));
    showProblems(false);
});
const first = fields.find(name => input(name).value === '');
if (first && !form.hidden)
    input(first).focus();
