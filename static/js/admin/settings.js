/**
 * The definition of a group as a form: what can be said by controls, the rest as
 * JSON. What somebody else has changed meanwhile is merged, and if it cannot be,
 * shown side by side.
 */

import {deleteGroup, getGroup, updateGroup} from '../../management.mjs';
import {t} from '../core/i18n.js';
import {attribute, h} from '../ui/kit/dom.js';
import {textButton} from '../ui/kit/button.js';
import {confirm} from '../ui/kit/dialog.js';
import {icon} from '../ui/kit/icon.js';
import {changes, conflicts, problems, sections, tidy} from './definition.js';
import {conflictNotice} from './conflicts.js';
import {makers} from './controls.js';
import {failureText} from './failures.js';
import {field, problemNotice} from './fields.js';

/** @typedef {import('./definition.js').Definition} Definition */

/** @type {import('./context.js').View} */
export function settingsView(host, context, {group}) {
    let closed = false;
    /** @type {() => void} */
    let close = () => {};
    const problem = problemNotice();
    host.append(problem.element);

    const load = async () => {
        try {
            const {etag, data} = await getGroup(group);
            const draft = context.drafts.get(group) ?? {base: data, mine: structuredClone(data), etag};
            if (!closed)
                close = settingsForm(host, context, group, draft);
        } catch (error) {
            if (!closed && !context.expired(error))
                problem.show(/** @type {any} */ (error)?.status === 404 ? t('admin.group.missing') : failureText(error));
        }
    };
    load();
    return () => {
        closed = true;
        close();
        problem.element.remove();
    };
}

/**
 * @param {HTMLElement} host
 * @param {import('./context.js').Context} context
 * @param {string} group
 * @param {{base: Definition, mine: Definition, etag: string | null}} draft
 * @returns {() => void}
 */
