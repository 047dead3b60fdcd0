// What runs in a page before its scripts, so that every picture of it is the same:
// a server that plays a scene, connections that bring painted pictures, and devices
// with fixed names.  It speaks the protocol of the clients, as much of it as the
// scenes need; the page itself is the real one.

/**
 * @typedef {object} Actor
 * @property {string} id
 * @property {string} name
 * @property {string} [camera] colour of the wall behind them; nobody is seen without one
 * @property {boolean} [screen] whether they share one
 * @property {boolean} [speaking]
 * @property {string} [ice] state of the connection, if it is not "connected"
 * @property {string[]} [permissions]
 * @property {Record<string, any>} [data]
 */

/**
 * @typedef {object} Scene
 * @property {string[]} [permissions] of oneself
 * @property {Actor[]} [people]
 * @property {object[]} [messages] what the server sends after everybody has been announced
 * @property {Record<string, any>} [status] of the group
 * @property {Record<string, any>} [data] of the group
 * @property {{error?: string, value: string}} [refuse] why nobody may join
 * @property {boolean} [silent] the server does not answer logins
 * @property {Record<string, any>} [settings] what the browser remembers
 * @property {'blocked' | 'missing'} [devices] what is wrong with them
 * @property {Record<string, object[]>} [answers] messages after a group action, by its kind
 */

