/**
 * Dialogs about a user: a new one, what one may do, the password.
 */

import {createUser, deletePassword, getUser, setPassword, updateUser} from '../../management.mjs';
import {t} from '../core/i18n.js';
import {h} from '../ui/kit/dom.js';
import {textButton} from '../ui/kit/button.js';
import {tooLong} from '../pages/passwords.js';
import {field, passwordField, permissionsField, uniqueId} from './fields.js';
import {formDialog} from './formdialog.js';
import {roleText, titleOf} from './users.js';

/** @typedef {import('./users.js').User} User */
/** @typedef {import('./context.js').Context} Context */

/**
 * The password of a user: one that is typed, or, for those who stand for others,
 * any.
 *
 * @param {Context} context
 * @param {boolean} shared whether any password may do
 * @param {string} hint
 */
function passwordChoice(context, shared, hint) {
    const password = passwordField(context, {label: t('admin.users.password'), hint});
    const any = h('input', {
        type: 'checkbox', id: uniqueId('any-password'), checked: shared,
        on: {
            change() {
                password.element.hidden = any.checked;
            },
        },
    });
    password.element.hidden = shared;
    return {
        elements: [shared && h('label', {class: 'check', for: any.id}, any, t('admin.password.any')), password.element],

        /** @param {boolean} needed @returns {boolean} whether the password can be used; else it is said why not */
        check(needed) {
            const {value} = password.input;
            const wrong = any.checked && shared ? '' : value === '' && needed ? 'password.missing' : tooLong(value) ? 'password.long' : '';
            password.complain(wrong && t(wrong));
            return wrong === '';
        },

        /** @returns {string | {type: 'wildcard'}} empty if there is to be none */
        value: () => shared && any.checked ? {type: 'wildcard'} : password.input.value,
    };
}

/**
 * @param {Context} context
 * @param {string} group
 * @param {{name: string | null, wildcard: boolean}} who null asks for the name
 * @param {() => void} done
 */
export function newUser(context, group, {name, wildcard}, done) {
    const input = h('input', {class: 'input', type: 'text', id: uniqueId('user-name'), autocomplete: 'off', autocapitalize: 'none', spellcheck: false, maxLength: 256});
    const nameField = field(input, {label: t('admin.login.name')});
    const permissions = permissionsField('present');
    const shared = name !== null;
    const password = passwordChoice(context, shared, t(shared ? 'admin.password.sharedHint' : 'admin.password.hint'));
    let created = false;
    formDialog(context, {
        title: shared ? titleOf({name: name ?? '', wildcard}) : t('admin.users.new'), button: t('admin.create'),
        fields: [!shared && nameField.element, permissions.element, ...password.elements].filter(node => node instanceof HTMLElement),
        async send() {
            const user = name ?? input.value;
            nameField.complain(shared || user !== '' ? '' : t('password.missing'));
            const good = password.check(false);
            if (!good || !shared && user === '')
                return false;
            // The second attempt after a password that was refused.
            if (!created)
                await createUser(group, user, wildcard, {permissions: permissions.value()});
            created = true;
            const value = password.value();
            if (value !== '')
                await setPassword(group, user, wildcard, value);
            return true;
        },
        explain: error => error?.status === 412 ? t('admin.users.exists') : '',
        done() {
            context.say(t('admin.users.created', {name: titleOf({name: name ?? input.value, wildcard})}));
            done();
        },
    });
}

/**
 * What a user may do.
 *
 * @param {Context} context
 * @param {string} group
 * @param {User} user
 * @param {() => void} done
 */
export function editUser(context, group, user, done) {
    let {etag} = user;
    const permissions = permissionsField(user.permissions);
    let text = '';
    formDialog(context, {
        title: t('admin.users.edit', {name: titleOf(user)}), button: t('admin.save'), fields: [permissions.element],
        async send() {
            try {
                await updateUser(group, user.name, user.wildcard, {permissions: permissions.value()}, etag);
            } catch (error) {
                if (/** @type {any} */ (error)?.status === 412) {
                    // Saving again replaces what somebody else has just chosen.
                    const now = await getUser(group, user.name, user.wildcard);
                    ({etag} = now);
                    text = t('admin.users.conflict', {role: roleText(now.data.permissions)});
                }
                throw error;
            }
            return true;
        },
        explain: error => error?.status === 412 ? text : '',
        done() {
            context.say(t('admin.saved'));
            done();
        },
    });
}

/**
 * @param {Context} context
 * @param {string} group
 * @param {User} user
 * @param {() => void} done
 */
export function passwordDialog(context, group, user, done) {
    const shared = user.wildcard || user.name === '';
    const name = titleOf(user);
    const password = passwordChoice(context, shared, t('admin.password.changeHint'));
    let removed = false;
    const close = formDialog(context, {
        title: t('admin.password.title', {name}), button: t('admin.password.set'),
        fields: [...password.elements.filter(node => node instanceof HTMLElement),
            h('div', null, textButton({
                label: t('admin.password.remove'), icon: 'ban', kind: 'quiet',
                run(event) {
                    removed = true;
                    /** @type {HTMLElement} */ (event.currentTarget).closest('form')?.requestSubmit();
                },
            }), h('p', {class: 'hint'}, t('admin.password.removeHint')))],
        async send() {
            const taken = removed;
            removed = false;
            if (taken) {
                await deletePassword(group, user.name, user.wildcard);
                context.say(t('admin.password.removed', {name}));
                return true;
            }
            if (!password.check(true))
                return false;
            await setPassword(group, user.name, user.wildcard, password.value());
            context.say(t('admin.password.done', {name}));
            return true;
        },
        done,
    });
    return close;
}
