/**
 * The lobby: who you are, how you look and sound, Join.
 */

import {attribute, h, setText} from './kit/dom.js';
import {createScope} from './kit/scope.js';
import {icon, setIcon} from './kit/icon.js';
import {iconButton, textButton} from './kit/button.js';
import {toggleKeys} from './kit/keys.js';
import {avatar, setAvatar} from './avatar.js';
import {deviceField} from './devicemenu.js';
import {deviceToggle} from './toggle.js';
import {meter} from './meter.js';
import {preview} from './preview.js';
import {home} from '../core/url.js';
import {t} from '../core/i18n.js';

/** A group that may let us in later is asked again this often, in milliseconds. */
const retryInterval = 30_000;

/** @type {import('./context.js').Component} */
export function lobby(host, context) {
    const {store, settings, session, publish, devices, levels, actions} = context;
    const scope = createScope();

    // ---- Preview -------------------------------------------------------------

    const initials = avatar('', 'avatar-large');
    const notice = h('p', {class: 'preview-notice'});
    const face = h('div', {class: 'preview-empty'}, initials, notice);
    const picture = h('div', {class: 'preview'}, face);
    scope.add(preview(picture, context));
    const toggles = h('div', {class: 'preview-toggles'});
    const meterBox = h('div', {class: 'preview-meter'}, icon('mic'));
    const silent = h('p', {class: 'preview-meter'});
    picture.append(meterBox, silent, toggles);
    scope.add(deviceToggle(toggles, context, 'microphone', {arrow: false}));
    scope.add(deviceToggle(toggles, context, 'camera', {arrow: false}));
    scope.add(meter(meterBox, context));
    const fields = h('div', {class: 'device-fields'});
    for (const setting of /** @type {const} */ (['audio', 'video', 'output']))
        scope.add(deviceField(fields, context, setting, {compact: true}));

    // ---- Form ----------------------------------------------------------------

    const name = h('input', {
        class: 'input', id: 'lobby-name', name: 'username', type: 'text', autocomplete: 'username',
        autocapitalize: 'words', spellcheck: false, maxLength: 100, placeholder: t('lobby.namePlaceholder'),
        on: {input: () => showInitials()},
    });
    const password = h('input', {
        class: 'input', id: 'lobby-password', name: 'password', type: 'password',
        autocomplete: 'current-password', placeholder: t('lobby.passwordPlaceholder'),
    });
    const reveal = iconButton({
        label: t('lobby.showPassword'), icon: 'eye', class: 'reveal',
        props: {'aria-pressed': 'false'},
        run() {
            const show = password.type === 'password';
            password.type = show ? 'text' : 'password';
            reveal.setAttribute('aria-pressed', String(show));
            const glyph = reveal.querySelector('svg');
            if (glyph)
                setIcon(glyph, show ? 'eye-off' : 'eye');
        },
    });
    const nameError = h('p', {class: 'field-error', id: 'lobby-name-error', hidden: true});
    const passwordError = h('p', {class: 'field-error', id: 'lobby-password-error', hidden: true});
    const nameField = h('div', {class: 'field'},
        h('label', {for: 'lobby-name'}, t('lobby.name')), name, nameError);
    const passwordField = h('div', {class: 'field'},
        h('label', {for: 'lobby-password'}, t('lobby.password')),
        h('div', {class: 'input-with-button'}, password, reveal), passwordError);
    const failure = h('p', {class: 'callout callout-danger', role: 'alert', hidden: true});
    const known = h('p', {class: 'lobby-known', hidden: true});
    const joinLabel = h('span', null);
    const spinner = icon('loader-circle', 'spinning');
    const join = h('button', {type: 'submit', class: 'button button-primary lobby-join'}, spinner, joinLabel);
    const again = textButton({label: t('lobby.tryAgain'), icon: 'rotate-cw', run: () => retry()});
    const form = h('form', {
        class: 'lobby-form', novalidate: true,
        on: {
            submit(event) {
                event.preventDefault();
                submit();
            },
        },
    }, failure, known, nameField, passwordField, join, again);
    form.noValidate = true;

    const title = h('h1', {class: 'lobby-title', dir: 'auto', tabIndex: -1});
    const description = h('p', {class: 'lobby-description', dir: 'auto'});
    const facts = h('p', {class: 'lobby-facts'});
    const loading = h('p', {class: 'lobby-loading'}, icon('loader-circle', 'spinning'), t('lobby.loading'));
    const main = h('main', {class: 'lobby-card'},
        h('div', {class: 'lobby-look'}, picture, fields),
        h('div', {class: 'lobby-who'}, title, description, facts, loading, form));
    scope.mount(host, h('div', {class: 'lobby'},
        h('header', {class: 'lobby-header'},
            h('a', {class: 'lobby-home', href: home}, icon('house'), h('span', null, t('lobby.home'))),
            h('div', {class: 'lobby-tools'},
                iconButton({label: t('menu.check'), icon: 'activity', run: () => actions.openCheck.run()}),
                iconButton({label: t('menu.settings'), icon: 'settings', run: () => actions.openSettings.run()}))),
        main));

    // ---- Behaviour -----------------------------------------------------------

    const submit = () => {
        const {mode, busy} = store.get().lobby;
        if (busy || mode === 'loading' || mode === 'unavailable')
            return;
        const chosen = name.value.trim();
        if (mode !== 'token' && chosen === '') {
            store.merge('lobby', {failure: {text: 'failure.needUsername', field: 'name', retry: false}});
            return;
        }
        if (mode !== 'token')
            settings.set('name', chosen);
        levels.resume();
        session.login(chosen, password.value);
    };

    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const retry = () => {
        clearTimeout(timer);
        if (store.get().lobby.mode === 'unavailable') {
            session.prepare(new URL(location.href), {token: null, username: null})
                .catch(e => context.log.note('prepare', e));
        } else {
            submit();
        }
    };
    scope.add(() => clearTimeout(timer));

    scope.add(store.subscribe(state => state.group, group => {
        setText(title, group.title);
        setText(description, group.description);
        description.hidden = group.description === '';
        const lines = [];
        if (group.locked)
            lines.push(icon('lock'), t('lobby.locked'));
        else if (group.clientCount !== null)
            lines.push(icon('users'), t('lobby.present', {count: group.clientCount}));
        facts.replaceChildren(...lines);
        facts.hidden = lines.length === 0;
    }));

    scope.add(store.subscribe(state => state.lobby, (now, before) => {
        loading.hidden = now.mode !== 'loading' || now.failure !== null;
        form.hidden = now.mode === 'loading';
        nameField.hidden = now.mode !== 'form' && now.mode !== 'name';
        passwordField.hidden = now.mode !== 'form';
        known.hidden = now.mode !== 'token' || now.name === '';
        setText(known, t('lobby.joinAs', {name: now.name}));
        join.hidden = now.mode === 'unavailable';
        join.disabled = now.busy;
        spinner.toggleAttribute('hidden', !now.busy);
        setText(joinLabel, t(now.busy ? 'lobby.joining' : 'lobby.join'));
        again.hidden = !now.failure?.retry || now.busy;
        if (now.name && now.name !== before?.name && name.value === '') {
            name.value = now.name;
            showInitials();
        }
        showFailure(now.failure);
        clearTimeout(timer);
        if (now.failure?.retry && now.mode !== 'unavailable' && now.failure.text !== 'failure.network')
            timer = setTimeout(retry, retryInterval);
    }));

    function showInitials() {
        setAvatar(initials, name.value);
        initials.hidden = name.value.trim() === '';
    }

    /** @param {import('../core/failures.js').Failure | null} problem */
    function showFailure(problem) {
        const text = problem ? t(problem.text, {text: problem.detail ?? ''}) : '';
        const pairs = /** @type {const} */ ([['name', name, nameError], ['password', password, passwordError]]);
        for (const [field, input, error] of pairs) {
            const mine = problem?.field === field;
            error.replaceChildren(...(mine ? [icon('circle-alert'), text] : []));
            error.hidden = !mine;
            attribute(input, 'aria-invalid', mine ? true : null);
            attribute(input, 'aria-describedby', mine ? error.id : null);
            if (mine) {
                input.focus();
                input.select();
            }
        }
        failure.hidden = !problem || problem.field !== null;
        failure.replaceChildren(...(failure.hidden ? [] : [icon('circle-alert'), h('span', {dir: 'auto'}, text)]));
        // All of it if that fits, but the reason in any case.
        if (problem) {
            for (const element of [form, failure, nameError, passwordError])
                element.scrollIntoView({block: 'nearest'});
        }
    }

    scope.add(store.subscribe(({media}) => [media.camera, media.microphone], () => {
        const {camera, microphone} = store.get().media;
        face.hidden = camera === 'on';
        setText(notice, t(camera === 'missing' && microphone === 'missing' ? 'lobby.noDevices' : `lobby.camera.${camera}`));
        notice.dataset.state = camera;
        meterBox.hidden = microphone !== 'on';
        silent.hidden = camera === microphone || microphone !== 'missing' && microphone !== 'blocked';
        silent.replaceChildren(icon('mic-off'), t(`toggle.microphone.${microphone}`));
    }));

    password.value = session.password();
    name.value = name.value || store.get().lobby.name;
    showInitials();
    scope.listen(host, 'pointerdown', () => levels.resume());
    scope.listen(document, 'keydown', event => {
        const source = /** @type {const} */ (['microphone', 'camera']).find(name => toggleKeys[name].key === event.key.toLowerCase());
        if (!source || !(event.ctrlKey || event.metaKey) || event.repeat || document.querySelector('dialog[open]'))
            return;
        event.preventDefault();
        (source === 'microphone' ? actions.toggleMicrophone : actions.toggleCamera).run();
    });
    if (name.value === '' && matchMedia('(pointer: fine)').matches)
        name.focus();
    // Whoever is on the way to another group keeps what is on.
    if (!store.get().lobby.busy)
        openDevices().catch(e => context.log.note('devices', e));
    return scope.dispose;

    /** Opens what was on the last time, and lists what there is. */
    async function openDevices() {
        const {camera, localMute} = store.get().settings;
        await Promise.all([camera && publish.setCamera(true), !localMute && publish.setMicrophone(true)]);
        await devices.refresh();
    }
}
