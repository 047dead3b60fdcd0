/**
 * Invitations: a link that lets somebody in, for a while. Operators also see the
 * invitations that there are.
 */

import {h} from './kit/dom.js';
import {iconButton, textButton} from './kit/button.js';
import {openDialog} from './kit/dialog.js';
import {qrCode} from './qr.js';
import {describeToken, permissionName, tokenProblem} from '../core/invitations.js';
import {expired, grantable, parseExpiration} from '../core/tokens.js';
import {may} from '../core/state.js';
import {t} from '../core/i18n.js';

/** @typedef {import('../core/tokens.js').Token} Token */

/** @type {import('./context.js').Dialog} */
export function inviteDialog(host, context) {
    const {store, tokens, notify, closed} = context;
    const state = store.get();
    const mayList = may(state, 'op');

    const copy = (/** @type {string} */ link) => navigator.clipboard.writeText(link).then(
        () => notify.info(t('link.copied')), () => notify.warning(t('link.notCopied', {link})));

    // ---- A new one -------------------------------------------------------------

    const name = h('input', {
        class: 'input', id: 'invite-name', type: 'text', autocomplete: 'off', maxLength: 100,
        'aria-describedby': 'invite-name-hint invite-error',
    });
    const validity = h('select', {class: 'input', id: 'invite-validity', on: {change: () => showDate()}},
        ['1h', '1d', '7d', '31d', ''].map(value => h('option', {value, selected: value === '1d'},
            t({'1h': 'invite.hour', '1d': 'invite.day', '7d': 'invite.week', '31d': 'invite.month'}[value] ?? 'invite.date'))));
    const date = h('input', {
        class: 'input', id: 'invite-date', type: 'datetime-local', 'aria-label': t('invite.date'), hidden: true,
        'aria-describedby': 'invite-error',
    });
    const showDate = () => {
        date.hidden = validity.value !== '';
    };
    const boxes = grantable(state.me.permissions).map(({permission, usual}) => ({
        permission,
        box: h('input', {type: 'checkbox', id: `invite-may-${permission}`, checked: usual}),
    }));
    const error = h('p', {class: 'field-error', id: 'invite-error', role: 'alert', hidden: true});
    const result = h('div', {class: 'invite-result', role: 'status'});
    const submit = h('button', {type: 'submit', class: 'button button-primary'}, t('invite.create'));

    /** @param {string} text @param {HTMLInputElement | null} field */
    const complain = (text, field) => {
        error.textContent = text;
        error.hidden = text === '';
        for (const input of [name, date])
            input.setAttribute('aria-invalid', String(input === field));
        field?.focus();
    };

    const show = async (/** @type {Token} */ token) => {
        const link = tokens.link(token.token);
        const address = h('input', {
            class: 'input invite-link', type: 'text', dir: 'ltr', readOnly: true, value: link, 'aria-label': t('invite.link'),
            on: {focus: () => address.select()},
        });
        const buttons = h('div', {class: 'invite-buttons'},
            textButton({label: t('header.copyLink'), icon: 'copy', kind: 'primary', run: () => copy(link)}));
        if ('share' in navigator) {
            buttons.append(textButton({
                label: t('invite.share'), icon: 'share-2',
                run: () => {
                    navigator.share({title: store.get().group.title, url: link}).catch(() => {
                        // The user has thought better of it.
                    });
                },
            }));
        }
        const code = await qrCode(link, t('invite.code'));
        result.replaceChildren(...[h('div', {class: 'invite-made'}, h('p', null, t('invite.ready')), address,
                                     h('p', {class: 'hint'}, describeToken(token)), buttons), code].filter(node => node !== null));
        result.scrollIntoView({block: 'nearest'});
    };

    const form = h('form', {
        class: 'invite-form',
        on: {
            submit(event) {
                event.preventDefault();
                const expires = validity.value ? parseExpiration(validity.value, Date.now()) :
                    new Date(date.value);
                if (!expires || !(expires.getTime() > Date.now())) {
                    complain(t('invite.future'), date);
                    return;
                }
                complain('', null);
                submit.disabled = true;
                tokens.make({
                    username: name.value.trim(), expires,
                    permissions: boxes.filter(({box}) => box.checked).map(({permission}) => permission),
                }).then(async token => {
                    await show(token);
                    refresh();
                }).catch(e => complain(tokenProblem(e), name)).finally(() => {
                    submit.disabled = false;
                });
            },
        },
    },
    h('div', {class: 'field'}, h('label', {for: 'invite-name'}, t('invite.name')), name,
      h('p', {class: 'hint', id: 'invite-name-hint'}, t('invite.nameHint'))),
    h('div', {class: 'field'}, h('label', {for: 'invite-validity'}, t('invite.validity')), validity, date),
    h('fieldset', {class: 'invite-may'}, h('legend', null, t('invite.may')),
      boxes.map(({permission, box}) => h('label', {class: 'check', for: box.id}, box, permissionName(permission)))),
    error, h('div', null, submit));

    // ---- Those there are ---------------------------------------------------------

    const list = h('ul', {class: 'invite-list', 'aria-labelledby': 'invite-list-title'});
    const existing = h('section', {class: 'invite-existing', hidden: true},
        h('h3', {id: 'invite-list-title'}, t('invite.existing')), list);

    const row = (/** @type {Token} */ token) => {
        const text = describeToken(token);
        const over = expired(token, Date.now());
        const extend = (/** @type {Date} */ until) => tokens.extend(token.token, until)
            .then(refresh, e => notify.error(tokenProblem(e)));
        const named = (/** @type {string} */ label) => `${label}: ${text}`;
        return h('li', {class: over ? 'invite-row invite-over' : 'invite-row', 'data-token': token.token},
            h('span', {class: 'invite-text'}, text),
            !over && iconButton({label: t('header.copyLink'), icon: 'copy', run: () => copy(tokens.link(token.token)),
                                 props: {'aria-label': named(t('header.copyLink'))}}),
            iconButton({
                label: t('invite.extend'), icon: 'timer', props: {'aria-label': named(t('invite.extend'))},
                run: () => extend(/** @type {Date} */ (parseExpiration('7d', Date.now()))),
            }),
            !over && iconButton({
                label: t('invite.revoke'), icon: 'trash-2', props: {'aria-label': named(t('invite.revoke'))},
                run: () => {
                    tokens.revoke(token.token).then(() => {
                        refresh();
                        const {expires} = token;
                        notify.info(t('invite.revoked'), expires === undefined ? null :
                            {label: t('invite.undo'), run: () => extend(new Date(expires))});
                    }, e => notify.error(tokenProblem(e)));
                },
            }));
    };

    function refresh() {
        if (!mayList)
            return;
        tokens.list().then(all => {
            const group = all.filter(token => token.group === undefined || token.group === store.get().group.name);
            existing.hidden = group.length === 0;
            const focused = document.activeElement?.closest('[data-token]')?.getAttribute('data-token');
            list.replaceChildren(...group.reverse().map(row));
            const again = [...list.children].find(item => item.getAttribute('data-token') === focused);
            again?.querySelector('button')?.focus();
        }, () => {
            existing.hidden = true;
        });
    }
    refresh();

    const close = openDialog({
        title: t('invite.title'), class: 'dialog-wide',
        body: h('div', {class: 'dialog-body invite', 'data-dialog': 'invite'},
            h('div', {class: 'invite-new'}, form, result), existing),
        onclose: closed,
    });
    name.focus();
    return close;
}
