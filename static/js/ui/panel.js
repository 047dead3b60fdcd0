/**
 * The panel beside the stage: chat, people and others; on small screens a sheet over it.
 * Whether it is open is the user's business: nothing else opens or closes it.
 */

import {h, setText} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {iconButton} from './kit/button.js';
import {byKeyboard} from './kit/focus.js';
import {chat} from './chat.js';
import {filesPanel} from './files.js';
import {hostPanel} from './host.js';
import {people} from './people.js';
import {transcript} from './transcript.js';
import {t} from '../core/i18n.js';

const contents = {chat, people, files: filesPanel, host: hostPanel, transcript};

/** @type {import('./context.js').Component} */
export function panel(host, context) {
    const {store, actions} = context;
    const scope = createScope();
    const title = h('h2', {class: 'panel-title', tabIndex: -1});
    const body = h('div', {class: 'panel-body'});
    const element = h('aside', {class: 'panel', tabIndex: -1, hidden: true},
        h('div', {class: 'panel-header'}, title,
          iconButton({label: t('panel.close'), icon: 'x', run: () => actions.closePanel.run()})),
        body);
    scope.mount(host, element);

    /** @type {(() => void) | null} */
    let close = null;
    /** @type {HTMLElement | null} */
    let opener = null;
    scope.add(store.subscribe(state => state.ui.panel, (now, before) => {
        const hadFocus = element.contains(document.activeElement);
        if (!before && document.activeElement instanceof HTMLElement)
            opener = document.activeElement;
        close?.();
        close = null;
        element.hidden = now === null;
        host.dataset.panel = now ?? '';
        if (!now) {
            if (hadFocus && opener?.isConnected)
                opener.focus();
            return;
        }
        element.dataset.panelName = now;
        setText(title, t(`panel.${now}`));
        element.setAttribute('aria-label', t(`panel.${now}`));
        close = contents[now](body, context);
        if (byKeyboard())
            title.focus();
        else if (now === 'chat' && matchMedia('(pointer: fine)').matches)
            element.querySelector('textarea')?.focus();
    }));
    scope.add(() => close?.());

    // On a phone the back gesture closes the sheet rather than the call.
    scope.add(store.subscribe(state => state.ui.panel !== null, open => {
        if (host.clientWidth >= 600)
            return;
        if (open && history.state?.panel !== true)
            history.pushState({panel: true}, '');
        else if (!open && history.state?.panel === true)
            history.back();
    }));
    scope.listen(window, 'popstate', () => {
        if (history.state?.panel !== true)
            actions.closePanel.run();
    });
    return scope.dispose;
}
