/**
 * Messages to the user that appear for a while: toasts. The interface draws what
 * is in the state.
 *
 * @typedef {object} Notify
 * @property {(text: string, action?: {label: string, run: () => void}) => void} info
 * @property {(text: string, action?: {label: string, run: () => void}) => void} warning
 * @property {(text: string, action?: {label: string, run: () => void}) => void} error
 * @property {(id: number) => void} dismiss
 */

/**
 * @param {import('./state.js').StateStore} store
 * @returns {Notify}
 */
export function createNotify(store) {
    let last = 0;
    const push = (/** @type {'info' | 'warning' | 'error'} */ kind) =>
        (/** @type {string} */ text, /** @type {{label: string, run: () => void} | undefined} */ action = undefined) => {
            const {toasts} = store.get().ui;
            const rest = toasts.filter(toast => toast.text !== text);
            store.merge('ui', {
                toasts: [...rest, {id: ++last, kind, text, action: action ?? null}].slice(-20),
            });
        };
    return {
        info: push('info'),
        warning: push('warning'),
        error: push('error'),
        dismiss(id) {
            const {toasts} = store.get().ui;
            store.merge('ui', {toasts: toasts.filter(toast => toast.id !== id)});
        },
    };
}
