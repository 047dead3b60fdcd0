/**
 * After the call: what happened, and the way back.
 */

import {h} from './kit/dom.js';
import {textButton} from './kit/button.js';
import {icon} from './kit/icon.js';
import {clock} from '../core/format.js';
import {joinFailure} from '../core/failures.js';
import {home} from '../core/url.js';
import {t} from '../core/i18n.js';

const icons = {left: 'circle-check', kicked: 'user-x', closed: 'door-open', lost: 'wifi-off', refused: 'ban'};

/** @type {import('./context.js').Component} */
export function afterCall(host, {store, session}) {
    const {connection: {ended}, group} = store.get();
    const reason = ended?.reason ?? 'left';
    const title = reason === 'kicked' ?
        (ended?.by ? t('after.kickedBy', {name: ended.by}) : t('after.kicked')) : t(`after.${reason}`);
    const refusal = reason === 'refused' ? joinFailure(null, ended?.text ?? '', {token: false}) : null;
    const text = refusal ? t(refusal.text, {text: refusal.detail ?? ''}) : ended?.text ?? '';
    const heading = h('h1', {tabIndex: -1}, title);
    const element = h('main', {class: 'after'}, h('div', {class: 'after-card', 'data-reason': reason},
        h('span', {class: `after-icon after-icon-${reason}`}, icon(icons[reason])),
        heading,
        text && text !== 'you have been kicked out' && h('p', {class: 'after-text', dir: 'auto'}, text),
        h('p', {class: 'after-facts'},
          t('after.duration', {group: group.title, time: clock(ended?.duration ?? 0)})),
        h('div', {class: 'after-buttons'},
          textButton({label: t('after.rejoin'), icon: 'rotate-ccw', kind: 'primary', run: () => session.rejoin()}),
          h('a', {class: 'button', href: home}, icon('house'), t('after.home')))));
    host.append(element);
    heading.focus();
    return () => element.remove();
}