/** @param {Scene} scene */
export function stage(scene) {
    if (scene.settings)
        localStorage.setItem('settings', JSON.stringify({version: 1, ...scene.settings}));

    // ---- Pictures ----------------------------------------------------------------

    /** Somebody in front of a wall: always the same for the same colour. */
    const person = (/** @type {CanvasRenderingContext2D} */ c, /** @type {string} */ wall) => {
        c.fillStyle = wall;
        c.fillRect(0, 0, 640, 360);
        c.fillStyle = 'rgb(0 0 0 / 0.35)';
        c.beginPath();
        c.ellipse(320, 360, 150, 130, 0, Math.PI, 0);
        c.fill();
        c.fillStyle = 'rgb(255 255 255 / 0.6)';
        c.beginPath();
        c.ellipse(320, 165, 62, 76, 0, 0, 7);
        c.fill();
    };
    /** A page of slides. */
    const slides = (/** @type {CanvasRenderingContext2D} */ c) => {
        c.fillStyle = '#ffffff';
        c.fillRect(0, 0, 1280, 720);
        c.fillStyle = '#22486b';
        c.fillRect(0, 0, 1280, 110);
        c.fillStyle = '#98a9b8';
        for (const [y, width] of [[180, 700], [240, 560], [300, 640]])
            c.fillRect(80, y, width, 22);
        c.fillStyle = '#d98f3d';
        [120, 190, 150, 260].forEach((height, i) => c.fillRect(820 + 100 * i, 640 - height, 60, height));
    };
    /** @type {Set<() => void>} */
    const painters = new Set();
    const painted = (/** @type {number} */ width, /** @type {number} */ height, /** @type {(c: CanvasRenderingContext2D) => void} */ paint) => {
        const canvas = Object.assign(document.createElement('canvas'), {width, height});
        const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
        const again = () => paint(context);
        again();
        const [track] = canvas.captureStream().getVideoTracks();
        painters.add(again);
        const stop = track.stop.bind(track);
        track.stop = () => {
            painters.delete(again);
            stop();
        };
        return track;
    };
    // Whoever begins to look needs a new frame; nobody else does.
    setInterval(() => {
        if ([...document.querySelectorAll('video')].some(video => video.srcObject && video.readyState < 2)) {
            for (const again of painters)
                again();
        }
    }, 50);
    const camera = (/** @type {string} */ wall) => painted(640, 360, c => person(c, wall));
    /** @type {MediaStreamTrack | undefined} */
    let silence;
    const sound = () => {
        silence ??= new AudioContext().createMediaStreamDestination().stream.getAudioTracks()[0];
        return silence.clone();
    };

    // ---- Devices -----------------------------------------------------------------

    const {mediaDevices} = navigator;
    mediaDevices.getUserMedia = async constraints => {
        if (scene.devices)
            throw new DOMException('as the scene wants it', scene.devices === 'blocked' ? 'NotAllowedError' : 'NotFoundError');
        return new MediaStream([...constraints?.audio ? [sound()] : [], ...constraints?.video ? [camera('#7a6a9c')] : []]);
    };
    mediaDevices.getDisplayMedia = async () => new MediaStream([painted(1280, 720, slides)]);
    const devices = [
        ['audioinput', 'Built-in microphone'], ['audioinput', 'Headset Jabra Evolve2 65 (0b0e:0a50)'],
        ['videoinput', 'Integrated camera'], ['videoinput', 'Logitech StreamCam'],
        ['audiooutput', 'Built-in speakers'], ['audiooutput', 'Headset Jabra Evolve2 65 (0b0e:0a50)'],
    ];
    mediaDevices.enumerateDevices = async () => scene.devices === 'missing' ? [] : /** @type {any} */ (
        devices.map(([kind, label], i) => ({kind, label, deviceId: `device${i}`, groupId: ''})));

    // ---- Connections -------------------------------------------------------------

    class Connection extends EventTarget {
        /** @type {Actor | null} */
        #actor = null;
        #senders = [];
        #receivers = [];
        remoteDescription = null;
        localDescription = null;
        signalingState = 'stable';
        connectionState = 'new';
        iceConnectionState = 'new';

        async setRemoteDescription(description) {
            this.remoteDescription = description;
            if (description.type === 'answer') {
                this.#become('connected');
                return;
            }
            const {actor, screen} = JSON.parse(description.sdp.split('\n')[1].slice(2));
            this.#actor = scene.people.find(({id}) => id === actor);
            const tracks = screen ? [painted(1280, 720, slides)] :
                [sound(), ...this.#actor.camera ? [camera(this.#actor.camera)] : []];
            const media = new MediaStream(tracks);
            for (const track of tracks) {
                const level = this.#actor.speaking ? 0.5 : 0;
                const receiver = {track, getStats: async () => new Map(), getSynchronizationSources: () => [{audioLevel: level}]};
                this.#receivers.push(receiver);
                this.ontrack?.({track, receiver, transceiver: {receiver, mid: track.kind}, streams: [media]});
            }
        }
        async setLocalDescription(description) {
            this.localDescription = description;
            if (description.type === 'answer')
                this.#become(this.#actor?.ice ?? 'connected');
        }
        #become(state) {
            this.iceConnectionState = state;
            this.connectionState = state === 'checking' ? 'connecting' : state;
            this.oniceconnectionstatechange?.(new Event('iceconnectionstatechange'));
        }
        async createOffer() {
            return {type: 'offer', sdp: 'v=0\n'};
        }
        async createAnswer() {
            return {type: 'answer', sdp: 'v=0\n'};
        }
        addTransceiver(track) {
            const sender = {
                track: typeof track === 'string' ? null : track,
                async replaceTrack(next) {
                    this.track = next;
                },
                getParameters: () => ({encodings: [{}]}),
                setParameters: async () => {},
                getStats: async () => new Map(),
            };
            this.#senders.push(sender);
            setTimeout(() => this.onnegotiationneeded?.());
            return {sender, receiver: {}, mid: '0'};
        }
        getSenders() {
            return this.#senders;
        }
        getReceivers() {
            return this.#receivers;
        }
        getTransceivers() {
            return [];
        }
        async getStats() {
            return new Map();
        }
        async addIceCandidate() {}
        restartIce() {}
        createDataChannel() {
            return new EventTarget();
        }
        close() {
            this.connectionState = this.iceConnectionState = 'closed';
        }
    }
    window.RTCPeerConnection = /** @type {any} */ (Connection);

    // ---- The server --------------------------------------------------------------

    /** What the test may do while the page is open. */
    const server = {
        /** Every message goes to the connection that is open now. */
        send(/** @type {object} */ message) {
            open?.deliver(message);
        },
        /** From now on nothing happens by itself. */
        freeze() {
            frozen = true;
        },
        /** The connection ends, and none can be opened. */
        fail() {
            scene.silent = true;
            refusing = true;
            open?.end(1006);
        },
        scene,
    };
    let refusing = false;
    let frozen = false;
    for (const name of /** @type {const} */ (['setTimeout', 'setInterval'])) {
        const native = window[name].bind(window);
        window[name] = /** @type {any} */ ((/** @type {Function} */ f, delay = 0, /** @type {any[]} */ ...rest) => native(() => {
            if (!frozen || delay < 400)
                f(...rest);
        }, delay));
    }
    /** @type {Socket | null} */
    let open = null;
    Object.defineProperty(window, '__server', {value: server});

    class Socket extends EventTarget {
        static CONNECTING = 0;
        static OPEN = 1;
        static CLOSING = 2;
        static CLOSED = 3;
        OPEN = 1;
        readyState = 0;
        #group = '';
        #id = '';
        #name = '';

        constructor() {
            super();
            setTimeout(() => {
                if (refusing) {
                    this.end(1006);
                    return;
                }
                open = this;
                this.readyState = 1;
                this.onopen?.(new Event('open'));
            });
        }
        deliver(/** @type {object} */ message) {
            if (this.readyState === 1)
                this.onmessage?.({data: JSON.stringify(message)});
        }
        end(/** @type {number} */ code) {
            if (this.readyState === 3)
                return;
            this.readyState = 3;
            this.onclose?.({code, reason: ''});
        }
        close(code = 1005) {
            setTimeout(() => this.end(code));
        }
        send(/** @type {string} */ text) {
            const message = JSON.parse(text);
            switch (message.type) {
            case 'handshake':
                this.#id = message.id;
                this.deliver({type: 'handshake', version: ['2'], id: 'server'});
                break;
            case 'join':
                this.#group = message.group;
                this.#name = message.username ?? '';
                this.#join(message);
                break;
            case 'offer':
                this.deliver({type: 'answer', id: message.id, sdp: 'v=0\n'});
                break;
            case 'useraction':
                if (message.kind === 'setdata' && message.dest === this.#id) {
                    Object.assign(own, message.value);
                    this.#announce('change');
                }
                break;
            case 'groupaction':
                // After the page has noted that it waits for an answer.
                setTimeout(() => {
                    for (const answer of scene.answers?.[message.kind] ?? [])
                        this.deliver({dest: this.#id, ...answer});
                });
                break;
            }
        }
        #announce(/** @type {string} */ kind) {
            const data = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== null));
            this.deliver({type: 'user', kind, id: this.#id, username: this.#name, permissions: scene.permissions, data});
        }
        #join(/** @type {any} */ message) {
            if (scene.silent)
                return;
            if (scene.refuse) {
                this.deliver({type: 'joined', kind: 'fail', group: this.#group, permissions: [], ...scene.refuse});
                return;
            }
            scene.permissions ??= ['present', 'message'];
            Object.assign(own, message.data);
            this.deliver({
                type: 'joined', kind: 'join', group: this.#group, username: this.#name, permissions: scene.permissions,
                status: {name: this.#group, ...scene.status}, data: scene.data ?? {}, rtcConfiguration: {},
            });
            this.#announce('add');
            for (const {id, name, permissions = ['present', 'message'], data = {}} of scene.people ?? [])
                this.deliver({type: 'user', kind: 'add', id, username: name, permissions, data});
            for (const one of scene.messages ?? [])
                this.deliver({...one, ...'source' in one && one.source === 'me' ? {source: this.#id, username: this.#name} : {},
                    ...'dest' in one && one.dest === 'me' ? {dest: this.#id} : {}});
            for (const {id, name, camera, screen, permissions = ['present']} of scene.people ?? []) {
                if (permissions.includes('present') && camera !== undefined)
                    this.#offer(id, name, false);
                if (screen)
                    this.#offer(id, name, true);
            }
        }
        #offer(/** @type {string} */ actor, /** @type {string} */ username, /** @type {boolean} */ screen) {
            this.deliver({
                type: 'offer', id: `${actor}-${screen ? 'screen' : 'camera'}`, source: actor, username,
                label: screen ? 'screenshare' : 'camera', sdp: `v=0\ns=${JSON.stringify({actor, screen})}\n`,
            });
        }
    }
    /** @type {Record<string, any>} */
    const own = {};
    window.WebSocket = /** @type {any} */ (Socket);
}
