/**
 * What is offered to oneself in a call because of what happens: unmuting, lowering the
 * hand. And what one is told of one's own camera and connection.
 */

import {createScope} from './kit/scope.js';
import {createHandOffer, createMutedHint} from '../core/hints.js';
import {t} from '../core/i18n.js';

/** @type {import('./context.js').Component} */
export function hints(host, {store, actions, notify}) {
    const scope = createScope();

    const muted = createMutedHint(() => notify.info(t('hint.muted'), {
        label: t('banner.unmute'), run: () => actions.toggleMicrophone.run(),
    }, 'muted'));
    scope.add(store.subscribe(state => state.media.microphone === 'off' && state.media.unheard, muted));
    scope.add(() => muted(false));

    const hand = createHandOffer(() => notify.info(t('hint.hand'), {
        label: t('control.lower'), run: () => actions.setHand.run(false),
    }, 'hand'));
    scope.add(store.subscribe(({me, speaking}) => [me.hand, Boolean(speaking[me.id])],
        ([raised = false, speaks = false]) => hand(raised, speaks)));
    scope.add(() => hand(false, false));

    scope.add(store.subscribe(state => state.media.cameraPaused, (paused, before) => {
        if (paused)
            notify.warning(t('hint.cameraPaused'), null, 'paused');
        else if (before)
            notify.info(t('hint.cameraBack'), null, 'paused');
    }));

    // A warning that was put away comes again when the connection has been good meanwhile.
    scope.add(store.subscribe(state => state.media.weak, weak => {
        if (!weak && store.get().ui.weakSeen)
            store.merge('ui', {weakSeen: false});
    }));
    return scope.dispose;
}
