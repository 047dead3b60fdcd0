/**
 * Icons from the sprite, which is read once and kept in the page: they are there
 * when the network is not. They are decoration: the control has the name.
 */

const svg = 'http://www.w3.org/2000/svg';
const prefix = 'icon-';

/**
 * Reads the sprite and puts it, unseen, into the page. Icons made before show as
 * soon as it is there.
 *
 * @param {HTMLElement} host
 */
export function loadIcons(host) {
    // A request for a document is parsed by the browser itself, which the content
    // security policy permits.
    const request = new XMLHttpRequest();
    request.open('GET', new URL('../../../icons.svg', import.meta.url));
    request.responseType = 'document';
    request.overrideMimeType('image/svg+xml');
    request.onload = () => {
        const sprite = request.responseXML?.documentElement;
        if (!sprite)
            return;
        for (const symbol of sprite.children)
            symbol.id = prefix + symbol.id;
        const copy = document.importNode(sprite, true);
        copy.setAttribute('aria-hidden', 'true');
        copy.setAttribute('class', 'sprite');
        host.prepend(copy);
    };
    request.send();
}

/**
 * @param {string} name id of a symbol in the sprite
 * @param {string} [extra] class
 * @returns {SVGSVGElement}
 */
export function icon(name, extra) {
    const element = document.createElementNS(svg, 'svg');
    element.setAttribute('class', extra ? `icon ${extra}` : 'icon');
    element.setAttribute('aria-hidden', 'true');
    element.append(document.createElementNS(svg, 'use'));
    setIcon(element, name);
    return element;
}

/**
 * @param {SVGSVGElement} element
 * @param {string} name
 */
export function setIcon(element, name) {
    const use = element.firstElementChild;
    const address = `#${prefix}${name}`;
    if (use && use.getAttribute('href') !== address)
        use.setAttribute('href', address);
}
