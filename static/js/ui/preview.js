/**
 * The picture of our own camera, as in a mirror unless that is switched off.
 */

import {h} from './kit/dom.js';

/** @type {import('./context.js').Component} */
export function preview(host, {store}) {
    const video = h('video', {
        class: 'preview-video', muted: true, autoplay: true, playsInline: true, 'aria-hidden': 'true',
    });
    host.append(video);
    const stop = store.subscribe(
        ({media, settings}) => [media.camera$, media.mirrored && settings.mirrorView],
        () => {
            const {media, settings} = store.get();
            const track = media.camera$;
            const shown = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks()[0] : null;
            if (track !== (shown ?? null))
                video.srcObject = track ? new MediaStream([track]) : null;
            video.hidden = !track;
            video.classList.toggle('mirrored', media.mirrored && settings.mirrorView);
        });
    return () => {
        stop();
        video.srcObject = null;
        video.remove();
    };
}
