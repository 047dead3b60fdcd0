/**
 * What the server itself says, in the language of the user. The protocol has no codes
 * for it; a test finds texts that the server does not have any more. Fetched when it says something.
 */

import {sizeText} from './files.js';
import {fetchTexts} from './languages.js';
import {language, t} from './i18n.js';

/** @type {Readonly<Record<string, string>>} */
export const known = {
    'client not found': 'files.gone',
    'no such user': 'files.gone',
    'user unknown': 'files.gone',
    'internal server error': 'failure.server',
    'not authorised': 'said.forbidden',
    'rate limited': 'said.often',
    'message too large': 'said.long',
    'couldn\'t start recording': 'said.start',
    'already recording': 'said.already',
    'this meeting is encrypted end to end and cannot be recorded': 'said.encrypted',
    'Cannot record: not enough free space for recordings.': 'said.space',
    'Cannot record: the group has too many recordings.': 'said.many',
    'The recording has ended: the recordings of this group take too much space.': 'said.quota',
};

/**
 * @param {string} text of the server
 * @returns {Promise<string>} as it is if we do not know it
 */
export async function inOurWords(text) {
    const left = /^The disk for recordings is getting full: (\d+) MiB are left\.$/.exec(text)?.[1];
    const key = left ? 'said.low' : known[text];
    if (!key)
        return text || t('failure.refused');
    await fetchTexts('more');
    return t(key, {size: sizeText(Number(left) * 2 ** 20, language())});
}
