/**
 * Arguments of commands, and what is wrong with them.
 */

import {t} from './i18n.js';

/** What is wrong with a command, in words for the user. */
export class CommandError extends Error {
    /** @param {string} message */
    constructor(message) {
        super(message);
        this.name = 'CommandError';
    }
}

/**
 * Takes the first argument off a line. It may stand in single or double quotes,
 * with backslash escapes.
 *
 * @param {string} line
 * @returns {[string, string]} the argument and the rest
 */
export function firstArgument(line) {
    line = line.trimStart();
    const quote = line[0];
    if (quote !== '"' && quote !== '\'') {
        const at = line.search(/\s/);
        return at < 0 ? [line, ''] : [line.slice(0, at), line.slice(at).trimStart()];
    }
    let word = '';
    for (let i = 1; i < line.length; i++) {
        const c = line.charAt(i);
        if (c === quote)
            return [word, line.slice(i + 1).trimStart()];
        if (c === '\\' && i + 1 < line.length)
            word += line.charAt(++i);
        else
            word += c;
    }
    throw new CommandError(t('command.openQuote'));
}
