/**
 * @typedef {(text: string, action?: {label: string, run: () => void} | null, topic?: string) => void} Push
 * shows a text, in place of an earlier one about the same topic
 */

/**
 * Messages to the user that appear for a while: toasts. The interface draws what
 * is in the state.
 *
 * @typedef {object} Notify
 * @property {Push} info
 * @property {Push} warning
 * @property {Push} error
 * @property {(id: number) => void} dismiss
 */

/**
 * @param {import('./state.js').StateStore} store
 * @returns {Notify}
 */
export function createNotify(store) {
    let last = 0;
    const push = (/** @type {'info' | 'warning' | 'error'} */ kind) =>
        (/** @type {string} */ text, /** @type {{label: string, run: () => void} | null} */ action = null, topic = text) => {
            const {toasts, notices} = store.get().ui;
            const rest = toasts.filter(toast => toast.topic !== topic);
            store.merge('ui', {
                toasts: [...rest, {id: ++last, kind, text, topic, action}].slice(-20),
                notices: [...notices, {kind, text, time: Date.now()}].slice(-100),
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
