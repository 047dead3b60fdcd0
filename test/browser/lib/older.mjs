// A server that knows nothing of what is optional in the protocol: it stands between
// a browser and the real server, passes on what every server of this protocol says,
// and drops the rest. Media goes straight to the real server.

import {createHash, randomBytes} from 'node:crypto';
import {createServer, request as httpRequest} from 'node:http';

/** Kinds of user messages that every server and client knows. */
const known = new Set(['error', 'warning', 'info', 'kicked', 'clearchat', 'userinfo', 'mute', 'token', 'tokenlist']);

/** Members of messages that every server sends. */
const members = new Set(['type', 'kind', 'version', 'id', 'source', 'dest', 'username', 'group', 'password', 'token',
    'privileged', 'permissions', 'data', 'value', 'noecho', 'sdp', 'candidate', 'label', 'replace', 'request', 'rtcConfiguration']);

/**
 * A message as an older server passes it on.
 *
 * @param {Record<string, any>} message
 * @returns {Record<string, any> | null} null if it does not
 */
export function reduced(message) {
    if (message.type === 'usermessage' && !known.has(message.kind))
        return null;
    const result = Object.fromEntries(Object.entries(message).filter(([name]) =>
        members.has(name) || name === 'time' && message.type.startsWith('chat')));
    if (message.data)
        result.data = message.type === 'joined' ? {} : {...message.data.raisehand ? {raisehand: true} : {}};
    if (message.type === 'useraction' && message.kind === 'setdata')
        result.value = 'raisehand' in message.value ? {raisehand: message.value.raisehand} : {};
    return result;
}

/**
 * Reads frames of a WebSocket: texts, and whatever ends it. Messages in several
 * frames are not needed here.
 *
 * @param {import('node:stream').Duplex} socket
 * @param {(text: string) => void} ontext
 */
function readFrames(socket, ontext) {
    let rest = Buffer.alloc(0);
    socket.on('data', chunk => {
        rest = Buffer.concat([rest, chunk]);
        for (;;) {
            if (rest.length < 2)
                return;
            const short = rest[1] & 127;
            const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
            const masked = rest[1] >> 7;
            const start = 2 + extra + 4 * masked;
            if (rest.length < start)
                return;
            const length = extra === 2 ? rest.readUInt16BE(2) : extra === 8 ? Number(rest.readBigUInt64BE(2)) : short;
            if (rest.length < start + length)
                return;
            const body = Buffer.from(rest.subarray(start, start + length));
            if (masked)
                body.forEach((byte, i) => body.writeUInt8(byte ^ rest[start - 4 + i % 4], i));
            const opcode = rest[0] & 15;
            rest = rest.subarray(start + length);
            if (opcode === 1)
                ontext(body.toString());
            else if (opcode === 8)
                socket.end();
        }
    });
}

/**
 * @param {import('node:stream').Duplex} socket
 * @param {string} text
 * @param {boolean} masked as clients must
 */
function writeFrame(socket, text, masked) {
    const body = Buffer.from(text);
    const mask = masked ? randomBytes(4) : Buffer.alloc(0);
    const head = Buffer.alloc(body.length < 126 ? 2 : body.length < 65536 ? 4 : 10);
    head[0] = 0x81;
    head[1] = (masked ? 128 : 0) | (body.length < 126 ? body.length : body.length < 65536 ? 126 : 127);
    if (head.length === 4)
        head.writeUInt16BE(body.length, 2);
    else if (head.length === 10)
        head.writeBigUInt64BE(BigInt(body.length), 2);
    if (masked)
        body.forEach((byte, i) => body.writeUInt8(byte ^ mask[i % 4], i));
    socket.write(Buffer.concat([head, mask, body]));
}

/**
 * Starts the server on a free port of the loopback interface.
 *
 * @param {string} real URL of the real server, ending in a slash
 * @returns {Promise<{url: string, dropped: string[], close: () => Promise<void>}>} `dropped`
 *     collects the kinds of the messages that were not passed on
 */
export async function serveOlder(real) {
    const target = new URL(real);
    /** @type {string[]} */
    const dropped = [];
    /** @type {Set<import('node:stream').Duplex>} */
    const sockets = new Set();

    const server = createServer((request, response) => {
        const path = request.url ?? '/';
        const forward = httpRequest({host: target.hostname, port: target.port, path, method: request.method}, async answer => {
            if (!path.endsWith('/.status') || answer.statusCode !== 200) {
                response.writeHead(answer.statusCode ?? 500, answer.headers);
                answer.pipe(response);
                return;
            }
            const {name} = JSON.parse(Buffer.concat(await answer.toArray()).toString());
            response.writeHead(200, {'Content-Type': 'application/json'});
            response.end(JSON.stringify({name, location: `${url}group/${name}/`, endpoint: `${url.replace('http', 'ws')}ws`}));
        });
        forward.on('error', () => response.destroy());
        request.pipe(forward);
    });

    server.on('upgrade', (request, client) => {
        const forward = httpRequest({
            host: target.hostname, port: target.port, path: request.url,
            headers: {
                Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', Origin: real.replace(/\/$/, ''),
                'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
            },
        });
        forward.on('error', () => client.destroy());
        forward.on('upgrade', (_, upstream) => {
            const accept = createHash('sha1')
                .update(`${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
            client.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
                `Sec-WebSocket-Accept: ${accept}\r\n\r\n`);
            for (const [from, to, masked] of /** @type {const} */ ([[client, upstream, true], [upstream, client, false]])) {
                sockets.add(from);
                readFrames(from, text => {
                    const message = reduced(JSON.parse(text));
                    if (message)
                        writeFrame(to, JSON.stringify(message), masked);
                    else
                        dropped.push(JSON.parse(text).kind);
                });
                for (const event of ['close', 'error', 'end'])
                    from.on(event, () => to.destroy());
            }
        });
        forward.end();
    });

    await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const {port} = /** @type {import('node:net').AddressInfo} */ (server.address());
    const url = `http://127.0.0.1:${port}/`;
    return {
        url, dropped,
        async close() {
            for (const socket of sockets)
                socket.destroy();
            server.closeAllConnections();
            await new Promise(resolve => server.close(resolve));
        },
    };
}
