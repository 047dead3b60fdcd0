/**
 * How keys are written, and which keys stand on buttons of the lobby too.
 */

const apple = /Mac|iPhone|iPad/.test(globalThis.navigator?.userAgent ?? '');

/**
 * @param {{key: string, control?: boolean}} shortcut `key` as in KeyboardEvent.key, lower case
 * @returns {string}
 */
export function keyText({key, control}) {
    /** @type {Record<string, string>} */
    const names = {pageup: 'Page Up', pagedown: 'Page Down'};
    const name = names[key] ?? key.toUpperCase();
    return control ? (apple ? `⌘${name}` : `Ctrl+${name}`) : name;
}

/** The keys of the two toggles, which work before joining as well. */
export const toggleKeys = Object.freeze({
    microphone: {key: 'd', control: true},
    camera: {key: 'e', control: true},
});
