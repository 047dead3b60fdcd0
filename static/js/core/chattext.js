/**
 * The chat as plain text, to be kept.
 */

import {t} from './i18n.js';

/**
 * A heading for each day, then a line for each message: time, author, text. What the program
 * itself has said is left out.
 *
 * @param {import('./state.js').Message[]} messages
 * @param {string} locale
 * @returns {string}
 */
export function chatText(messages, locale) {
    const day = new Intl.DateTimeFormat(locale, {dateStyle: 'full'});
    const clock = new Intl.DateTimeFormat(locale, {timeStyle: 'short'});
    let result = '';
    let last = '';
    for (const {kind, time, name, own, dest, destName, text} of messages) {
        if (kind === 'output')
            continue;
        const today = day.format(time);
        if (today !== last)
            result += `${last ? '\n' : ''}${today}\n\n`;
        last = today;
        const author = kind === 'system' ? t('chat.server') : name || t('people.anonymous');
        const to = dest === null ? '' :
            ` (${own ? t('chat.privateTo', {name: destName || t('people.anonymous')}) : t('chat.privateToYou')})`;
        const said = text.replace(/\n/g, '\n    ');
        result += `[${clock.format(time)}] ${kind === 'me' ? `* ${author} ${said}` : `${author}${to}: ${said}`}\n`;
    }
    return result;
}
