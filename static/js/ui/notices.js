/**
 * Everything that was shown as a toast, for those who missed it.
 */

import {h} from './kit/dom.js';
import {icon} from './kit/icon.js';
import {openDialog} from './kit/dialog.js';
import {timeOf} from '../core/format.js';
import {directionOf, language, t} from '../core/i18n.js';

const icons = {info: 'info', warning: 'triangle-alert', error: 'circle-alert'};

/** @type {import('./context.js').Dialog} */
export function noticesDialog(host, {store, closed}) {
    const {notices} = store.get().ui;
    const body = notices.length === 0 ? h('p', {class: 'dialog-body'}, t('notices.none')) :
        h('ul', {class: 'dialog-body notices', tabIndex: 0, 'aria-label': t('notices.title')},
          [...notices].reverse().map(({kind, text, time}) => h('li', {'data-kind': kind}, icon(icons[kind]),
              h('span', {class: 'message-time'}, timeOf(time, Date.now(), language())), h('span', {dir: directionOf(text)}, text))));
    return openDialog({
        title: t('notices.title'), body, onclose: closed,
    });
}
