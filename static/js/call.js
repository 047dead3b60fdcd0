/**
 * Entry of the call page: makes the parts and wires them. Nothing is global; tests
 * and scripts find their way by the data attributes described in ui/tile.js.
 */

import {createActions} from './core/actions.js';
import {createLog} from './core/log.js';
import {createNotify} from './core/notify.js';
import {createSession} from './core/session.js';
import {choices, createSettings} from './core/settings.js';
import {initialState} from './core/state.js';
import {createStore} from './core/store.js';
import {parameters, withoutSecrets} from './core/url.js';
import {t} from './core/i18n.js';
import {fetchTexts, useLanguage, wantedLanguage} from './core/languages.js';
import {createDevices} from './media/devices.js';
import {createLevels} from './media/levels.js';
import {createPublish} from './media/publish.js';
import {createSubscribe} from './media/subscribe.js';
import {lobby} from './ui/lobby.js';
import {createAnnouncer} from './ui/kit/announce.js';
import {h} from './ui/kit/dom.js';
import {loadIcons} from './ui/kit/icon.js';
import {loadStyle} from './ui/kit/style.js';
import {toasts} from './ui/kit/toast.js';
import {tooltips} from './ui/kit/tooltip.js';

/** @param {'localStorage' | 'sessionStorage'} name */
function storage(name) {
    try {
        return window[name];
    } catch {
        return null;
    }
}

const query = parameters(new URL(location.href));
history.replaceState(null, '', withoutSecrets(new URL(location.href)));

const settings = createSettings({local: storage('localStorage'), session: storage('sessionStorage')});
/** What the address asks for; it holds until the user chooses otherwise. */
/** @type {Record<string, any>} */
const overrides = Object.fromEntries([['theme', query.theme], ['layout', query.layout]]
    .filter(([name, value]) => value && choices[/** @type {string} */ (name)]?.includes(value)));
if (!query.audio)
    overrides.localMute = true;
if (!query.video)
    overrides.camera = false;
const effective = () => ({...settings.all(), ...overrides});

const log = createLog();
const store = createStore(initialState(effective()));
const notify = createNotify(store);

// ---- Media -------------------------------------------------------------------

const levels = createLevels({
    onspeaking(key, speaking) {
        const {me, media, speaking: before, settings} = store.get();
        const unheard = key === '' && speaking && media.microphone !== 'on';
        if (key === '' && unheard !== media.unheard)
            store.merge('media', {unheard});
        if (unheard)
            return;
        const id = key === '' ? me.id : key;
        if (!id || !settings.activityDetection && speaking)
            return;
        store.set({speaking: {...before, [id]: speaking}});
        store.merge('spoke', {[id]: Date.now()});
    },
});

const publish = createPublish({
    settings: effective,
    onchange: state => store.merge('media', state),
    onproblem(error) {
        log.note('capture', error);
        const key = `capture.${error.source}.${error.problem}`;
        if (error.problem === 'inuse' || error.problem === 'failed')
            notify.error(t(key));
        else if (error.problem === 'unblurred' || store.get().connection.state !== 'idle')
            notify.warning(t(key));
        if (error.problem === 'unblurred')
            settings.set('filter', '');
        devices.refresh().catch(e => log.note('devices', e));
    },
    onnotice: (event, source) => notify.warning(t(`capture.${event}.${source}`)),
});

const subscribe = createSubscribe({
    settings: effective,
    onchange: streams => store.set({streams}),
    onquality(localId, quality) {
        if (store.get().quality[localId] !== quality)
            store.merge('quality', {[localId]: quality});
    },
    onsound: (userId, receiver) => levels.setReceiver(userId, receiver),
    onblocked(soundBlocked) {
        if (store.get().media.soundBlocked !== soundBlocked)
            store.merge('media', {soundBlocked});
    },
});

const devices = createDevices({onchange: list => store.set({devices: list})});

// A microphone that is off is listened to only here, and only in a call, to tell whoever
// speaks that nobody hears it.
store.subscribe(({media, connection, settings}) => [media.microphone$, media.microphone === 'on',
    connection.state === 'joined' && settings.mutedHint], ([, on, hint]) => {
    levels.setOwn(on || hint ? store.get().media.microphone$ : null, !on);
});
// Names of devices appear with the permission.
store.subscribe(({media}) => [media.microphone$ !== null, media.camera$ !== null], () => {
    devices.refresh().catch(e => log.note('devices', e));
});

// ---- Session and actions --------------------------------------------------------

/** What there is to see; the call itself is fetched when somebody joins. */
/** @type {Record<'lobby' | 'call' | 'after', import('./ui/context.js').Component>} */
const views = {lobby, call: () => () => {}, after: () => () => {}};

const session = createSession({
    store, settings, notify, log, publish, subscribe,
    navigate: address => location.assign(address),
    load: async () => {
        const [{callView}, {createFeatures}, {afterCall}] = await Promise.all([
            import('./ui/callview.js'), import('./core/features.js'), import('./ui/aftercall.js'), fetchTexts('call'),
        ]);
        Object.assign(views, {call: callView, after: afterCall});
        if (!actionContext.features) {
            actionContext.features = createFeatures({store, session, notify});
            Object.assign(context, actionContext.features);
        }
    },
});
/** @type {import('./core/actions.js').ActionContext} */
const actionContext = {
    store, session, publish, subscribe, settings, notify, features: null, view: () => context,
};
const actions = createActions(actionContext);

