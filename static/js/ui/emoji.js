/**
 * The symbols that can be put into a message, as a menu in which arrow keys go in all
 * four directions. Screen readers know their names. Phones have them on their keyboards.
 */

import {openMenu} from './kit/menu.js';
import {t} from '../core/i18n.js';

/** By the texts of their headings. */
const symbols = {
    people: '😀😄😁😅😂🙂😉😊😍😘😋😜🤔🤨😐🙄😏😌😴😷🤒🤯😎🤓😕😟😮😳😢😭😱😞😫😤😠😇🥳🤗🤝👍👎👏🙌👋🙏👌✌️🤞💪👀',
    nature: '🐶🐱🐭🐰🦊🐻🐼🐸🐔🐧🦉🐝🦋🐢🐟🐬🌳🌵🌷🌻🍀🍁🌍🌙⭐☀️⛅🌧️❄️🔥🌈🌊',
    food: '🍎🍌🍇🍓🍒🍑🥕🌽🍄🍞🧀🍕🍟🥗🍜🍰🍪🍫☕🍵🥤🍷',
    activity: '⚽🏀🎾🏓🏃🚶🚴🏊🎵🎸🎨🎬🎲♟️🎉🎁🏆🚗🚌🚆✈️🚲⛵🏠🏫🏖️',
    objects: '⌚📱💻🖨️📷🎤🎧📺💡📖✏️📌📎✂️🔒🔑🔨⚙️🧪💊📦📅📈📁✉️⏰',
    symbols: '❤️🧡💛💚💙💜💔💯✅❌❗❓💬💤➕➖➡️⬅️⚠️🚫♻️🏁🚩',
};

const split = new Intl.Segmenter();

/**
 * @param {HTMLElement} anchor
 * @param {(symbol: string) => void} choose gets the one that was chosen
 */
export function openEmoji(anchor, choose) {
    openMenu(anchor, Object.entries(symbols).flatMap(([name, all]) => [
        /** @type {import('./kit/menu.js').MenuItem} */ ({kind: 'heading', label: t(`emoji.${name}`)}),
        ...[...split.segment(all)].map(({segment}) => /** @type {import('./kit/menu.js').MenuItem} */ (
            {kind: 'item', label: segment, run: () => choose(segment)})),
    ]), {label: t('chat.emoji'), row: 'menu-emoji'});
    const list = document.querySelector('.menu-emoji');
    list?.addEventListener('keydown', event => move(/** @type {KeyboardEvent} */ (event), list));
}

/**
 * To the nearest symbol in the next line.
 *
 * @param {KeyboardEvent} event
 * @param {Element} list
 */
function move(event, list) {
    const from = document.activeElement?.getBoundingClientRect();
    if (!from || event.key !== 'ArrowDown' && event.key !== 'ArrowUp')
        return;
    event.preventDefault();
    event.stopPropagation();
    let least = Infinity;
    /** @type {HTMLElement | undefined} */
    let next;
    for (const item of /** @type {NodeListOf<HTMLElement>} */ (list.querySelectorAll('.menu-item'))) {
        const box = item.getBoundingClientRect();
        const lines = event.key === 'ArrowDown' ? box.top - from.top : from.top - box.top;
        // The line counts before the place in it.
        const far = lines * 1000 + Math.abs(box.left - from.left);
        if (lines > 1 && far < least) {
            least = far;
            next = item;
        }
    }
    next?.focus();
}
