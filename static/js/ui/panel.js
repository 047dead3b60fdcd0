/**
 * The panel beside the stage: chat, people and others; on small screens a sheet over it.
 * Whether it is open is the user's business: nothing else opens or closes it.
 */

import {h, setText} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {iconButton} from './kit/button.js';
import {loadStyle} from './kit/style.js';
import {byKeyboard} from './kit/focus.js';
import {chat} from './chat.js';
import {people} from './people.js';
import {t} from '../core/i18n.js';
import {fetchTexts} from '../core/languages.js';

/** @typedef {import('./context.js').Component} Component */

/** What nearly everybody opens. @type {Record<string, Component>} */
const here = {chat, people};

/** What is fetched when somebody wants it. @type {Record<string, () => Promise<Component>>} */
const later = {
    files: async () => (await import('./files.js')).filesPanel,
    host: async () => (await import('./host.js')).hostPanel,
    breakout: async () => (await import('./breakout.js')).breakoutPanel,
    transcript: async () => (await import('./transcript.js')).transcript,
};

/** @type {import('./context.js').Component} */
export function panel(host, context) {
    const {store, actions, notify, log} = context;
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
    /** @param {string} name */
    const fill = name => {
        const component = here[name];
        if (component) {
            close = component(body, context);
            return;
        }
        Promise.all([later[name]?.(), fetchTexts('more'), loadStyle('ondemand.css')]).then(([fetched]) => {
            if (fetched && store.get().ui.panel === name && !close && element.isConnected)
                close = fetched(body, context);
        }, e => {
            log.note('panel', e);
            notify.error(t('failure.network'));
            if (store.get().ui.panel === name)
                actions.closePanel.run();
        });
    };
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
        fill(now);
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
