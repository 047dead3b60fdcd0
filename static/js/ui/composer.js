/**
 * The box for writing a message: grows with the text, knows whom it is for, and
 * completes commands and names.
 */

import {h, setText} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {icon} from './kit/icon.js';
import {iconButton} from './kit/button.js';
import {openMenu, opensMenu} from './kit/menu.js';
import {loadStyle} from './kit/style.js';
import {CommandError} from '../core/arguments.js';
import {may, people} from '../core/state.js';
import {t} from '../core/i18n.js';
import {fetchTexts} from '../core/languages.js';

/** @type {import('./context.js').Component} */
export function composer(host, context) {
    const {store, settings, actions, log} = context;
    const scope = createScope();
    /** Null until somebody types a slash. */
    /** @type {typeof import('../core/commands.js') | null} */
    let commands = null;
    const fetchCommands = () => Promise.all([import('../core/commands.js'), fetchTexts('more')])
        .then(([module]) => {
            commands = module;
        });

    const recipientName = h('span', {class: 'recipient-name', dir: 'auto'});
    const recipient = h('button', {
        type: 'button', class: 'recipient', ...opensMenu,
        on: {click: () => chooseRecipient()},
    }, h('span', {class: 'recipient-to'}, t('chat.to')), ' ', recipientName, icon('chevron-down'));
    const text = h('textarea', {
        class: 'composer-text', rows: 1, 'aria-label': t('chat.write'), placeholder: t('chat.placeholder'),
        enterKeyHint: 'send', maxLength: 10000, 'data-composer': true,
        on: {input: () => changed(), keydown: event => key(event), blur: () => setTimeout(left, 150)},
    });
    const send = iconButton({label: t('chat.send'), icon: 'send-horizontal', class: 'composer-send', run: () => submit()});
    const error = h('p', {class: 'field-error composer-error', role: 'alert', hidden: true});
    const list = h('div', {class: 'completions', role: 'listbox', id: 'completions', tabIndex: 0, 'aria-label': t('chat.commands'), hidden: true});
    text.setAttribute('aria-controls', 'completions');
    const forbidden = h('p', {class: 'composer-forbidden', hidden: true}, t('chat.forbidden'));
    const attach = iconButton({
        label: t('files.send'), icon: 'paperclip', class: 'composer-attach',
        run: () => actions.askFiles.run(store.get().chat.recipient ?? ''),
    });
    const emoji = iconButton({
        label: t('chat.emoji'), icon: 'smile', class: 'composer-emoji', props: opensMenu,
        run: () => Promise.all([import('./emoji.js'), fetchTexts('more'), loadStyle('ondemand.css')]).then(
            ([{openEmoji}]) => openEmoji(emoji, symbol => {
                text.setRangeText(symbol, text.selectionStart, text.selectionEnd, 'end');
                changed();
                text.focus();
            }), e => {
                log.note('emoji', e);
                fail(t('failure.network'));
            }),
    });
    const keep = iconButton({
        label: t('chat.export'), icon: 'download', class: 'composer-keep', run: () => actions.exportChat.run(),
        props: {'data-action': 'export'},
    });
    scope.add(store.subscribe(state => !actions.exportChat.available(state), empty => {
        keep.disabled = empty;
    }));
    const box = h('div', {class: 'composer-box'}, attach, text, send);
    const element = h('div', {class: 'composer'}, list, h('div', {class: 'composer-head'}, recipient, emoji, keep), error, box, forbidden);
    scope.mount(host, element);

    const grow = () => {
        text.style.height = 'auto';
        text.style.height = `${Math.min(text.scrollHeight, 6 * 24 + 20)}px`;
    };

    // ---- Commands --------------------------------------------------------------

    let selected = 0;
    /**
     * What the text before the cursor may become: a command, or somebody's name.
     *
     * @returns {{id: string, text: string, name: string, args: string, about: string}[]}
     */
    const matches = () => {
        const command = text.value.match(/^\/(\w*)$/);
        if (command) {
            if (!commands) {
                fetchCommands().then(() => element.isConnected && showList(), e => log.note('commands', e));
                return [];
            }
            return commands.listed(store.get()).filter(([name]) => name.startsWith(command[1] ?? ''))
                .map(([name, {args, description}]) => ({
                    id: name, text: `/${name} `, name: `/${name}`, args: args && t(args), about: t(description),
                }));
        }
        const before = text.value.slice(0, text.selectionStart);
        const mention = before.match(/(?:^|\s)@([^@\n]{0,40})$/);
        if (!mention)
            return [];
        const typed = (mention[1] ?? '').toLowerCase();
        const start = before.slice(0, before.length - typed.length);
        return people(store.get())
            .filter(user => user.id !== store.get().me.id && user.name.toLowerCase().startsWith(typed))
            .slice(0, 8).map(({id, name}) => ({
                id, text: `${start}${name} `, name: `@${name}`, args: '', about: '',
            }));
    };
    /** Whoever is back already goes on with the list. */
    const left = () => document.activeElement !== text && hideList();
    const hideList = () => {
        list.hidden = true;
        text.removeAttribute('aria-activedescendant');
    };
    const showList = () => {
        const found = matches();
        selected = Math.max(0, Math.min(selected, found.length - 1));
        list.hidden = found.length === 0;
        list.replaceChildren(...found.map((match, i) => h('div', {
            class: 'completion', role: 'option', id: `completion-${match.id}`, 'aria-selected': i === selected,
            on: {
                pointerdown(event) {
                    event.preventDefault();
                    complete(match.text);
                },
            },
        }, h('span', {class: 'completion-name'}, h('bdi', null, match.name), ' ', h('em', null, match.args)),
        match.about && h('span', {class: 'completion-text'}, match.about))));
        const active = list.children[selected];
        if (active) {
            text.setAttribute('aria-activedescendant', active.id);
            active.scrollIntoView({block: 'nearest'});
        } else {
            text.removeAttribute('aria-activedescendant');
        }
    };
    /** @param {string} start what the text before the cursor becomes */
    const complete = start => {
        const rest = text.value.slice(text.selectionStart);
        text.value = start + rest;
        text.setSelectionRange(start.length, start.length);
        changed();
        hideList();
        text.focus();
    };

    // ---- Sending ---------------------------------------------------------------

    const changed = () => {
        grow();
        error.hidden = true;
        const {drafts, recipient} = store.get().chat;
        if ((drafts[recipient ?? ''] ?? '') !== text.value)
            store.merge('chat', {drafts: {...drafts, [recipient ?? '']: text.value}});
        send.disabled = text.value.trim() === '';
        selected = 0;
        showList();
    };

    const fail = (/** @type {string} */ message) => {
        error.replaceChildren(icon('circle-alert'), message);
        error.hidden = false;
    };

    const submit = () => {
        const line = text.value.trimEnd();
        if (line.trim() === '')
            return;
        const state = store.get();
        if (line.startsWith('/') && !commands) {
            fetchCommands().then(() => text.value.trimEnd() === line && submit(), e => {
                log.note('commands', e);
                fail(t('failure.network'));
            });
            return;
        }
        try {
            if (commands && line.startsWith('/'))
                commands.execute(line, {actions, state, recipient: state.chat.recipient});
            else if (actions.sendMessage.available(state))
                actions.sendMessage.run(line, state.chat.recipient);
            else
                throw new CommandError(t('chat.forbidden'));
        } catch (e) {
            if (!(e instanceof CommandError))
                throw e;
            fail(e.message);
            return;
        }
        text.value = '';
        changed();
        text.focus();
    };

    const key = (/** @type {KeyboardEvent} */ event) => {
        if (event.isComposing)
            return;
        if (!list.hidden) {
            const found = matches();
            if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
                event.preventDefault();
                selected = (selected + (event.key === 'ArrowDown' ? 1 : -1) + found.length) % found.length;
                showList();
                return;
            }
            const match = found[selected];
            if (match && (event.key === 'Tab' || event.key === 'Enter' && text.value !== match.name)) {
                event.preventDefault();
                complete(match.text);
                return;
            }
            if (event.key === 'Escape') {
                event.preventDefault();
                event.stopPropagation();
                hideList();
                return;
            }
        }
        const modified = event.shiftKey || event.ctrlKey || event.metaKey;
        if (event.key === 'Enter' && modified !== settings.get('enterSends')) {
            event.preventDefault();
            submit();
        }
    };

    // ---- Recipient -------------------------------------------------------------

    const chooseRecipient = () => {
        const state = store.get();
        openMenu(recipient, [
            {kind: 'radio', label: t('chat.everyone'), checked: state.chat.recipient === null,
             run: () => store.merge('chat', {recipient: null})},
            ...people(state).filter(user => user.id !== state.me.id).map(user =>
                /** @type {import('./kit/menu.js').MenuItem} */ ({
                    kind: 'radio', label: user.name || t('people.anonymous'),
                    checked: state.chat.recipient === user.id,
                    run: () => store.merge('chat', {recipient: user.id}),
                })),
        ], {label: t('chat.to'), onclose: () => text.focus()});
    };

    scope.add(store.subscribe(state => [state.chat.recipient, state.users], () => {
        const {chat, users} = store.get();
        const user = chat.recipient === null ? undefined : users[chat.recipient];
        if (chat.recipient !== null && !user) {
            store.merge('chat', {recipient: null});
            return;
        }
        setText(recipientName, user ? user.name || t('people.anonymous') : t('chat.everyone'));
        element.classList.toggle('composer-private', Boolean(user));
    }));
    scope.add(store.subscribe(state => state.chat.recipient, now => {
        text.value = store.get().chat.drafts[now ?? ''] ?? '';
        changed();
        hideList();
    }));
    scope.add(store.subscribe(state => may(state, 'message'), allowed => {
        forbidden.hidden = allowed;
        recipient.disabled = !allowed;
    }));
    return scope.dispose;
}
