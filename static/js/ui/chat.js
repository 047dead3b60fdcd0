/**
 * The chat: messages and the box to write one.
 */

import {arrange, h, setText} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {icon} from './kit/icon.js';
import {openMenu} from './kit/menu.js';
import {confirm} from './kit/dialog.js';
import {composer} from './composer.js';
import {messageElement} from './message.js';
import {beginsDay, continues} from '../core/chatlog.js';
import {dayOf, mentions} from '../core/format.js';
import {language, t} from '../core/i18n.js';

/** @typedef {import('../core/state.js').Message} Message */

/** @type {import('./context.js').Component} */
export function chat(host, context) {
    const {store, actions, notify} = context;
    const scope = createScope();
    const list = h('ol', {class: 'messages', 'data-messages': true});
    const empty = h('div', {class: 'panel-empty'}, icon('message-square-text', 'panel-empty-icon'),
        h('p', {class: 'panel-empty-title'}, t('chat.empty')), h('p', null, t('chat.emptyHint')));
    const scroller = h('div', {class: 'messages-scroller', tabIndex: 0, role: 'region', 'aria-label': t('chat.region')},
        empty, list);
    const jumpText = h('span', null);
    const jump = h('button', {
        type: 'button', class: 'button jump', hidden: true, on: {click: () => toEnd()},
    }, jumpText, icon('chevron-down'));
    const element = h('div', {class: 'chat'}, h('div', {class: 'messages-box'}, scroller, jump));
    scope.mount(host, element);
    scope.add(composer(element, context));

    /** @type {Map<string, {element: HTMLElement, continued: boolean}>} */
    const shown = new Map();
    /** Lines between days, by day. @type {Map<string, HTMLElement>} */
    const dayLines = new Map();
    let atEnd = true;
    let missed = 0;

    const toEnd = () => {
        scroller.scrollTop = scroller.scrollHeight;
        missed = 0;
        jump.hidden = true;
    };

    /** Puts a message into the box, as a quotation to answer. */
    const quote = (/** @type {Message} */ message) => {
        const text = element.querySelector('textarea');
        if (!text)
            return;
        const lines = `${message.name || t('people.anonymous')}: ${message.text}`.split('\n');
        text.value = `${lines.map(line => `> ${line}`).join('\n')}\n${text.value}`;
        text.dispatchEvent(new Event('input', {bubbles: true}));
        // The menu gives the focus back first.
        setTimeout(() => text.focus());
    };

    const menu = (/** @type {HTMLElement} */ anchor, /** @type {Message} */ message) => {
        const state = store.get();
        /** @type {import('./kit/menu.js').MenuItem[]} */
        const items = [{
            kind: 'item', icon: 'copy', label: t('chat.copy'),
            run: () => {
                navigator.clipboard.writeText(message.text).then(
                    () => notify.info(t('chat.copied')), () => notify.warning(t('chat.notCopied')));
            },
        }];
        if (actions.sendMessage.available(state))
            items.push({kind: 'item', icon: 'quote', label: t('chat.quote'), run: () => quote(message)});
        const {source} = message;
        if (source && !message.own && state.users[source])
            items.push({kind: 'item', icon: 'reply', label: t('chat.replyPrivately'),
                        run: () => actions.messageTo.run(source)});
        if (source && actions.deleteMessage.available(state) && message.dest === null) {
            const {id} = message;
            items.push({kind: 'separator'});
            if (id)
                items.push({kind: 'item', icon: 'trash-2', label: t('chat.delete'), danger: true,
                            run: () => actions.deleteMessage.run(id, source)});
            items.push({kind: 'item', icon: 'eraser', label: t('chat.deleteFrom', {name: message.name}), danger: true,
                        run: () => confirm({
                            title: t('chat.deleteFromTitle', {name: message.name}), text: t('chat.deleteFromText'),
                            label: t('chat.delete'), run: () => actions.deleteFrom.run(source),
                        })});
        }
        openMenu(anchor, items, {label: t('chat.messageMenu')});
    };

    scope.add(store.subscribe(state => state.chat.messages, (messages, before) => {
        const stay = atEnd;
        const known = new Set(messages.map(message => message.key));
        for (const key of shown.keys()) {
            if (!known.has(key))
                shown.delete(key);
        }
        /** @type {HTMLElement[]} */
        const lines = [];
        messages.forEach((message, i) => {
            const previous = messages[i - 1];
            const begins = beginsDay(previous, message, Date.now());
            if (begins) {
                const day = new Date(message.time).toDateString();
                const line = dayLines.get(day) ?? h('li', {class: 'message-day', 'data-day': day});
                setText(line, dayOf(message.time, Date.now(), language()));
                dayLines.set(day, line);
                lines.push(line);
            }
            const continued = !begins && continues(previous, message);
            const old = shown.get(message.key);
            if (old?.continued === continued) {
                lines.push(old.element);
                return;
            }
            const mention = !message.own && mentions(message.text, store.get().me.name);
            const element = messageElement(message, {continued, mention, menu});
            shown.set(message.key, {element, continued});
            lines.push(element);
        });
        arrange(list, lines);
        empty.hidden = messages.length > 0;
        if (stay || messages.at(-1)?.own) {
            toEnd();
        } else if (before && messages.length > before.length) {
            missed += messages.length - before.length;
            setText(jumpText, t('chat.new', {count: missed}));
            jump.hidden = false;
        }
    }));

    scope.listen(scroller, 'scroll', () => {
        atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40;
        if (atEnd) {
            missed = 0;
            jump.hidden = true;
        }
    });
    const observer = new ResizeObserver(() => atEnd && toEnd());
    observer.observe(scroller);
    scope.add(() => observer.disconnect());
    return scope.dispose;
}
