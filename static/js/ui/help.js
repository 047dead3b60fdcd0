/**
 * Help: keys and commands.
 */

import {h} from './kit/dom.js';
import {openDialog} from './kit/dialog.js';
import {keyText} from './kit/keys.js';
import {keyOf, shortcuts} from './kit/shortcuts.js';
import {listed} from '../core/commands.js';
import {t} from '../core/i18n.js';

/** @type {import('./context.js').Dialog} */
export function helpDialog(host, {store, settings, closed}) {
    /** @type {Map<string, string[]>} */
    const keys = new Map();
    for (const shortcut of shortcuts) {
        const key = keyOf(shortcut, settings.get('keys'));
        if (key)
            keys.set(shortcut.label, [...keys.get(shortcut.label) ?? [], keyText({...shortcut, key})]);
    }
    const body = h('div', {class: 'dialog-body help', tabIndex: 0},
        h('section', null, h('h3', null, t('help.keys')),
          h('dl', {class: 'help-list'}, [...keys].map(([label, names]) => [
              h('dt', null, names.map((name, i) => [i > 0 && ` ${t('help.or')} `, h('kbd', null, name)])),
              h('dd', null, t(label)),
          ]), h('dt', null, h('kbd', null, t('shortcut.space'))), h('dd', null, t('shortcut.pushToTalk')),
          h('dt', null, h('kbd', null, 'F6')), h('dd', null, t('shortcut.region')),
          h('dt', null, h('kbd', null, 'Esc')), h('dd', null, t('shortcut.close')))),
        h('section', null, h('h3', null, t('help.commands')), h('p', {class: 'hint'}, t('help.commandsHint')),
          h('dl', {class: 'help-list'}, listed(store.get()).map(([name, {args, description}]) => [
              h('dt', null, h('code', {dir: 'ltr'}, `/${name}`), args && h('em', null, ` ${t(args)}`)),
              h('dd', null, t(description)),
          ]))));
    return openDialog({
        title: t('menu.help'), body, class: 'dialog-wide',
        onclose: closed,
    });
}
