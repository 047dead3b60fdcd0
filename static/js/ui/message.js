/**
 * One line of the chat as an element.
 */

import {h} from './kit/dom.js';
import {icon} from './kit/icon.js';
import {iconButton} from './kit/button.js';
import {avatar} from './avatar.js';
import {linkify, timeOf} from '../core/format.js';
import {directionOf, language, t} from '../core/i18n.js';

/** @typedef {import('../core/state.js').Message} Message */

/**
 * A text with its links and quotations.
 *
 * @param {string} text
 * @returns {(string | HTMLElement)[]}
 */
export function richText(text) {
    // Lines that begin with ">" are quoted from somebody.
    if (/^>/m.test(text)) {
        const parts = text.match(/(?:^>.*(?:\n|$))+|(?:^(?!>).*(?:\n|$))+/gm) ?? [];
        return parts.flatMap(part => part.startsWith('>') ?
            [h('span', {class: 'quote'}, links(part.replace(/^> ?/gm, '').replace(/\n$/, '')))] : links(part));
    }
    return links(text);
}

/**
 * @param {string} text
 * @returns {(string | HTMLElement)[]}
 */
function links(text) {
    return linkify(text).map(({text, href}) => href === null ? text :
        h('a', {href, target: '_blank', rel: 'noopener noreferrer', referrerPolicy: 'no-referrer'}, text));
}

/**
 * @param {Message} message
 * @param {{continued: boolean, mention: boolean, menu: (anchor: HTMLElement, message: Message) => void}} options
 *     `continued`: the author and time stand above an earlier message;
 *     `mention`: it names us
 * @returns {HTMLElement}
 */
export function messageElement(message, {continued, mention, menu}) {
    const text = richText(message.text);
    const {kind} = message;
    if (kind === 'output' || kind === 'system') {
        return h('li', {class: `message message-${kind}`, 'data-message': kind},
                 h('p', {class: 'message-text', dir: directionOf(message.text)}, text));
    }
    const name = message.own ? t('chat.you') : message.name || t('people.anonymous');
    const time = h('time', {dateTime: new Date(message.time).toISOString(), class: 'message-time'},
                   timeOf(message.time, Date.now(), language()));
    const isPrivate = message.dest !== null;
    const to = message.own ? t('chat.privateTo', {name: message.destName || t('people.anonymous')}) :
        t('chat.privateToYou');
    const more = iconButton({
        label: t('chat.messageMenu'), icon: 'ellipsis', class: 'message-more', run: () => menu(more, message),
        props: {'aria-haspopup': 'menu'},
    });
    const body = h('p', {class: 'message-text', dir: 'auto'}, text);
    if (kind === 'me') {
        body.classList.add('message-me');
        body.prepend(h('strong', null, message.name), ' ');
    }
    return h('li', {
        class: ['message', message.own && 'message-own', isPrivate && 'message-private', mention && 'message-mention',
                continued && 'message-continued'].filter(Boolean).join(' '),
        'data-message': message.own ? 'own' : 'other', 'data-message-id': message.id,
        'data-private': isPrivate ? 'true' : null,
        on: {
            contextmenu(event) {
                if (event.target instanceof Element && event.target.closest('a'))
                    return;
                event.preventDefault();
                menu(more, message);
            },
        },
    },
    !message.own && (continued ? h('span', {class: 'message-gap'}) : avatar(message.name, 'avatar-small')),
    h('div', {class: 'message-main'},
      continued ? h('span', {class: 'visually-hidden'}, name) :
          h('div', {class: 'message-head'}, h('span', {class: 'message-author', dir: 'auto'}, name), time),
      h('div', {class: 'message-bubble'},
        isPrivate && h('p', {class: 'message-note'}, icon('lock'), to),
        mention && !isPrivate && h('p', {class: 'message-note'}, icon('at-sign'), t('chat.mention')),
        body, more)));
}
