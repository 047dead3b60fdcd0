/**
 * Two people have changed the same: both values side by side, and a choice.
 */

import {language, t} from '../core/i18n.js';
import {h} from '../ui/kit/dom.js';
import {textButton} from '../ui/kit/button.js';
import {sections} from './definition.js';

const kinds = new Map(sections.flatMap(section => section.fields).map(({name, kind}) => [name, kind]));

/**
 * @param {string} name of a field
 * @param {any} value
 * @returns {string}
 */
function valueText(name, value) {
    if (kinds.get(name) === 'flag')
        return t(value ? 'admin.value.on' : 'admin.value.off');
    if (value === undefined || value === null || value === '')
        return t('admin.value.none');
    if (kinds.get(name) === 'time')
        return new Intl.DateTimeFormat(language(), {dateStyle: 'medium', timeStyle: 'short'}).format(new Date(value));
    return typeof value === 'string' ? value : JSON.stringify(value);
}

/** @param {string} name */
const label = name => kinds.has(name) ? t(`admin.field.${name}`) : name;

/**
 * @param {string[]} names of the fields
 * @param {{mine: Record<string, any>, theirs: Record<string, any>}} values
 * @param {(choice: 'mine' | 'theirs') => void} choose
 * @returns {HTMLElement}
 */
export function conflictNotice(names, {mine, theirs}, choose) {
    return h('section', {class: 'card conflict', 'aria-labelledby': 'conflict-title'},
        h('h2', {id: 'conflict-title', tabIndex: -1}, t('admin.conflict.title')),
        h('p', null, t('admin.conflict.text')),
        h('div', {class: 'table-scroll'}, h('table', {class: 'table conflict-table'},
            h('thead', null, h('tr', null, h('td'), h('th', {scope: 'col'}, t('admin.conflict.mine')),
                h('th', {scope: 'col'}, t('admin.conflict.theirs')))),
            h('tbody', null, names.map(name => h('tr', null, h('th', {scope: 'row'}, label(name)),
                h('td', {dir: 'auto'}, valueText(name, mine[name])), h('td', {dir: 'auto'}, valueText(name, theirs[name]))))))),
        h('div', {class: 'buttons'},
            textButton({label: t('admin.conflict.keepMine'), kind: 'primary', run: () => choose('mine')}),
            textButton({label: t('admin.conflict.takeTheirs'), run: () => choose('theirs')})));
}
