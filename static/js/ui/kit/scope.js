/**
 * What a component must undo when it goes: subscriptions, listeners, elements.
 *
 * @typedef {object} Scope
 * @property {(undo: () => void) => void} add
 * @property {(target: EventTarget, type: string, listener: (event: any) => void, options?: AddEventListenerOptions) => void} listen
 * @property {(host: Element, element: Element) => void} mount appends an element
 *     that goes with the component
 * @property {() => void} dispose undoes everything, latest first
 */

/** @returns {Scope} */
export function createScope() {
    /** @type {(() => void)[]} */
    const undos = [];
    return {
        add: undo => {
            undos.push(undo);
        },
        listen(target, type, listener, options) {
            target.addEventListener(type, listener, options);
            undos.push(() => target.removeEventListener(type, listener, options));
        },
        mount(host, element) {
            host.append(element);
            undos.push(() => element.remove());
        },
        dispose() {
            for (const undo of undos.splice(0).reverse())
                undo();
        },
    };
}
