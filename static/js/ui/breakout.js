/**
 * Breakout: subgroups of this group, who is sent there, and how they are called back.
 */

import {arrange, h, setText} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {icon} from './kit/icon.js';
import {textButton} from './kit/button.js';
import {ask} from './kit/dialog.js';
import {deal, shortName} from '../core/subgroups.js';
import {parseGroup} from '../group-name.js';
import {people} from '../core/state.js';
import {home} from '../core/url.js';
import {t} from '../core/i18n.js';

/** @typedef {import('../core/state.js').Place} Place */

/** @type {import('./context.js').Component} */
export function breakoutPanel(host, context) {
    const {store, actions} = context;
    const scope = createScope();
    const section = (/** @type {string} */ title, /** @type {import('./kit/dom.js').Child[]} */ ...children) =>
        h('section', {class: 'host-section'}, h('h3', null, title), children);

    /**
     * @param {string} name of a group
     * @returns {Place | null} null if no group can be called so
     */
    const place = name => {
        const parsed = parseGroup(name, home);
        return parsed && {name: parsed.name, location: parsed.url.href};
    };
    /** @param {string} name of a subgroup, without that of this group */
    const below = name => place(`${store.get().group.name}/${name.trim()}`);
    const others = () => {
        const state = store.get();
        return people(state).filter(user => user.id !== state.me.id);
    };
    const subgroups = () => (store.get().subgroups ?? []).map(({name}) => place(name)).filter(found => found !== null);

    // ---- What there is -----------------------------------------------------------

    const groups = h('ul', {class: 'host-list'});
    const none = h('p', {class: 'hint'}, t('host.noSubgroups'));
    const callBack = textButton({
        label: t('breakout.callBack'), icon: 'undo-2', props: {'data-action': 'call-back'},
        run: () => actions.callBack.run(subgroups()),
    });
    const notice = textButton({
        label: t('host.notice'), icon: 'triangle-alert', props: {'data-action': 'tell'},
        run: () => ask({
            title: t('host.notice'), label: t('host.noticeLabel'), button: t('chat.send'),
            run: text => text.trim() && actions.tellSubgroups.run(subgroups(), text.trim()),
        }),
    });
    const existing = h('section', {class: 'host-section', 'aria-label': t('panel.breakout')}, groups, none,
        textButton({
            label: t('host.refresh'), icon: 'refresh-cw', props: {'data-action': 'subgroups'},
            run: () => actions.refreshSubgroups.run(),
        }), callBack, notice);

    // ---- Sending people ------------------------------------------------------------

    const name = h('input', {class: 'input', id: 'breakout-name', type: 'text', maxLength: 60, autocomplete: 'off', required: true});
    const legend = h('legend', null, t('breakout.who'));
    const list = h('fieldset', {class: 'breakout-people'}, legend);
    /** @type {Map<string, {element: HTMLElement, box: HTMLInputElement, name: HTMLElement}>} */
    const boxes = new Map();
    const chosen = () => others().map(user => user.id).filter(id => boxes.get(id)?.box.checked);
    const form = h('form', {
        class: 'host-section',
        on: {
            submit(event) {
                event.preventDefault();
                const to = below(name.value);
                if (to && chosen().length > 0)
                    actions.sendTo.run(to, chosen());
                else
                    (to ? list.querySelector('input') : name)?.focus();
            },
        },
    }, h('div', {class: 'field'}, h('label', {for: name.id}, t('breakout.name')), name),
    list, h('button', {type: 'submit', class: 'button', 'data-action': 'send'}, icon('send-horizontal'), t('breakout.send')));

    const number = h('input', {class: 'input', id: 'breakout-number', type: 'number', min: 2, max: 50, value: '2', required: true});
    const divide = h('form', {
        class: 'host-section',
        on: {
            submit(event) {
                event.preventDefault();
                deal(others().map(user => user.id), Number(number.value), Math.random).forEach((ids, i) => {
                    const to = below(String(i + 1));
                    if (to && ids.length > 0)
                        actions.sendTo.run(to, ids);
                });
            },
        },
    }, h('div', {class: 'field'}, h('label', {for: number.id}, t('breakout.number')), number),
    h('button', {type: 'submit', class: 'button', 'data-action': 'divide'}, icon('split'), t('breakout.divide')));
    const sending = section(t('breakout.title'), h('p', {class: 'hint'}, t('breakout.hint')), form, divide);
    const alone = h('p', {class: 'hint'}, t('stage.alone'));

    scope.mount(host, h('div', {class: 'files host', 'data-breakout': true}, existing, alone, sending));

    scope.add(store.subscribe(state => [state.subgroups, state.me.permissions], () => {
        const found = store.get().subgroups ?? [];
        none.hidden = found.length > 0;
        callBack.hidden = notice.hidden = found.length === 0;
        arrange(groups, found.map(({name, count}) => {
            const to = place(name);
            return h('li', {class: 'host-row'},
                h('span', {class: 'breakout-name', dir: 'auto'}, shortName(name, store.get().group.name)),
                h('span', {class: 'host-count'}, icon('users'), String(count)),
                to && textButton({
                    label: t('breakout.go'), run: () => actions.visit.run(to),
                    props: {'aria-label': `${t('breakout.go')}: ${name}`},
                }));
        }));
    }));
    scope.add(store.subscribe(state => [state.users, state.me.id], () => {
        const now = others();
        alone.hidden = now.length > 0;
        sending.hidden = now.length === 0;
        for (const id of boxes.keys()) {
            if (!now.some(user => user.id === id))
                boxes.delete(id);
        }
        arrange(list, [legend, ...now.map(user => {
            let entry = boxes.get(user.id);
            if (!entry) {
                const box = h('input', {type: 'checkbox', checked: false});
                const text = h('span', {dir: 'auto'});
                entry = {box, name: text, element: h('label', {class: 'check'}, box, text)};
                boxes.set(user.id, entry);
            }
            setText(entry.name, user.name || t('people.anonymous'));
            return entry.element;
        })]);
    }));
    actions.refreshSubgroups.run();
    return scope.dispose;
}
