/**
 * Short sounds that tell what happens, computed here, so that nothing has to be fetched.
 */

/** @typedef {'join' | 'leave' | 'message' | 'hand'} Cue */

/**
 * The notes of each cue: frequency in Hz, and when it begins, in seconds.
 *
 * @type {Readonly<Record<Cue, readonly (readonly [number, number])[]>>}
 */
export const notes = Object.freeze({
    join: [[523.25, 0], [783.99, 0.09]],
    leave: [[783.99, 0], [523.25, 0.09]],
    message: [[880, 0]],
    hand: [[659.25, 0], [659.25, 0.16]],
});

/** How loud each choice of the setting "sounds" is, of 1. @type {Record<string, number>} */
export const loudness = Object.freeze({quiet: 0.06, normal: 0.15, loud: 0.35});

/** How long a note takes to die away, in seconds. */
const decay = 0.28;

/** @returns {{play: (cue: Cue, volume: number) => void, close: () => void}} `volume` of 1 */
export function createCues() {
    /** @type {AudioContext | null} */
    let context = null;
    return {
        play(cue, volume) {
            context ??= new AudioContext();
            const {currentTime, destination} = context;
            for (const [frequency, at] of notes[cue]) {
                const tone = context.createOscillator();
                const gain = context.createGain();
                const start = currentTime + 0.02 + at;
                tone.frequency.value = frequency;
                gain.gain.setValueAtTime(0, start);
                gain.gain.linearRampToValueAtTime(volume, start + 0.015);
                gain.gain.exponentialRampToValueAtTime(0.0001, start + decay);
                tone.connect(gain).connect(destination);
                tone.start(start);
                tone.stop(start + decay);
            }
        },
        close() {
            context?.close().catch(() => {});
            context = null;
        },
    };
}
