/**
 * Choosing the single-letter keys.
 */

import {h, setText} from './kit/dom.js';
import {textButton} from './kit/button.js';
import {singleKeys} from './kit/shortcuts.js';
import {keyText} from './kit/keys.js';
import {t} from '../core/i18n.js';

/**
 * A field for each key: what is typed in it becomes the key, Delete leaves none.
 *
 * @param {import('./context.js').Context} context
 * @returns {HTMLElement}
 */
export function keyFields({settings}) {
    const element = h('div', {class: 'key-fields'});
    const build = () => element.replaceChildren(...singleKeys(settings.get('keys')).map(({label, key}) => {
        const id = `key-${label.replace('.', '-')}`;
        const error = h('p', {class: 'field-error', id: `${id}-error`, role: 'alert', hidden: true});
        const show = (/** @type {string} */ now) => {
            input.value = now ? keyText({key: now}) : '';
        };
        const input = h('input', {
            type: 'text', class: 'input key-input', id, autocomplete: 'off', spellcheck: false, readOnly: true,
            'aria-describedby': `${id}-error`, 'data-key-for': label,
            on: {
                keydown(/** @type {KeyboardEvent} */ event) {
                    if (event.ctrlKey || event.metaKey || event.altKey)
                        return;
                    const none = event.key === 'Backspace' || event.key === 'Delete';
                    const wanted = none ? '' : event.key.toLowerCase();
                    if (!none && ([...event.key].length !== 1 || event.key === ' '))
                        return;
                    event.preventDefault();
                    const other = singleKeys(settings.get('keys')).find(entry => entry.key === wanted && entry.label !== label);
                    error.hidden = !other || none;
                    input.toggleAttribute('aria-invalid', !error.hidden);
                    if (other && !none) {
                        setText(error, t('keys.taken', {key: keyText({key: wanted}), what: t(other.label)}));
                        return;
                    }
                    settings.set('keys', {...settings.get('keys'), [label]: wanted});
                    show(wanted);
                },
            },
        });
        show(key);
        return h('div', {class: 'field key-field'}, h('label', {for: id}, t(label)), input, error);
    }));
    build();
    return h('div', null, h('p', {class: 'hint'}, t('keys.hint')), element,
        textButton({label: t('keys.reset'), icon: 'rotate-ccw', props: {'data-action': 'reset-keys'}, run() {
            settings.unset('keys');
            build();
        }}));
}
