/**
 * A short sound for trying the loudspeaker: two soft tones, computed here, so that
 * nothing has to be fetched.
 */

const rate = 22050;

/** @returns {Blob} a WAV file of one second */
function tones() {
    const length = rate;
    const view = new DataView(new ArrayBuffer(44 + 2 * length));
    const text = (/** @type {number} */ at, /** @type {string} */ s) =>
        [...s].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
    text(0, 'RIFF');
    view.setUint32(4, 36 + 2 * length, true);
    text(8, 'WAVEfmt ');
    view.setUint32(16, 16, true);
    view.setUint16(20, 1, true);
    view.setUint16(22, 1, true);
    view.setUint32(24, rate, true);
    view.setUint32(28, 2 * rate, true);
    view.setUint16(32, 2, true);
    view.setUint16(34, 16, true);
    text(36, 'data');
    view.setUint32(40, 2 * length, true);
    for (let i = 0; i < length; i++) {
        const time = i / rate;
        const frequency = time < 0.4 ? 523.25 : 659.25;
        const begin = time < 0.4 ? 0 : 0.4;
        const envelope = Math.min(1, (time - begin) * 40) * Math.exp(-4 * (time - begin));
        view.setInt16(44 + 2 * i, 12000 * envelope * Math.sin(2 * Math.PI * frequency * time), true);
    }
    return new Blob([view], {type: 'audio/wav'});
}

/**
 * @param {string | null} output device id of the loudspeaker
 * @returns {Promise<void>} settles when the sound has begun
 */
export async function playTestSound(output) {
    const address = URL.createObjectURL(tones());
    const audio = new Audio(address);
    audio.onended = () => URL.revokeObjectURL(address);
    if (output && 'setSinkId' in audio)
        await audio.setSinkId(output);
    await audio.play();
}
