// An authorisation server (protocol.md; docs/groups.md, cryptographic tokens): what it
// answers is chosen by the password that it is sent.

import {createHmac, randomBytes} from 'node:crypto';
import {createServer} from 'node:http';

const secret = randomBytes(32).toString('base64url');

/** The key for `authKeys` of a group. */
export const authKey = {kty: 'oct', alg: 'HS256', k: secret};

/**
 * @param {object} claims
 * @returns {string} a token that is good for an hour
 */
export function signToken(claims) {
    const now = Math.floor(Date.now() / 1000);
    const text = [{alg: 'HS256', typ: 'JWT'}, {iat: now, exp: now + 3600, ...claims}]
        .map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
    return `${text}.${createHmac('sha256', Buffer.from(secret, 'base64url')).update(text).digest('base64url')}`;
}

/**
 * Starts one on a free port of the loopback interface. With the password "token" one is
 * given a token to be a presenter, with "ask" the group is to decide; others are refused.
 *
 * @returns {Promise<{url: string, asked: any[], close: () => Promise<void>}>} `asked` collects
 *     what it is sent
 */
export async function serveTokens() {
    /** @type {any[]} */
    const asked = [];
    const server = createServer(async (request, response) => {
        response.setHeader('Access-Control-Allow-Origin', '*');
        response.setHeader('Access-Control-Allow-Headers', 'Content-Type');
        if (request.method === 'OPTIONS') {
            response.writeHead(204).end();
            return;
        }
        const question = JSON.parse(Buffer.concat(await request.toArray()).toString());
        asked.push({method: request.method, type: request.headers['content-type'], ...question});
        if (question.password === 'token') {
            response.setHeader('Content-Type', 'application/jwt');
            response.end(signToken({sub: question.username, aud: question.location, permissions: ['present']}));
        } else {
            response.writeHead(question.password === 'ask' ? 204 : 403).end();
        }
    });
    await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const {port} = /** @type {import('node:net').AddressInfo} */ (server.address());
    return {
        url: `http://127.0.0.1:${port}/`, asked,
        async close() {
            server.closeAllConnections();
            await new Promise(resolve => server.close(resolve));
        },
    };
}
