// A WebSocket whose other end is the test: it records what the library sends and
// delivers what the test wants a server to have sent. Importing this file
// replaces the global WebSocket.

export class FakeSocket {
    /** @type {FakeSocket[]} every socket that has been created */
    static all = [];

    /** @returns {FakeSocket} the latest socket */
    static get last() {
        const socket = FakeSocket.all.at(-1);
        if (!socket)
            throw new Error('no socket has been created');
        return socket;
    }

    CONNECTING = 0;
    OPEN = 1;
    CLOSING = 2;
    CLOSED = 3;
    readyState = 0;

    /** @type {(() => void) | null} */
    onopen = null;
    /** @type {((event: {code: number, reason: string}) => void) | null} */
    onclose = null;
    /** @type {(() => void) | null} */
    onerror = null;
    /** @type {((event: {data: unknown}) => void) | null} */
    onmessage = null;

    /** @type {any[]} messages sent and not yet taken */
    sent = [];
    /** @type {number | undefined} code given to close() */
    closeCode = undefined;

    /** @param {string} url */
    constructor(url) {
        const parsed = new URL(url);
        if (!/^wss?:$/.test(parsed.protocol))
            throw new SyntaxError(`bad scheme ${parsed.protocol}`);
        this.url = url;
        FakeSocket.all.push(this);
    }

    /** @param {string} text */
    send(text) {
        if (this.readyState !== this.OPEN)
            throw new Error('the socket is not open');
        this.sent.push(JSON.parse(text));
    }

    /** @param {number} code */
    close(code) {
        if (this.readyState >= this.CLOSING)
            return;
        this.readyState = this.CLOSING;
        this.closeCode = code;
    }

    // What the test does

    /** Returns the messages sent since the last call. */
    take() {
        return this.sent.splice(0);
    }

    open() {
        this.readyState = this.OPEN;
        this.onopen?.();
    }

    /** @param {any} message of the server */
    deliver(message) {
        this.deliverText(JSON.stringify(message));
    }

    /** @param {unknown} data */
    deliverText(data) {
        if (this.readyState === this.OPEN)
            this.onmessage?.({data});
    }

    /**
     * The connection ends.
     *
     * @param {number} [code]
     * @param {string} [reason]
     */
    end(code = this.closeCode ?? 1006, reason = '') {
        this.readyState = this.CLOSED;
        this.onclose?.({code, reason});
    }
}

globalThis.WebSocket = /** @type {any} */ (FakeSocket);

await import('../../../static/protocol.js');

/** The callbacks of a connection that are recorded. */
const callbacks = [
    'onconnected', 'onerror', 'onclose', 'onuser', 'onjoined', 'ondownstream', 'onchat',
    'onclearchat', 'onusermessage', 'onfiletransfer',
];

/**
 * A connection that writes down every callback, in order, as
 * `[name, ...arguments]`.
 *
 * @returns {{sc: any, events: any[]}}
 */
export function record() {
    const sc = /** @type {any} */ (new ServerConnection());
    /** @type {any[]} */
    const events = [];
    for (const name of callbacks) {
        sc[name] = function(/** @type {any[]} */ ...args) {
            if (this !== sc)
                throw new Error(`${name} without its connection as this`);
            events.push([name, ...args]);
        };
    }
    return {sc, events};
}

/**
 * A connection that has exchanged handshakes.
 */
export function connected() {
    const {sc, events} = record();
    sc.connect('ws://localhost/ws');
    const socket = FakeSocket.last;
    socket.open();
    socket.deliver({type: 'handshake', version: ['2']});
    socket.take();
    events.length = 0;
    return {sc, events, socket};
}

/**
 * A connection that has joined the group "g" as "ada", with "bob" in it.
 */
export function joined() {
    const {sc, events, socket} = connected();
    sc.join('g', 'ada', 'secret');
    socket.deliver({
        type: 'joined', kind: 'join', group: 'g', username: 'ada',
        permissions: ['present', 'message'], status: {name: 'g'}, rtcConfiguration: {},
    });
    socket.deliver({type: 'user', kind: 'add', id: sc.id, username: 'ada', permissions: ['present', 'message']});
    socket.deliver({type: 'user', kind: 'add', id: 'bob-id', username: 'bob'});
    socket.take();
    events.length = 0;
    return {sc, events, socket};
}

/**
 * Only the names of recorded events, with the kind of those that have one.
 *
 * @param {any[]} events
 * @returns {string[]}
 */
export function names(events) {
    return events.map(([name, first, second]) => {
        if (name === 'onjoined')
            return `onjoined ${first}`;
        if (name === 'onuser')
            return `onuser ${second}`;
        return name;
    });
}
