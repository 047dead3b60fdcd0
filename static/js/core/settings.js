/**
 * The stored settings: one JSON object under the key "settings", with a version.
 * The names and meanings of the older interface's settings are kept; what it left
 * in session storage is taken over once. Secrets are never stored.
 */

import {languages} from './languages.js';

export const version = 1;

const key = 'settings';

/** Every setting, with its default. Null means "not set". */
export const defaults = Object.freeze({
    name: '',
    video: null,
    audio: null,
    output: null,
    camera: true,
    localMute: false,
    mirrorView: true,
    blackboardMode: false,
    preprocessing: true,
    echo: null,
    noise: null,
    gain: null,
    hqaudio: false,
    filter: '',
    send: 'normal',
    simulcast: 'auto',
    request: 'everything',
    activityDetection: true,
    displayAll: true,
    resolution: null,
    forceRelay: false,
    theme: 'system',
    lang: 'system',
    layout: 'auto',
    selfView: 'auto',
    shortcuts: true,
    captions: true,
    pushToTalk: false,
    mutedHint: true,
    sounds: 'off',
    notify: 'off',
    captionSize: 'normal',
    captionPlace: 'bottom',
    maxTiles: null,
    keys: Object.freeze({}),
    voiceIsolation: false,
    enterSends: true,
    announceChat: true,
});

/** @type {Record<string, unknown[]>} */
export const choices = Object.freeze({
    filter: ['', 'mirror-h', 'mirror-v', 'rotate', 'background-blur'],
    send: ['lowest', 'low', 'normal', 'unlimited'],
    simulcast: ['off', 'auto', 'on'],
    request: ['', 'audio', 'screenshare', 'everything-low', 'everything'],
    theme: ['system', 'light', 'dark'],
    lang: ['system', ...Object.keys(languages)],
    layout: ['auto', 'grid', 'speaker', 'sidebar'],
    selfView: ['auto', 'grid', 'floating', 'hidden'],
    sounds: ['off', 'quiet', 'normal', 'loud'],
    notify: ['off', 'mentions', 'all'],
    captionSize: ['small', 'normal', 'large', 'huge'],
    captionPlace: ['bottom', 'top'],
});

/**
 * Whether a value may be stored under a name.
 *
 * @param {string} name
 * @param {unknown} value
 * @returns {boolean}
 */
export function valid(name, value) {
    if (!Object.hasOwn(defaults, name))
        return false;
    if (Object.hasOwn(choices, name))
        return choices[name]?.includes(value) ?? false;
    const fallback = /** @type {Record<string, unknown>} */ (defaults)[name];
    switch (name) {
    case 'video': case 'audio': case 'output':
        return value === null || typeof value === 'string';
    case 'echo': case 'noise': case 'gain':
        return value === null || typeof value === 'boolean';
    case 'maxTiles':
        return value === null || Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 100;
    case 'keys':
        // From the name of what the key does to a letter or digit; empty is no key.
        return typeof value === 'object' && value !== null && !Array.isArray(value) &&
            Object.values(value).every(key => typeof key === 'string' && [...key].length <= 1 && !/\s/.test(key));
    case 'resolution':
        return value === null || Array.isArray(value) && value.length === 2 &&
            value.every(n => Number.isInteger(n) && n > 0);
    default:
        return typeof value === typeof fallback;
    }
}

/**
 * Makes complete, valid settings of whatever was stored, by this version or by
 * the older interface.
 *
 * @param {unknown} stored
 * @returns {Record<string, any>}
 */
export function migrate(stored) {
    /** @type {Record<string, any>} */
    const result = {...defaults};
    if (typeof stored !== 'object' || stored === null || Array.isArray(stored))
        return result;
    const old = !('version' in stored);
    for (const [name, value] of Object.entries(stored)) {
        if (valid(name, value))
            result[name] = value;
    }
    if (old) {
        // An empty device meant "off" there.
        if (result.video === '') {
            result.video = null;
            result.camera = false;
        }
        if (result.audio === '') {
            result.audio = null;
            result.localMute = true;
        }
        // These two were off there because they were poor, not because anybody chose so.
        result.activityDetection = true;
        result.displayAll = true;
    }
    return result;
}

/**
 * @typedef {object} Settings
 * @property {(name: string) => any} get
 * @property {() => Record<string, any>} all
 * @property {(name: string, value: unknown) => boolean} set false if the value is not allowed
 * @property {(name: string) => void} unset
 * @property {() => void} forget erases what is stored and returns to the defaults
 * @property {(listener: (all: Record<string, any>) => void) => () => void} subscribe
 */

/**
 * @param {{local: Storage | null, session: Storage | null}} storages either may be
 *     null when the browser forbids storage; the settings then live in memory
 * @returns {Settings}
 */
export function createSettings({local, session}) {
    let values = migrate(read(local) ?? read(session));
    /** @type {Set<(all: Record<string, any>) => void>} */
    const listeners = new Set();

    const save = () => {
        try {
            local?.setItem(key, JSON.stringify({version, ...values}));
        } catch {
            // Storage is full or forbidden: the settings last as long as the page.
        }
        for (const listener of [...listeners])
            listener(values);
    };

    return {
        get: name => values[name],
        all: () => values,
        set(name, value) {
            if (!valid(name, value))
                return false;
            if (values[name] === value)
                return true;
            values = {...values, [name]: value};
            save();
            return true;
        },
        unset(name) {
            if (!Object.hasOwn(defaults, name))
                return;
            values = {...values, [name]: /** @type {Record<string, unknown>} */ (defaults)[name]};
            save();
        },
        forget() {
            values = {...defaults};
            save();
            try {
                local?.removeItem(key);
                session?.removeItem(key);
            } catch {
                // Nothing was stored then.
            }
        },
        subscribe(listener) {
            listeners.add(listener);
            return () => {
                listeners.delete(listener);
            };
        },
    };
}

/**
 * @param {Storage | null} storage
 * @returns {unknown} undefined if there is nothing or nothing that can be read
 */
function read(storage) {
    try {
        const text = storage?.getItem(key);
        return text ? JSON.parse(text) : undefined;
    } catch {
        return undefined;
    }
}
