/**
 * Captions: the last lines, in a band below the tiles, which make room for it, or over
 * their upper part. What was said before we came is not replayed.
 */

import {h} from './kit/dom.js';
import {createScope} from './kit/scope.js';

/** A line is shown this long, in milliseconds. */
const lifetime = 8000;
/** Its room stays for longer: tiles do not move at every pause. */
const rest = 60_000;
const most = 3;

/** @type {import('./context.js').Component} */
export function captions(host, {store}) {
    const scope = createScope();
    const band = h('div', {class: 'captions', hidden: true, 'data-captions': true});
    scope.mount(host, band);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    const show = () => {
        clearTimeout(timer);
        const {captions, settings} = store.get();
        const now = Date.now();
        const recent = captions.slice(-most).filter(({time}) => now - time < rest);
        const last = recent.at(-1);
        let lines = recent.filter(({time}) => now - time < lifetime);
        host.classList.toggle('stage-captioned', recent.length > 0 && settings.captionPlace !== 'top');
        band.hidden = lines.length === 0;
        band.dataset.size = settings.captionSize;
        band.dataset.place = settings.captionPlace;
        const draw = () => band.replaceChildren(...lines.map(({name, text}, i) => h('p', {dir: 'auto'},
            name && name !== lines[i - 1]?.name && h('strong', null, `${name}: `), text)));
        draw();
        let [first] = lines;
        // Where there is no room for all, what was said first goes, but not who says the rest.
        while (first && /** @type {HTMLElement} */ (band.firstChild).offsetTop < 0) {
            const text = first.text.slice(first.text.length / 8 + 2);
            lines = [...text ? [{...first, text: `…${text}`}] : [], ...lines.slice(1)];
            [first] = lines;
            draw();
        }
        if (last)
            timer = setTimeout(show, (first ? first.time + lifetime : last.time + rest) - now);
    };
    scope.add(store.subscribe(state => [state.captions, state.settings], show));
    scope.listen(window, 'resize', show);
    scope.add(() => {
        clearTimeout(timer);
        host.classList.remove('stage-captioned');
    });
    return scope.dispose;
}
