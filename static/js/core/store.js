/**
 * The state of the page: one object, replaced member by member, never edited in
 * place. Subscribers are told in one batch after the current task, and only if
 * what they selected has changed.
 *
 * @template {object} S
 * @typedef {object} Store
 * @property {() => S} get the present state; treat it as read-only
 * @property {(patch: Partial<S>) => void} set replaces top-level members
 * @property {<K extends keyof S>(key: K, patch: Partial<S[K]>) => void} merge
 *     replaces members of one top-level object
 * @property {<V>(selector: (state: S) => V, listener: (value: V, previous: V | undefined) => void) => () => void} subscribe
 *     calls the listener at once and after each change of the selection
 * @property {() => void} flush delivers what is waiting, without waiting
 */

/**
 * @template {object} S
 * @param {S} initial
 * @returns {Store<S>}
 */
export function createStore(initial) {
    let state = initial;
    let scheduled = false;
    /** @type {Set<() => void>} */
    const checks = new Set();

    const flush = () => {
        scheduled = false;
        for (const check of [...checks]) {
            if (checks.has(check))
                check();
        }
    };

    const changed = () => {
        if (scheduled)
            return;
        scheduled = true;
        queueMicrotask(() => {
            if (scheduled)
                flush();
        });
    };

    return {
        get: () => state,
        set(patch) {
            state = {...state, ...patch};
            changed();
        },
        merge(key, patch) {
            state = {...state, [key]: {...state[key], ...patch}};
            changed();
        },
        subscribe(selector, listener) {
            let value = selector(state);
            const check = () => {
                const next = selector(state);
                if (same(next, value))
                    return;
                const previous = value;
                value = next;
                listener(next, previous);
            };
            checks.add(check);
            listener(value, undefined);
            return () => {
                checks.delete(check);
            };
        },
        flush,
    };
}

/**
 * Whether two selections are equal: identical, or arrays with identical
 * elements, so that a selector may return several members at once.
 *
 * @param {unknown} a
 * @param {unknown} b
 * @returns {boolean}
 */
function same(a, b) {
    if (Object.is(a, b))
        return true;
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length &&
        a.every((x, i) => Object.is(x, b[i]));
}
