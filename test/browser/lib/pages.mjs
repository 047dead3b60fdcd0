// A web server for tests of pages that do not need the real one: it serves
// static/ and test/browser/pages/ under the strict content security policy of
// ui-design.md 8.4, and whatever a test adds.

import {readFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import {extname, join, normalize} from 'node:path';
import {fileURLToPath} from 'node:url';

const policy = [
    "default-src 'self'", "script-src 'self'", "style-src 'self'", "img-src 'self' blob:",
    "media-src 'self' blob:", "connect-src 'self' ws: wss:", "worker-src 'self'", "object-src 'none'",
    "base-uri 'none'", "form-action 'self'", "require-trusted-types-for 'script'",
].join('; ');

/** @type {Record<string, string>} */
const types = {
    '.html': 'text/html; charset=utf-8',
    '.js': 'text/javascript',
    '.mjs': 'text/javascript',
    '.css': 'text/css',
    '.svg': 'image/svg+xml',
    '.json': 'application/json',
    '.png': 'image/png',
};

const roots = ['../pages/', '../../../static/'].map(path => fileURLToPath(new URL(path, import.meta.url)));

/**
 * @typedef {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => void} Handler
 */

/**
 * Starts the server on a free port of the loopback interface.
 *
 * @param {Record<string, Handler>} [handlers] path → what answers it
 */
export async function servePages(handlers = {}) {
    const server = createServer(async (request, response) => {
        const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
        if (Object.hasOwn(handlers, path)) {
            handlers[path](request, response);
            return;
        }
        response.setHeader('Content-Security-Policy', policy);
        response.setHeader('X-Content-Type-Options', 'nosniff');
        const name = normalize(path.endsWith('/') ? path + 'index.html' : path);
        for (const root of roots) {
            try {
                const body = await readFile(join(root, name));
                response.setHeader('Content-Type', types[extname(name)] ?? 'application/octet-stream');
                response.end(body);
                return;
            } catch {
                // Perhaps the next one has it.
            }
        }
        response.writeHead(404, {'Content-Type': types['.html']});
        response.end(await readFile(join(roots[1], '404.html')));
    });
    await new Promise(resolve => server.listen(0, '127.0.0.1', () => resolve(undefined)));
    const {port} = /** @type {import('node:net').AddressInfo} */ (server.address());
    return {
        server,
        handlers,
        url: `http://127.0.0.1:${port}/`,
        async close() {
            server.closeAllConnections();
            await new Promise(resolve => server.close(resolve));
        },
    };
}
