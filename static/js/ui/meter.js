/**
 * A level meter for our microphone.
 */

import {h} from './kit/dom.js';

/** @type {import('./context.js').Component} */
export function meter(host, {levels}) {
    const bar = h('span', {class: 'meter-bar'});
    const element = h('span', {class: 'meter', 'aria-hidden': 'true'}, bar);
    host.append(element);
    const stop = levels.meter(level => {
        // Loudness is heard logarithmically: -50 dB is nothing, -5 dB is full.
        const loudness = Math.max(0, Math.min(1, (20 * Math.log10(level + 1e-6) + 50) / 45));
        bar.style.transform = `scaleX(${loudness.toFixed(2)})`;
    });
    return () => {
        stop();
        element.remove();
    };
}