let stored = settings.all();
settings.subscribe(all => {
    const before = store.get().settings;
    for (const [name, value] of Object.entries(all)) {
        if (stored[name] !== value)
            delete overrides[name];
    }
    stored = all;
    const now = effective();
    store.set({settings: now});
    const changed = (/** @type {string[]} */ ...names) => names.some(name => before[name] !== now[name]);
    if (changed('audio', 'preprocessing', 'echo', 'noise', 'gain', 'voiceIsolation'))
        publish.reopen('microphone').catch(e => log.note('microphone', e));
    if (changed('video', 'blackboardMode', 'resolution', 'filter'))
        publish.reopen('camera').catch(e => log.note('camera', e));
    if (changed('send', 'simulcast', 'hqaudio'))
        publish.reconsider();
    if (changed('request'))
        subscribe.requestAgain();
    if (changed('output'))
        subscribe.setOutput();
    if (changed('lang'))
        changeLanguage().catch(e => log.note('language', e));
});

store.subscribe(state => state.settings.theme, theme => {
    if (theme === 'system')
        delete document.documentElement.dataset.theme;
    else
        document.documentElement.dataset.theme = theme;
});

// ---- Views ------------------------------------------------------------------------

await useLanguage(wantedLanguage(settings, query.lang)).catch(e => log.note('language', e));
loadIcons(document.body);
const app = h('div', {class: 'app'});
document.body.append(app);
/** Complete once somebody joins: the lobby does without the features. */
const context = /** @type {import('./ui/context.js').Context} */ ({
    store, settings, session, publish, subscribe, devices, levels, actions, notify, log,
    announcer: createAnnouncer(document.body),
});
const view = h('div', {class: 'view'});
app.append(view);
toasts(app, context);
tooltips(document.body);

/** @type {keyof typeof views} */
let shownView = 'lobby';
/** @type {(() => void) | null} */
let closeView = null;
store.subscribe(({connection: {state}}) =>
    state === 'joined' || state === 'lost' ? 'call' : state === 'ended' ? 'after' : 'lobby',
(name) => {
    shownView = /** @type {keyof typeof views} */ (name);
    showView();
});

/** Shows the view of now, anew if it is there already. */
function showView() {
    closeView?.();
    app.dataset.view = shownView;
    closeView = views[shownView](view, context);
}

/** Shows everything in the language that has been chosen, the open dialog too. */
async function changeLanguage() {
    await useLanguage(wantedLanguage(settings));
    showView();
    const {dialog} = store.get().ui;
    if (!dialog)
        return;
    document.querySelector('dialog[open]')?.addEventListener('close', () =>
        setTimeout(() => store.merge('ui', {dialog})), {once: true});
    store.merge('ui', {dialog: null});
}

/** Dialogs are fetched when they are opened. */
/** @type {Record<string, () => Promise<import('./ui/context.js').Dialog>>} */
const dialogs = {
    settings: async () => {
        const [{settingsDialog}] = await Promise.all([import('./ui/settings-dialog.js'), loadStyle('settings.css')]);
        return settingsDialog;
    },
    help: async () => (await import('./ui/help.js')).helpDialog,
    check: async () => (await import('./ui/troubleshooter.js')).troubleshooter,
    notices: async () => (await import('./ui/notices.js')).noticesDialog,
    send: async () => {
        const {openSendFiles} = await import('./ui/sendfiles.js');
        return (_, context) => openSendFiles(context, {userId: store.get().ui.dialogTab, files: []});
    },
    details: async () => (await import('./ui/details.js')).detailsDialog,
    invite: async () => (await import('./ui/invite.js')).inviteDialog,
};
/** @type {(() => void) | null} */
let closeDialog = null;
store.subscribe(state => state.ui.dialog, name => {
    closeDialog?.();
    closeDialog = null;
    const fetchDialog = dialogs[name ?? ''];
    if (!fetchDialog)
        return;
    Promise.all([fetchDialog(), fetchTexts('call', 'more'), loadStyle('ondemand.css')]).then(([open]) => {
        if (store.get().ui.dialog === name && !closeDialog)
            closeDialog = open(document.body, {...context, closed: () => store.get().ui.dialog === name && store.merge('ui', {dialog: null})});
    }, e => {
        log.note('dialog', e);
        store.merge('ui', {dialog: null});
        notify.error(t('failure.network'));
    });
});

// ---- When something goes wrong -----------------------------------------------------

const crashed = (/** @type {unknown} */ e) => {
    log.note('uncaught', e);
    store.merge('ui', {crash: e instanceof Error ? e.stack ?? String(e) : String(e)});
};
addEventListener('error', event => {
    if (event.error)
        crashed(event.error);
});
addEventListener('unhandledrejection', event => crashed(event.reason));

// ---- Begin -----------------------------------------------------------------------------

if (!('RTCPeerConnection' in window))
    notify.error(t('failure.noWebRTC'));

session.prepare(new URL(location.href), query).then(() => {
    const {mode, name} = store.get().lobby;
    if (query.join && mode === 'form' && name)
        session.login(name, '');
}, e => {
    log.note('prepare', e);
    crashed(e);
});
