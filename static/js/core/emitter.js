/**
 * A typed list of listeners per event.
 *
 * @template {Record<string, unknown[]>} Events
 * @typedef {object} Emitter
 * @property {<K extends keyof Events>(event: K, listener: (...args: Events[K]) => void) => () => void} on
 *     adds a listener and returns the function that removes it
 * @property {<K extends keyof Events>(event: K, ...args: Events[K]) => void} emit
 */

/**
 * @template {Record<string, unknown[]>} Events
 * @returns {Emitter<Events>}
 */
export function createEmitter() {
    /** @type {Map<keyof Events, Set<(...args: any[]) => void>>} */
    const listeners = new Map();
    return {
        on(event, listener) {
            let set = listeners.get(event);
            if (!set) {
                set = new Set();
                listeners.set(event, set);
            }
            set.add(listener);
            return () => {
                listeners.get(event)?.delete(listener);
            };
        },
        emit(event, ...args) {
            for (const listener of [...(listeners.get(event) ?? [])])
                listener(...args);
        },
    };
}
