// Runs inside the page: a server for protocol.js made of a fake socket and real
// peer connections, so that a test can send whatever it wants.

'use strict';

/** A WebSocket whose other end is the test. */
class LabSocket {
    constructor() {
        this.CONNECTING = 0;
        this.OPEN = 1;
        this.CLOSING = 2;
        this.CLOSED = 3;
        this.readyState = 1;
        this.sent = [];
        this.onsent = null;
    }

    send(text) {
        if (this.readyState !== this.OPEN)
            throw new Error('the socket is not open');
        const message = JSON.parse(text);
        this.sent.push(message);
        this.onsent?.(message);
    }

    close(code) {
        this.readyState = this.CLOSING;
        setTimeout(() => this.end(code, ''));
    }

    deliver(message) {
        if (this.readyState === this.OPEN)
            this.onmessage({data: JSON.stringify(message)});
    }

    end(code, reason) {
        if (this.readyState === this.CLOSED)
            return;
        this.readyState = this.CLOSED;
        this.onclose({code, reason});
    }
}

const lab = {
    /** Resolves once something is truthy, with that. */
    async until(condition, what = String(condition)) {
        const deadline = performance.now() + 10_000;
        for (;;) {
            const result = condition();
            if (result)
                return result;
            if (performance.now() > deadline)
                throw new Error(`has not happened: ${what}`);
            await new Promise(resolve => setTimeout(resolve, 20));
        }
    },

    /** A moment, for what must not happen. */
    settle: (ms = 200) => new Promise(resolve => setTimeout(resolve, ms)),

    /** Sound and pictures. */
    media: (constraints = {audio: true, video: {width: 320, height: 240}}) =>
        navigator.mediaDevices.getUserMedia(constraints),

    /**
     * A connection that is a member of group "g", with users "bob" and "eve"; id
     * and user id are equal. `events` has the name and arguments of callbacks.
     */
    joined(name = 'ada') {
        const real = window.WebSocket;
        let socket;
        window.WebSocket = function() {
            return socket = new LabSocket();
        };
        const sc = new ServerConnection();
        sc.connect('ws://localhost/');
        window.WebSocket = real;
        const events = [];
        for (const callback of ['onuser', 'onjoined', 'onclose', 'onerror']) {
            sc[callback] = (...args) => events.push([callback,
                ...args.map(arg => arg instanceof Error ? arg.message : arg)]);
        }
        socket.onopen();
        socket.deliver({type: 'handshake', version: ['2']});
        sc.join('g', name, '');
        socket.deliver({
            type: 'joined', kind: 'join', group: 'g', username: name,
            permissions: ['present', 'message'], rtcConfiguration: {iceServers: []},
        });
        socket.deliver({type: 'user', kind: 'add', id: sc.id, username: name});
        for (const id of ['bob', 'eve'])
            socket.deliver({type: 'user', kind: 'add', id, username: id});
        events.length = 0;
        socket.sent.length = 0;
        return {sc, socket, events};
    },

    /**
     * Lets the fake server answer offers, and keeps its peer connections by
     * stream id.
     */
    answering(socket) {
        const peers = new Map();
        const peerOf = id => {
            let peer = peers.get(id);
            if (!peer) {
                peer = new RTCPeerConnection();
                peer.queue = Promise.resolve();
                peer.onicecandidate = event => {
                    if (event.candidate)
                        socket.deliver({type: 'ice', id, candidate: event.candidate.toJSON()});
                };
                peers.set(id, peer);
            }
            return peer;
        };
        socket.onsent = message => {
            if (message.type === 'offer') {
                const peer = peerOf(message.id);
                peer.queue = peer.queue.then(async () => {
                    await peer.setRemoteDescription({type: 'offer', sdp: message.sdp});
                    await peer.setLocalDescription(await peer.createAnswer());
                    socket.deliver({type: 'answer', id: message.id, sdp: peer.localDescription.sdp});
                });
            } else if (message.type === 'answer') {
                const peer = peerOf(message.id);
                peer.queue = peer.queue.then(() =>
                    peer.setRemoteDescription({type: 'answer', sdp: message.sdp}));
            } else if (message.type === 'ice' && peers.has(message.id)) {
                const peer = peerOf(message.id);
                peer.queue = peer.queue.then(() => peer.addIceCandidate(message.candidate)).catch(() => undefined);
            }
        };
        return {
            peers,
            /** Offers a stream with tracks of a media stream, or offers it again. */
            async offer(id, {media, ...fields}) {
                const peer = peerOf(id);
                for (const track of media?.getTracks() ?? [])
                    peer.addTrack(track, media);
                const offer = await peer.createOffer();
                await peer.setLocalDescription(offer);
                socket.deliver({type: 'offer', id, sdp: offer.sdp, ...fields});
                await lab.until(() => peer.signalingState === 'stable', 'an answer');
            },
            close() {
                for (const peer of peers.values())
                    peer.close();
            },
        };
    },

    /** Two members who reach each other, as a real server would relay. */
    pair() {
        const a = lab.joined('ann');
        const b = lab.joined('ben');
        for (const [from, to] of [[a, b], [b, a]]) {
            to.socket.deliver({type: 'user', kind: 'add', id: from.sc.id, username: from.sc.username});
            from.socket.onsent = message => {
                if (message.type === 'usermessage' && message.dest === to.sc.id)
                    setTimeout(() => to.socket.deliver({...message, time: new Date().toISOString()}));
            };
        }
        return {a, b};
    },
};

window.lab = lab;
