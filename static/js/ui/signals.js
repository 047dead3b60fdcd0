/**
 * Sounds and notifications of the system for what happens in the call. Both are off until
 * somebody chooses otherwise, and fetched then.
 */

import {createScope} from './kit/scope.js';
import {signals as changes} from '../core/signals.js';
import {createCues, loudness} from '../media/cues.js';
import {t} from '../core/i18n.js';

/** Between two sounds of a kind there is this much silence at least, in milliseconds. */
const rest = 1500;

/** @type {import('./context.js').Component} */
export function signals(host, {store, settings}) {
    const scope = createScope();
    const cues = createCues();
    scope.add(cues.close);
    // For tests: from now on nothing is missed.
    host.dataset.signals = 'true';
    scope.add(() => delete host.dataset.signals);
    /** @type {Map<string, number>} */
    const played = new Map();

    /** @param {import('../core/signals.js').Signal} signal */
    const sound = ({cue}) => {
        const {me, speaking} = store.get();
        const volume = loudness[settings.get('sounds')];
        const now = Date.now();
        // Never into our own words: a microphone would hear it.
        if (!volume || speaking[me.id] || now - (played.get(cue) ?? 0) < rest)
            return;
        played.set(cue, now);
        cues.play(cue, volume);
    };

    /** @type {Set<Notification>} */
    const shown = new Set();
    /** @param {import('../core/signals.js').Signal} signal */
    const notify = ({cue, name, text, personal}) => {
        const wanted = settings.get('notify');
        if (cue !== 'message' || !document.hidden || wanted === 'off' || wanted === 'mentions' && !personal ||
            !('Notification' in window) || Notification.permission !== 'granted')
            return;
        try {
            const note = new Notification(name || t('people.anonymous'), {body: text, tag: 'galene-chat'});
            note.onclick = () => {
                window.focus();
                store.merge('ui', {panel: 'chat'});
                note.close();
            };
            note.onclose = () => shown.delete(note);
            shown.add(note);
        } catch {
            // Phones allow them to service workers only.
        }
    };
    scope.add(() => shown.forEach(note => note.close()));
    scope.listen(document, 'visibilitychange', () => {
        if (!document.hidden)
            shown.forEach(note => note.close());
    });

    let before = store.get();
    scope.add(store.subscribe(state => [state.users, state.chat.messages, state.connection.state], () => {
        const now = store.get();
        for (const signal of changes(before, now)) {
            sound(signal);
            notify(signal);
        }
        before = now;
    }));
    return scope.dispose;
}
