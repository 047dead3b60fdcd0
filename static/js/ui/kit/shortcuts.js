/**
 * Keyboard shortcuts: a table from keys to actions. Single letters do nothing
 * inside fields, and can be switched off.
 */

import {createScope} from './scope.js';
import {keyText, toggleKeys} from './keys.js';
import {closeMenu, menuIsOpen} from './menu.js';

/**
 * @typedef {object} Shortcut
 * @property {string} key as in KeyboardEvent.key, lower case
 * @property {boolean} [control] with Ctrl, or ⌘ on Apple's systems; then in fields too
 * @property {string} label key of the text
 * @property {(context: import('../context.js').Context) => void} run
 */

/** @type {readonly Shortcut[]} */
export const shortcuts = Object.freeze([
    {...toggleKeys.microphone, label: 'shortcut.microphone', run: ({actions}) => actions.toggleMicrophone.run()},
    {...toggleKeys.camera, label: 'shortcut.camera', run: ({actions}) => actions.toggleCamera.run()},
    {key: 'm', label: 'shortcut.microphone', run: ({actions}) => actions.toggleMicrophone.run()},
    {key: 'v', label: 'shortcut.camera', run: ({actions}) => actions.toggleCamera.run()},
    {key: 's', label: 'shortcut.share', run: ({actions}) => actions.shareScreen.run()},
    {key: 'h', label: 'shortcut.hand', run: ({actions}) => actions.toggleHand.run()},
    {key: 'r', label: 'shortcut.react', run: () => /** @type {HTMLElement | null} */ (
        document.querySelector('[data-control="react"]'))?.click()},
    {key: 't', label: 'shortcut.captions', run: ({actions}) => actions.toggleCaptions.run()},
    {key: 'c', label: 'shortcut.chat', run: ({actions}) => actions.toggleChat.run()},
    {key: 'p', label: 'shortcut.people', run: ({actions}) => actions.togglePeople.run()},
    {key: 'g', label: 'shortcut.layout', run: ({actions}) => actions.nextLayout.run()},
    {key: 'f', label: 'shortcut.fullscreen', run: ({actions}) => actions.toggleFullScreen.run()},
    {key: 'i', label: 'shortcut.selfView', run: ({actions}) => actions.toggleSelfView.run()},
    {key: 'pageup', label: 'shortcut.previousPage', run: ({actions}) => actions.turnPage.run(-1)},
    {key: 'pagedown', label: 'shortcut.nextPage', run: ({actions}) => actions.turnPage.run(1)},
    {key: '?', label: 'shortcut.help', run: ({actions}) => actions.openHelp.run()},
]);

/**
 * The key of a shortcut, which the user may have chosen.
 *
 * @param {Shortcut} shortcut
 * @param {Record<string, string>} chosen the setting "keys"
 * @returns {string} empty if there is none
 */
export function keyOf({key, control, label}, chosen) {
    return !control && Object.hasOwn(chosen, label) ? chosen[label] ?? '' : key;
}

/**
 * The shortcuts whose key can be chosen: single letters and digits.
 *
 * @param {Record<string, string>} chosen the setting "keys"
 * @returns {{label: string, key: string}[]}
 */
export function singleKeys(chosen) {
    return shortcuts.filter(({key, control}) => !control && key.length === 1)
        .map(shortcut => ({label: shortcut.label, key: keyOf(shortcut, chosen)}));
}

/**
 * The key for a shortcut's text, for tooltips.
 *
 * @param {string} label
 * @param {Record<string, string>} chosen the setting "keys"
 * @returns {string} empty if there is none
 */
export function keyFor(label, chosen) {
    const found = shortcuts.find(shortcut => shortcut.label === label);
    const key = found && keyOf(found, chosen);
    return key ? keyText({...found, key}) : '';
}

/** Regions between which F6 moves. */
const regions = '.header, .stage, .controls, .panel:not([hidden])';

/**
 * @param {HTMLElement} host
 * @param {import('../context.js').Context} context
 * @returns {() => void}
 */
export function keyboard(host, context) {
    const {store, settings, actions, publish} = context;
    const scope = createScope();

    // Push to talk: while Space is held, and nothing that Space would press has the focus.
    let talking = false;
    const talk = (/** @type {boolean} */ on) => {
        talking = on;
        publish.setMicrophone(on).catch(() => {});
    };
    scope.listen(document, 'keydown', event => {
        if (event.key !== ' ' || event.repeat || talking || !settings.get('pushToTalk') ||
            event.target.closest?.('button, a, input, textarea, select, dialog, [role^="menu"], [contenteditable]') ||
            store.get().connection.state !== 'joined' || store.get().media.microphone === 'on')
            return;
        event.preventDefault();
        talk(true);
    });
    scope.listen(document, 'keyup', event => {
        if (event.key === ' ' && talking)
            talk(false);
    });
    scope.listen(window, 'blur', () => talking && talk(false));

    const nextRegion = (/** @type {number} */ by) => {
        const all = /** @type {HTMLElement[]} */ ([...host.querySelectorAll(regions)]);
        const at = all.findIndex(region => region.contains(document.activeElement));
        const target = all[(at + by + all.length) % all.length] ?? all[0];
        target?.focus();
    };

    scope.listen(document, 'keydown', event => {
        if (event.defaultPrevented || event.isComposing || document.querySelector('dialog[open]'))
            return;
        if (event.key === 'F6') {
            event.preventDefault();
            nextRegion(event.shiftKey ? -1 : 1);
            return;
        }
        if (event.key === 'Escape') {
            if (menuIsOpen())
                closeMenu();
            else
                actions.closePanel.run();
            return;
        }
        const control = event.ctrlKey || event.metaKey;
        const field = event.target.closest?.('input, textarea, select, [contenteditable]');
        if (!control && (field || !settings.get('shortcuts') || event.altKey))
            return;
        const state = store.get().connection.state;
        if (state !== 'joined' && state !== 'lost' && !control)
            return;
        const key = event.key.toLowerCase();
        const found = shortcuts.find(shortcut => keyOf(shortcut, settings.get('keys')) === key && Boolean(shortcut.control) === control);
        if (!found || event.repeat)
            return;
        event.preventDefault();
        found.run(context);
    });
    return scope.dispose;
}
