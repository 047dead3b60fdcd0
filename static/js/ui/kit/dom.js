/**
 * Building DOM: elements with properties and text nodes, never markup.
 */

/**
 * @typedef {Node | string | number | null | undefined | false | Child[]} Child
 */

/**
 * Properties of an element. `class` is the class name; `on` holds listeners by
 * event; names with a dash, and `role`, are attributes; everything else is a DOM
 * property. Null, undefined and false leave an attribute out.
 *
 * @typedef {Record<string, any> & {class?: string, on?: Record<string, (event: any) => void>}} Props
 */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Props | null} [props]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function h(tag, props, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(props ?? {})) {
        if (value === null || value === undefined)
            continue;
        if (name === 'class')
            element.className = value;
        else if (name === 'on')
            listen(element, value);
        else if (name.includes('-') || name === 'role' || name === 'for')
            attribute(element, name, value);
        else
            /** @type {Record<string, any>} */ (/** @type {unknown} */ (element))[name] = value;
    }
    append(element, children);
    return element;
}

/**
 * @param {Element} element
 * @param {Child[]} children
 */
export function append(element, children) {
    for (const child of children) {
        if (child === null || child === undefined || child === false)
            continue;
        if (Array.isArray(child))
            append(element, child);
        else
            element.append(child instanceof Node ? child : String(child));
    }
}

/**
 * @param {Element} element
 * @param {Record<string, (event: any) => void>} listeners
 */
function listen(element, listeners) {
    for (const [type, listener] of Object.entries(listeners))
        element.addEventListener(type, listener);
}

/**
 * Sets an attribute; true is the empty string, except that states of ARIA are
 * spelled out. Null and, but for those states, false remove it.
 *
 * @param {Element} element
 * @param {string} name
 * @param {string | number | boolean | null} value
 */
export function attribute(element, name, value) {
    if (name.startsWith('aria-') && typeof value === 'boolean')
        value = String(value);
    if (value === null || value === false)
        element.removeAttribute(name);
    else if (element.getAttribute(name) !== (value === true ? '' : String(value)))
        element.setAttribute(name, value === true ? '' : String(value));
}

/**
 * Sets a text only if it differs, so that nothing is announced or laid out twice.
 *
 * @param {Element} element
 * @param {string} text
 */
export function setText(element, text) {
    if (element.textContent !== text)
        element.textContent = text;
}

/**
 * Makes the children of an element those given, moving and removing as little as
 * possible: elements that stay keep focus, scroll position and playing video.
 *
 * @param {Element} parent
 * @param {Node[]} wanted
 */
export function arrange(parent, wanted) {
    const keep = new Set(wanted);
    for (const child of [...parent.childNodes]) {
        if (!keep.has(child))
            child.remove();
    }
    wanted.forEach((node, i) => {
        const present = parent.childNodes[i];
        if (present !== node)
            parent.insertBefore(node, present ?? null);
    });
}
