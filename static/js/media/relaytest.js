/**
 * Whether media gets through a relay: two connections in this page talk to each other
 * by way of the server's TURN servers, and by no other way.
 */

/** A relay that has not answered after this time will not, in milliseconds. */
const patience = 10_000;

export class NoRelayError extends Error {
    constructor() {
        super('the server has named no relay');
        this.name = 'NoRelayError';
    }
}

/**
 * Sends a message through the relay and back.
 *
 * @param {RTCConfiguration | null} configuration what the server has told us
 * @param {{patience?: number}} [options] in milliseconds
 * @returns {Promise<number>} the time from the first address until the answer, in milliseconds
 * @throws {NoRelayError} if there is no relay to be tested
 * @throws {Error} if the relay does not answer in time
 */
export async function testRelay(configuration, {patience: limit = patience} = {}) {
    const urls = (configuration?.iceServers ?? []).flatMap(server => server.urls);
    if (!urls.some(url => /^turns?:/.test(url)))
        throw new NoRelayError();
    const began = performance.now();
    const options = /** @type {const} */ ({...configuration, iceTransportPolicy: 'relay'});
    const near = new RTCPeerConnection(options);
    const far = new RTCPeerConnection(options);
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let timer;
    try {
        await new Promise((resolve, reject) => {
            timer = setTimeout(() => reject(new Error('the relay does not answer')), limit);
            for (const [one, other] of [[near, far], [far, near]]) {
                one.onicecandidate = ({candidate}) => {
                    if (candidate)
                        other.addIceCandidate(candidate).catch(reject);
                };
            }
            far.ondatachannel = ({channel}) => {
                channel.onmessage = ({data}) => channel.send(data);
            };
            const channel = near.createDataChannel('relay test');
            channel.onopen = () => channel.send('through the relay');
            channel.onmessage = resolve;
            connect(near, far).catch(reject);
        });
        return performance.now() - began;
    } finally {
        clearTimeout(timer);
        near.close();
        far.close();
    }
}

/**
 * @param {RTCPeerConnection} near
 * @param {RTCPeerConnection} far
 */
async function connect(near, far) {
    const offer = await near.createOffer();
    // Candidates come once the description is set, and need that of the other side.
    await far.setRemoteDescription(offer);
    await near.setLocalDescription(offer);
    const answer = await far.createAnswer();
    await near.setRemoteDescription(answer);
    await far.setLocalDescription(answer);
}
