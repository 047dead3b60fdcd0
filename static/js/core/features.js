/**
 * What only a call needs, and is fetched with it: invitations, files, reactions.
 */

import {createFiles} from './files.js';
import {createInvitations} from './invitations.js';
import {createReactions} from './reactions.js';
import {createTokens} from './tokens.js';

/** @typedef {ReturnType<typeof createFeatures>} Features */

/**
 * To be called before the first connection is opened: the features listen to it.
 *
 * @param {{store: import('./state.js').StateStore, session: import('./session.js').Session,
 *     notify: import('./notify.js').Notify}} parts
 */
export function createFeatures({store, session, notify}) {
    const tokens = createTokens({store, session});
    return {
        tokens,
        invitations: createInvitations({store, session, tokens, notify}),
        files: createFiles({store, session}),
        reactions: createReactions({store, session}),
    };
}
