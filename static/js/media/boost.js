/**
 * An amplifier for somebody who is too quiet: media elements play nothing louder
 * than it was sent.
 */

/** @typedef {ReturnType<typeof createBoost>} Boost */

export function createBoost() {
    const context = new AudioContext();
    const gain = context.createGain();
    // Peaks that the gain would clip are held down.
    const limiter = context.createDynamicsCompressor();
    gain.connect(limiter).connect(context.destination);
    /** @type {MediaStream | null} */
    let playing = null;
    /** @type {MediaStreamAudioSourceNode | null} */
    let source = null;

    return {
        /**
         * @param {MediaStream | null} media the sound; an element must play it too, muted
         * @param {number} volume 1 is as it was sent
         * @param {string} sink id of the loudspeaker; empty is the default one
         */
        play(media, volume, sink) {
            gain.gain.value = volume;
            if (media !== playing) {
                source?.disconnect();
                playing = media;
                source = media && media.getAudioTracks().length > 0 ? context.createMediaStreamSource(media) : null;
                source?.connect(gain);
            }
            if ('setSinkId' in context) {
                /** @type {any} */ (context).setSinkId(sink).catch(() => {
                    // The chosen loudspeaker is gone: the default one plays.
                });
            }
            context.resume().catch(() => {
                // The browser wants a click first; choosing a volume was one.
            });
        },

        stop() {
            source?.disconnect();
            context.close().catch(() => {
                // It was closed already.
            });
        },
    };
}
