/**
 * Icons from the sprite. They are decoration: the control has the name.
 */

const sprite = new URL('../../../icons.svg', import.meta.url).href;
const svg = 'http://www.w3.org/2000/svg';

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
    const address = `${sprite}#${name}`;
    if (use && use.getAttribute('href') !== address)
        use.setAttribute('href', address);
}
