/**
 * What is done to a track on the wire: its rate, and darkness.
 */

/**
 * Changes the rate of a track that is being sent, without renegotiation.
 *
 * @param {RTCRtpSender | null} sender
 * @param {number | undefined} maxBitrate of the main layer
 */
export function limit(sender, maxBitrate) {
    const parameters = sender?.getParameters();
    const main = parameters?.encodings?.[0];
    if (!sender || !parameters || !main || main.maxBitrate === maxBitrate)
        return;
    if (maxBitrate === undefined)
        delete main.maxBitrate;
    else
        main.maxBitrate = maxBitrate;
    sender.setParameters(parameters).catch(() => {
        // The stream is being replaced; the new one has the right rate.
    });
}

/**
 * Sends black for a moment, then nothing: whoever does not know that the camera is
 * off must not be left with the last picture.
 *
 * @param {RTCRtpSender} sender
 */
export function blackOut(sender) {
    const canvas = document.createElement('canvas');
    canvas.width = 320;
    canvas.height = 180;
    const context = canvas.getContext('2d');
    if (!context || !('captureStream' in canvas)) {
        sender.replaceTrack(null).catch(() => {});
        return;
    }
    const [black] = canvas.captureStream(10).getVideoTracks();
    if (!black)
        return;
    const drawing = setInterval(() => context.fillRect(0, 0, canvas.width, canvas.height), 100);
    sender.replaceTrack(black).catch(() => {});
    setTimeout(() => {
        clearInterval(drawing);
        black.stop();
        if (sender.track === black)
            sender.replaceTrack(null).catch(() => {});
    }, 1000);
}