function settingsForm(host, context, group, draft) {
    let {base, mine, etag} = draft;
    const problem = problemNotice();
    const conflict = h('div', {class: 'conflict-place'});
    let busy = false;

    const controls = new Map(sections.flatMap(section => section.fields).map(({name, kind}) => [name, makers[kind](
        `field-${name}`, {label: t(`admin.field.${name}`), hint: t(`admin.hint.${name}`)}, value => {
            mine = {...mine, [name]: value};
            changed(name);
        })]));

    const json = h('textarea', {
        class: 'input code', id: 'field-json', rows: 12, spellcheck: false, dir: 'ltr',
        on: {
            input() {
                const value = parse(json.value);
                jsonField.complain(value ? '' : t('admin.wrong.json'));
                if (value) {
                    mine = value;
                    changed('json');
                }
            },
        },
    });
    const jsonField = field(json, {label: t('admin.field.json'), hint: t('admin.hint.json')});

    const save = h('button', {type: 'submit', class: 'button button-primary'}, icon('save'), t('admin.save'));
    const discard = textButton({
        label: t('admin.discard'), kind: 'quiet',
        run() {
            mine = structuredClone(base);
            conflict.replaceChildren();
            problem.show('');
            showAll();
            // It is at the end of the form again, where nobody wants to go now.
            save.focus({preventScroll: true});
        },
    });
    const state = h('p', {class: 'hint', role: 'status'});
    const form = h('form', {class: 'settings', noValidate: true, on: {submit: send}},
        problem.element, conflict,
        sections.map(({id, icon: name, fields}) => h('section', {class: 'card settings-card', 'data-section': id, 'aria-labelledby': `section-${id}`},
            h('h2', {id: `section-${id}`}, icon(name), t(`admin.section.${id}`)),
            fields.map(({name}) => controls.get(name)?.element ?? null))),
        h('details', {class: 'card settings-card'}, h('summary', null, t('admin.section.json')), jsonField.element),
        h('div', {class: 'save-bar'}, state, discard, save));
    const danger = h('section', {class: 'card danger-zone', 'aria-labelledby': 'section-delete'},
        h('div', null, h('h2', {id: 'section-delete'}, t('admin.group.delete')), h('p', {class: 'hint'}, t('admin.group.deleteHint'))),
        textButton({label: t('admin.group.delete'), icon: 'trash-2', kind: 'danger', run: remove}));
    host.append(form, danger);
    showAll();

    /** @param {string} name of what has just been changed: that is not written again */
    function changed(name) {
        if (name === 'json') {
            for (const [other, control] of controls)
                control.set(mine[other]);
        } else {
            json.value = JSON.stringify(tidy(mine), null, 4);
            jsonField.complain('');
        }
        showProblems();
        showState();
    }

    function showAll() {
        for (const [name, control] of controls)
            control.set(mine[name]);
        changed('');
    }

    /** @returns {boolean} whether there is none */
    function showProblems() {
        const found = problems(mine);
        for (const [name, control] of controls)
            control.complain(found[name] ? t(found[name]) : '');
        return Object.keys(found).length === 0 && json.getAttribute('aria-invalid') !== 'true';
    }

    function showState() {
        const count = Object.keys(changes(base, mine)).length;
        attribute(form, 'data-dirty', count > 0);
        state.textContent = count > 0 ? t('admin.unsaved', {count}) : t('admin.unchanged');
        attribute(save, 'aria-disabled', count === 0 || busy ? true : null);
        discard.hidden = count === 0;
        if (count > 0)
            context.drafts.set(group, {base, mine, etag});
        else
            context.drafts.delete(group);
    }

    /** @param {SubmitEvent} event */
    async function send(event) {
        event.preventDefault();
        if (busy || Object.keys(changes(base, mine)).length === 0)
            return;
        problem.show('');
        if (!showProblems()) {
            const wrong = /** @type {HTMLElement | null} */ (form.querySelector('[aria-invalid="true"]'));
            const details = wrong?.closest('details');
            if (details)
                details.open = true;
            wrong?.focus();
            return;
        }
        busy = true;
        showState();
        try {
            await write();
        } catch (error) {
            if (!context.expired(error)) {
                problem.show(/** @type {any} */ (error)?.status === 404 ? t('admin.group.missing') : failureText(error));
                problem.element.scrollIntoView({block: 'nearest'});
            }
        } finally {
            busy = false;
            showState();
        }
    }

    async function write() {
        let merged = false;
        for (let attempt = 1; ; attempt++) {
            try {
                await updateGroup(group, changes(base, mine), etag);
                break;
            } catch (error) {
                if (/** @type {any} */ (error)?.status !== 412 || attempt === 4)
                    throw error;
            }
            // Somebody else was quicker.
            const theirs = await getGroup(group);
            const names = conflicts(base, mine, theirs.data);
            if (names.length > 0) {
                ask(names, theirs);
                return;
            }
            merged = true;
            mine = {...theirs.data, ...changes(base, mine)};
            ({etag, data: base} = theirs);
        }
        const now = await getGroup(group);
        ({etag, data: base} = now);
        mine = structuredClone(base);
        conflict.replaceChildren();
        showAll();
        context.say(t(merged ? 'admin.merged' : 'admin.saved'));
    }

    /**
     * Somebody else has changed the same fields: which value is to stay?
     *
     * @param {string[]} names
     * @param {{etag: string | null, data: Definition}} theirs
     */
    function ask(names, theirs) {
        conflict.replaceChildren(conflictNotice(names, {mine, theirs: theirs.data}, choice => {
            const own = changes(base, mine);
            if (choice === 'theirs') {
                for (const name of names)
                    delete own[name];
            }
            mine = {...theirs.data, ...own};
            ({etag, data: base} = theirs);
            conflict.replaceChildren();
            showAll();
            save.focus();
            if (choice === 'mine')
                form.requestSubmit();
        }));
        conflict.scrollIntoView({block: 'nearest'});
        /** @type {HTMLElement | null} */ (conflict.querySelector('h2'))?.focus();
    }

    function remove() {
        confirm({
            title: t('admin.group.delete'), text: t('admin.group.deleteSure', {group}), label: t('admin.group.deleteDo', {group}),
            async run() {
                try {
                    await deleteGroup(group);
                } catch (error) {
                    if (!context.expired(error))
                        problem.show(failureText(error));
                    return;
                }
                context.drafts.delete(group);
                context.say(t('admin.group.deleted', {group}));
                context.go({view: 'groups'});
            },
        });
    }

    return () => {
        form.remove();
        danger.remove();
    };
}

/**
 * @param {string} text
 * @returns {Definition | null}
 */
function parse(text) {
    try {
        const value = JSON.parse(text);
        return value && typeof value === 'object' && !Array.isArray(value) ? value : null;
    } catch {
        return null;
    }
}
