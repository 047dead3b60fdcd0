/**
 * The invitations of a group, or the tokens of the whole server: which there are,
 * until when they are good, new ones.
 */

import {createToken, deleteToken, getToken, listTokens, updateToken} from '../../management.mjs';
import {language, t} from '../core/i18n.js';
import {h} from '../ui/kit/dom.js';
import {textButton} from '../ui/kit/button.js';
import {confirm, openDialog} from '../ui/kit/dialog.js';
import {icon} from '../ui/kit/icon.js';
import {qrCode} from '../ui/qr.js';
import {each, permissions as allPermissions, permissionsText, stateOf} from './access.js';
import {localTime} from './definition.js';
import {failureText} from './failures.js';
import {field, problemNotice, uniqueId} from './fields.js';
import {formDialog} from './formdialog.js';
import {copyButton, invitationURL} from './links.js';

/** @typedef {{token: string, username?: string, permissions?: string[] | null, expires?: string, 'not-before'?: string, issuedBy?: string, includeSubgroups?: boolean}} Token */

const hour = 3_600_000;
/** How long invitations are good for, by the key of the text, in milliseconds. */
const validities = /** @type {const} */ ({hour, day: 24 * hour, week: 7 * 24 * hour, month: 31 * 24 * hour});

const stateIcons = {valid: 'circle-check', expired: 'circle-x', later: 'clock', unusable: 'circle-alert'};

/** @param {string} time */
const dateText = time => new Intl.DateTimeFormat(language(), {dateStyle: 'medium', timeStyle: 'short'}).format(new Date(time));

/** @param {string[] | null | undefined} permissions */
const mayText = permissions => permissionsText(permissions ?? []) || t('admin.role.observe');

/** @param {Token} token @returns {string} until when, or why not */
function validityText(token) {
    const state = stateOf(token, Date.now());
    return t(`admin.token.${state}`, {
        date: dateText(state === 'later' ? token['not-before'] ?? '' : token.expires ?? new Date(0).toISOString()),
    });
}

