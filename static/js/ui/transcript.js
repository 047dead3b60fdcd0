/**
 * The transcript: all captions of the call, to read, copy and save.
 */

import {h} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {icon} from './kit/icon.js';
import {textButton} from './kit/button.js';
import {save} from './files.js';
import {timeOf} from '../core/format.js';
import {language, t} from '../core/i18n.js';

/** @typedef {import('../core/state.js').Caption} Caption */

/** @type {import('./context.js').Component} */
export function transcript(host, {store, notify}) {
    const scope = createScope();
    const list = h('ol', {class: 'transcript-lines'});
    const scroller = h('div', {class: 'transcript-text', tabIndex: 0, role: 'region', 'aria-label': t('panel.transcript')}, list);
    const empty = h('div', {class: 'panel-empty'}, icon('captions', 'panel-empty-icon'),
        h('p', {class: 'panel-empty-title'}, t('transcript.empty')), h('p', null, t('transcript.emptyHint')));
    const when = (/** @type {Caption} */ {time}) => timeOf(time, Date.now(), language());
    const text = () => store.get().captions.map(line => `[${when(line)}] ${line.name ? `${line.name}: ` : ''}${line.text}\n`).join('');
    const tools = h('div', {class: 'files-tools transcript-tools'},
        textButton({label: t('files.save'), icon: 'download', props: {'data-action': 'save'},
                    run: () => save(new Blob([text()], {type: 'text/plain'}), `${store.get().group.title}.txt`)}),
        textButton({label: t('chat.copy'), icon: 'copy', run: () => {
            navigator.clipboard.writeText(text()).then(
                () => notify.info(t('chat.copied')), () => notify.warning(t('chat.notCopied')));
        }}));
    scope.mount(host, h('div', {class: 'files'}, tools, empty, scroller));
    let count = 0;
    scope.add(store.subscribe(state => state.captions, lines => {
        const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40;
        if (lines.length < count || lines.length === count && count > 0) {
            list.replaceChildren();
            count = 0;
        }
        list.append(...lines.slice(count).map(line => h('li', null,
            h('span', {class: 'message-time'}, when(line)), ' ',
            h('span', {dir: 'auto'}, line.name && h('strong', null, `${line.name}: `), line.text))));
        count = lines.length;
        empty.hidden = count > 0;
        tools.hidden = scroller.hidden = count === 0;
        if (atEnd)
            scroller.scrollTop = scroller.scrollHeight;
    }));
    return scope.dispose;
}
