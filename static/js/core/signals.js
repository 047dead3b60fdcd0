/**
 * What deserves a sound or a notification of the system: found by comparing two states.
 */

import {mentions} from './format.js';
import {heard} from './heard.js';
import {people} from './state.js';
import {readUserData} from './interop.js';

/** In larger groups than this nobody's coming and going is heard. */
export const crowd = 12;

/**
 * @typedef {object} Signal
 * @property {import('../media/cues.js').Cue} cue
 * @property {string} name of the person
 * @property {string} text of a message; empty otherwise
 * @property {boolean} personal a private message, or one that names us
 */

/**
 * @param {import('./state.js').State} before
 * @param {import('./state.js').State} now
 * @returns {Signal[]}
 */
export function signals(before, now) {
    const me = now.me.id;
    if (now.connection.state !== 'joined' || before.connection.state !== 'joined' || before.me.id !== me)
        return [];
    /** @type {Signal[]} */
    const result = [];
    const add = (/** @type {Signal['cue']} */ cue, /** @type {string} */ name, text = '', personal = false) =>
        result.push({cue, name, text, personal});

    if (now.users !== before.users) {
        const present = people(now);
        for (const user of present) {
            const old = before.users[user.id];
            if (user.id === me)
                continue;
            if (!old && present.length <= crowd)
                add('join', user.name);
            if (readUserData(user.data).hand > 0 && readUserData(old?.data).hand === 0)
                add('hand', user.name);
        }
        if (present.length <= crowd) {
            for (const user of people(before)) {
                if (!now.users[user.id] && user.id !== me)
                    add('leave', user.name);
            }
        }
    }
    if (now.chat.messages !== before.chat.messages) {
        for (const message of heard(before.chat.messages, now.chat.messages)) {
            if (message.source)
                add('message', message.name, message.text, message.dest !== null || mentions(message.text, now.me.name));
        }
    }
    return result;
}