/** @type {import('./context.js').View} */
export function invitationsView(host, context, {group = ''}) {
    const server = group === '';
    let closed = false;
    const problem = problemNotice();
    const list = h('ul', {class: 'rows', 'aria-label': t(server ? 'admin.view.tokens' : 'admin.tab.invitations')});
    const empty = h('p', {class: 'empty', role: 'status', hidden: true}, t(server ? 'admin.tokens.none' : 'admin.invitations.none'));
    const view = h('div', {class: 'admin-view'},
        h('div', {class: 'toolbar'}, h('p', {class: 'hint toolbar-text'}, t(server ? 'admin.tokens.hint' : 'admin.invitations.hint')),
            textButton({label: t(server ? 'admin.tokens.new' : 'admin.invitations.new'), icon: 'plus', kind: 'primary', run: create})),
        problem.element, list, empty);
    host.append(view);

    const fail = (/** @type {unknown} */ error) => {
        if (!closed && !context.expired(error))
            problem.show(failureText(error));
    };

    async function load() {
        try {
            problem.show('');
            const found = await each(await listTokens(group), async token => {
                try {
                    return {.../** @type {Token} */ ((await getToken(group, token)).data), token};
                } catch (error) {
                    // Deleted meanwhile.
                    if (/** @type {any} */ (error)?.status === 404)
                        return null;
                    throw error;
                }
            });
            if (closed)
                return;
            const tokens = found.filter(token => token !== null);
            list.replaceChildren(...tokens.map(row));
            empty.hidden = tokens.length > 0;
        } catch (error) {
            fail(error);
        }
    }

    /** @param {Token} token */
    function row(token) {
        const state = stateOf(token, Date.now());
        const who = token.username || t('admin.invitations.anybody');
        const named = (/** @type {string} */ label) => ({'aria-label': `${label}: ${who}, ${validityText(token)}`});
        return h('li', {class: 'row', 'data-token': token.token, 'data-state': state},
            h('span', {class: 'row-icon'}, icon(stateIcons[state])),
            h('span', {class: 'row-text'}, h('bdi', null, who),
                h('span', {class: 'hint row-detail'}, mayText(token.permissions)),
                h('span', {class: 'hint row-detail'}, validityText(token),
                    token.issuedBy && ` · ${t('admin.invitations.by', {name: token.issuedBy})}`)),
            h('span', {class: 'row-buttons'},
                state !== 'expired' && copyButton(context, {
                    label: t(server ? 'admin.tokens.copy' : 'admin.invitations.copy'), props: named(t(server ? 'admin.tokens.copy' : 'admin.invitations.copy')),
                    text: () => server ? token.token : invitationURL(group, token.token),
                }),
                textButton({label: t('admin.edit'), icon: 'pencil', props: named(t('admin.edit')), run: () => edit(token)}),
                textButton({label: t('admin.delete'), icon: 'trash-2', props: named(t('admin.delete')), run: () => remove(token, who)})));
    }

    /** @param {Token} token @param {string} name */
    function remove(token, name) {
        confirm({
            title: t('admin.invitations.delete'), text: t('admin.invitations.deleteSure', {name}), label: t('admin.delete'),
            async run() {
                try {
                    await deleteToken(group, token.token);
                    context.say(t('admin.invitations.deleted'));
                } catch (error) {
                    fail(error);
                    return;
                }
                await load();
            },
        });
    }

    /** What can be said about an invitation. @param {Partial<Token>} token */
    function tokenFields(token) {
        const name = h('input', {class: 'input', type: 'text', id: uniqueId('guest'), autocomplete: 'off', maxLength: 256, value: token.username ?? ''});
        const fresh = token.token === undefined;
        const validity = h('select', {class: 'input', id: uniqueId('validity'), on: {change: () => show()}},
            Object.keys(validities).map(key => h('option', {value: key, selected: fresh && key === 'day'}, t(`invite.${key}`))),
            h('option', {value: '', selected: !fresh}, t('invite.date')));
        const time = (/** @type {string | undefined} */ value, /** @type {string} */ id) =>
            h('input', {class: 'input', type: 'datetime-local', id: uniqueId(id), value: localTime(value)});
        const until = time(token.expires, 'until');
        const from = time(token['not-before'], 'from');
        const untilField = field(until, {label: t('admin.token.expires')});
        const show = () => {
            untilField.element.hidden = validity.value !== '';
        };
        show();
        const boxes = allPermissions.map(value => h('input', {
            type: 'checkbox', value, id: uniqueId(`grant-${value}`),
            checked: fresh ? (server ? value === 'admin' : value === 'present' || value === 'message') : token.permissions?.includes(value) ?? false,
        }));
        const below = h('input', {type: 'checkbox', id: uniqueId('below'), checked: fresh ? server : token.includeSubgroups ?? false});
        return {
            elements: [
                field(name, {label: t('invite.name'), hint: t('invite.nameHint')}).element,
                field(validity, {label: t('invite.validity')}).element, untilField.element,
                field(from, {label: t('admin.token.start')}).element,
                h('fieldset', {class: 'checks'}, h('legend', {class: 'label'}, t('invite.may')),
                    boxes.map(box => h('label', {class: 'check', for: box.id}, box, t(`admin.may.${box.value}`)))),
                h('label', {class: 'check', for: below.id}, below, t(server ? 'admin.token.everywhere' : 'admin.token.below')),
            ],

            /** @returns {Record<string, any> | null} null if something is wrong, and has been said */
            value() {
                const expires = validity.value ? new Date(Date.now() + validities[/** @type {keyof typeof validities} */ (validity.value)]) :
                    new Date(until.value);
                const good = expires.getTime() > (from.value ? new Date(from.value).getTime() : Date.now());
                untilField.complain(good ? '' : t('invite.future'));
                if (!good)
                    return null;
                const others = (token.permissions ?? []).filter(permission => !allPermissions.includes(permission));
                return {
                    username: name.value.trim() || null, expires: expires.toISOString(),
                    'not-before': from.value ? new Date(from.value).toISOString() : null,
                    permissions: [...boxes.filter(box => box.checked).map(box => box.value), ...others],
                    includeSubgroups: below.checked || null,
                };
            },
        };
    }

    function create() {
        const fields = tokenFields({});
        let made = '';
        formDialog(context, {
            title: t(server ? 'admin.tokens.new' : 'admin.invitations.new'), button: t('admin.create'), fields: fields.elements,
            async send() {
                const value = fields.value();
                if (!value)
                    return false;
                const template = {
                    ...Object.fromEntries(Object.entries(value).filter(([, member]) => member !== null)),
                    issuedAt: new Date().toISOString(), ...context.account.name && {issuedBy: context.account.name},
                };
                const location = await createToken(group, template);
                made = decodeURIComponent(location?.split('/').pop() ?? '');
                return true;
            },
            done() {
                load();
                present(made);
            },
        });
    }

    /** Shows what has been made, to be given to somebody. @param {string} token */
    async function present(token) {
        const text = server ? token : invitationURL(group, token);
        const shown = h('input', {
            class: 'input code', type: 'text', readOnly: true, value: text, dir: 'ltr', id: uniqueId('made'),
            on: {focus: () => shown.select()},
        });
        const body = h('div', {class: 'dialog-body form'},
            field(shown, {label: t(server ? 'admin.tokens.token' : 'invite.link'), hint: t(server ? 'admin.tokens.secret' : 'invite.ready')}).element,
            h('div', {class: 'buttons'}, copyButton(context, {
                label: t(server ? 'admin.tokens.copy' : 'admin.invitations.copy'), kind: 'primary', text: () => text,
            })));
        openDialog({title: t(server ? 'admin.tokens.made' : 'admin.invitations.made'), body, onclose: () => {}});
        shown.focus();
        const code = server ? null : await qrCode(text, t('invite.code'));
        if (code)
            body.append(code);
    }

    /** @param {Token} token */
    function edit(token) {
        const fields = tokenFields(token);
        let etag = /** @type {string | null} */ (null);
        const known = getToken(group, token.token).then(now => {
            ({etag} = now);
        });
        formDialog(context, {
            title: t(server ? 'admin.tokens.edit' : 'admin.invitations.edit'), button: t('admin.save'), fields: fields.elements,
            async send() {
                const value = fields.value();
                if (!value)
                    return false;
                await known;
                await updateToken(group, token.token, value, etag);
                return true;
            },
            explain: error => error?.status === 412 ? t('admin.invitations.changed') : '',
            done() {
                context.say(t('admin.saved'));
                load();
            },
        });
        known.catch(() => {
            // Sending says what is wrong.
        });
    }

    load();
    return () => {
        closed = true;
        view.remove();
    };
}
