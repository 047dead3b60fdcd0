/**
 * The chat as a text file.
 */

import {save} from './files.js';
import {chatText} from '../core/chattext.js';
import {language} from '../core/i18n.js';

/** @param {import('./context.js').Context} context */
export function exportChat({store}) {
    const {chat, group} = store.get();
    save(new Blob([chatText(chat.messages, language())], {type: 'text/plain'}), `${group.title}.txt`);
}
