// A bad network between browsers and the server's UDP port: a relay that loses
// packets, and that pages take for the server.

import {createSocket} from 'node:dgram';
import {networkInterfaces} from 'node:os';

/** Where the server is, and the relays: it takes no media on the loopback interface, and Firefox sends none there. */
const serverAddress = Object.values(networkInterfaces()).flat()
    .find(address => address?.family === 'IPv4' && !address.internal)?.address ?? '127.0.0.1';

/** A UDP port that is free now. */
export async function freePort() {
    const socket = createSocket('udp4');
    await new Promise(resolve => socket.bind(0, () => resolve(undefined)));
    const {port} = socket.address();
    await new Promise(resolve => socket.close(() => resolve(undefined)));
    return port;
}

/**
 * Pseudo-random numbers from 0 to 1, always the same ones for a seed (mulberry32).
 *
 * @param {number} seed
 */
function generator(seed) {
    return () => {
        seed = (seed + 0x6d2b79f5) | 0;
        let x = Math.imul(seed ^ (seed >>> 15), seed | 1);
        x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
        return ((x ^ (x >>> 14)) >>> 0) / 0x1_0000_0000;
    };
}

/** The payload type of an RTP packet, or -1 for RTCP (RFC 5761), STUN and DTLS. */
export function payloadType(/** @type {Buffer} */ packet) {
    if (packet.length < 12 || packet[0] >> 6 !== 2 || (packet[1] >= 192 && packet[1] < 224))
        return -1;
    return packet[1] & 0x7f;
}

/** A relay, which is to the server what a NAT is: each address has a port of its own. */
export class Relay {
    /** The share of packets that is lost in each direction, from 0 to 1. */
    loss = 0;

    /** @type {(packet: Buffer, up: boolean) => boolean} chooses further packets to be lost; up is towards the server */
    lose = () => false;

    /** How many packets have come from either side, and how many of them were lost. */
    count = {up: 0, down: 0, lost: 0};

    /** @type {Map<string, import('node:dgram').Socket>} sockets towards the server by the address of a browser */
    #flows = new Map();

    /**
     * @param {import('node:dgram').Socket} socket
     * @param {number} server the port
     * @param {() => number} random
     */
    constructor(socket, server, random) {
        /** What `throughRelay` wants to know. */
        this.where = {server, address: serverAddress, relay: socket.address().port};
        this.socket = socket;
        const passes = (/** @type {Buffer} */ packet, /** @type {boolean} */ up) => {
            this.count[up ? 'up' : 'down']++;
            const lost = random() < this.loss || this.lose(packet, up);
            if (lost)
                this.count.lost++;
            return !lost;
        };
        socket.on('message', (packet, {address, port}) => {
            const key = `${address} ${port}`;
            let flow = this.#flows.get(key);
            if (!flow) {
                flow = createSocket('udp4');
                this.#flows.set(key, flow);
                flow.on('error', () => undefined); // a port that is closed
                flow.on('message', answer => {
                    if (passes(answer, false))
                        socket.send(answer, port, address);
                });
            }
            if (passes(packet, true))
                flow.send(packet, server, serverAddress);
        });
        socket.on('error', () => undefined);
    }

    /**
     * Listens on a free port.
     *
     * @param {number} server the port of the server for media
     * @param {number} seed of what is lost
     */
    static async start(server, seed) {
        const socket = createSocket('udp4');
        await new Promise(resolve => socket.bind(0, serverAddress, () => resolve(undefined)));
        return new Relay(socket, server, generator(seed));
    }

    /** The path is dead: nothing comes through any more. */
    close() {
        for (const socket of [this.socket, ...this.#flows.values()])
            socket.close();
        this.#flows.clear();
    }
}

/**
 * Runs in a page before its scripts: neither side learns an address of the other one,
 * except that of the relay, whose port is `window.__relay`.
 *
 * @param {{server: number, address: string, relay: number}} where server and relay are ports
 */
export function throughRelay({server, address, relay}) {
    const state = /** @type {any} */ (window);
    state.__relay = relay;
    const rewrite = (/** @type {string} */ candidate) => {
        const fields = candidate.split(' ');
        if (fields[2]?.toLowerCase() !== 'udp' || Number(fields[5]) !== server || fields[4].includes(':'))
            return null;
        fields[4] = address;
        fields[5] = state.__relay;
        return fields.join(' ');
    };
    const sdpWith = (/** @type {string} */ sdp, /** @type {(candidate: string) => string | null} */ change) =>
        sdp.split('\r\n').map(line => line.startsWith('a=candidate:') ? change(line) : line)
            .filter(line => line !== null).join('\r\n');

    const {addIceCandidate, setRemoteDescription} = RTCPeerConnection.prototype;
    RTCPeerConnection.prototype.addIceCandidate = async function(/** @type {any} */ init) {
        const candidate = init?.candidate && rewrite(init.candidate);
        if (candidate)
            await addIceCandidate.call(this, {...init, candidate, sdpMid: init.sdpMid, sdpMLineIndex: init.sdpMLineIndex});
    };
    RTCPeerConnection.prototype.setRemoteDescription = function(/** @type {any} */ description) {
        return setRemoteDescription.call(this, {type: description.type, sdp: sdpWith(description.sdp, rewrite)});
    };
    const {send} = WebSocket.prototype;
    WebSocket.prototype.send = function(/** @type {any} */ text) {
        const message = JSON.parse(text);
        if (message.type === 'ice')
            return;
        if (message.sdp)
            message.sdp = sdpWith(message.sdp, () => null);
        send.call(this, JSON.stringify(message));
    };
}
