/**
 * Signing in.
 */

import {t} from '../core/i18n.js';
import {attribute, h} from '../ui/kit/dom.js';
import {signIn} from './account.js';
import {failureText} from './failures.js';
import {field, problemNotice} from './fields.js';
import {parseGroup} from '../group-name.js';

/**
 * @param {HTMLElement} host
 * @param {{group: string, username: string, reason: string, done: (account: import('./account.js').Account) => void}} options
 *     `group` and `username` to begin with; `reason` why one has to sign in again
 * @returns {() => void}
 */
export function loginView(host, {group, username, reason, done}) {
    const input = (/** @type {string} */ id, /** @type {import('../ui/kit/dom.js').Props} */ props) =>
        h('input', {class: 'input', id, name: id, autocapitalize: 'none', spellcheck: false, ...props});
    const name = input('username', {type: 'text', autocomplete: 'username', value: username});
    const password = input('password', {type: 'password', autocomplete: 'current-password'});
    const token = input('token', {type: 'password', autocomplete: 'off'});
    const groupName = input('group', {type: 'text', autocomplete: 'off', value: group});
    const fields = {
        name: field(name, {label: t('admin.login.name')}),
        password: field(password, {label: t('admin.login.password')}),
        token: field(token, {label: t('admin.login.token'), hint: t('admin.login.tokenHint')}),
        group: field(groupName, {label: t('admin.login.group'), hint: t('admin.login.groupHint')}),
    };
    const byToken = h('input', {type: 'checkbox', id: 'by-token', on: {change: () => show()}});
    const problem = problemNotice();
    problem.show(reason);
    const submit = h('button', {type: 'submit', class: 'button button-primary', id: 'sign-in'}, t('admin.login.submit'));
    const show = () => {
        fields.name.element.hidden = fields.password.element.hidden = byToken.checked;
        fields.token.element.hidden = !byToken.checked;
    };
    show();
    let busy = false;

    /** @returns {boolean} whether all that is needed is there */
    const check = () => {
        const needed = byToken.checked ? [fields.token] : [fields.name, fields.password];
        const empty = needed.filter(one => /** @type {HTMLInputElement} */ (one.element.querySelector('input')).value === '');
        for (const one of Object.values(fields))
            one.complain(empty.includes(one) ? t('password.missing') : '');
        empty[0]?.element.querySelector('input')?.focus();
        return empty.length === 0;
    };

    const form = h('form', {
        class: 'card form', noValidate: true,
        on: {
            async submit(event) {
                event.preventDefault();
                if (busy || !check())
                    return;
                busy = true;
                attribute(submit, 'aria-disabled', true);
                problem.show('');
                // Also an address of the group will do.
                const chosen = groupName.value.trim() && (parseGroup(groupName.value, document.baseURI)?.name ?? groupName.value.trim());
                try {
                    done(await signIn(byToken.checked ? {token: token.value.trim()} :
                        {username: name.value, password: password.value}, chosen));
                } catch (error) {
                    complain(error, chosen !== '');
                } finally {
                    busy = false;
                    attribute(submit, 'aria-disabled', null);
                }
            },
        },
    },
    h('h1', null, t('admin.login.title')), h('p', {class: 'hint'}, t('admin.login.lead')), problem.element,
    fields.name.element, fields.password.element, fields.token.element, fields.group.element,
    h('label', {class: 'check', for: 'by-token'}, byToken, t('admin.login.byToken')), submit);

    /** @param {any} error @param {boolean} forGroup */
    const complain = (error, forGroup) => {
        if (error?.status === 404) {
            fields.group.complain(t('admin.login.noGroup'));
            groupName.focus();
        } else if (error instanceof RangeError) {
            fields.group.complain(failureText(error));
            groupName.focus();
        } else {
            problem.show(error?.status === 401 ?
                t(byToken.checked ? 'admin.login.wrongToken' : forGroup ? 'admin.login.wrongInGroup' : 'admin.login.wrong') :
                failureText(error));
            (byToken.checked ? token : password).select();
            (byToken.checked ? token : password).focus();
        }
    };

    const view = h('div', {class: 'narrow'}, form);
    host.append(view);
    (username ? password : name).focus();
    return () => {
        password.value = token.value = '';
        view.remove();
    };
}
