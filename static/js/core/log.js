/**
 * The last things worth knowing when something went wrong, for "Copy details".
 * Nothing is sent anywhere.
 *
 * @typedef {object} Log
 * @property {(text: string, detail?: unknown) => void} note
 * @property {() => string} text
 */

/**
 * @param {{now?: () => number, size?: number}} [options]
 * @returns {Log}
 */
export function createLog({now = Date.now, size = 100} = {}) {
    /** @type {string[]} */
    const lines = [];
    return {
        note(text, detail) {
            const more = detail === undefined ? '' : ` ${describe(detail)}`;
            lines.push(`${new Date(now()).toISOString()} ${text}${more}`);
            if (lines.length > size)
                lines.shift();
        },
        text: () => lines.join('\n'),
    };
}

/**
 * @param {unknown} detail
 * @returns {string}
 */
function describe(detail) {
    if (detail instanceof Error)
        return detail.stack ?? String(detail);
    return typeof detail === 'string' ? detail : JSON.stringify(detail);
}
