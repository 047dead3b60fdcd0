// TURN servers for tests, and what a page needs to use just one of their ways.

import {spawn, spawnSync} from 'node:child_process';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import {networkInterfaces, tmpdir} from 'node:os';
import {join} from 'node:path';

/** The ways to reach a TURN server, and how its URLs look. */
export const ways = Object.freeze({
    udp: /^turn:(?!.*transport=tcp)/.source,
    tcp: /^turn:.*transport=tcp/.source,
    tls: /^turns:/.source,
});

/**
 * Runs in the page before any of its scripts: of the ICE servers, connections get
 * to see those URLs that match.
 *
 * @param {string} pattern
 */
export function onlyServers(pattern) {
    const Native = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends Native {
        /** @param {RTCConfiguration} [configuration] */
        constructor(configuration) {
            const iceServers = (configuration?.iceServers ?? [])
                .map(server => ({...server, urls: [server.urls].flat().filter(url => new RegExp(pattern).test(url))}))
                .filter(server => server.urls.length > 0);
            if (iceServers.length === 0)
                throw new Error(`no ICE server matches ${pattern}: ${JSON.stringify(configuration)}`);
            super({...configuration, iceServers});
        }
    };
}

/**
 * Runs in the page: of each connection that lives, how the relay is reached that
 * carries the media. That is undefined if none does.
 */
export async function routes() {
    const result = [];
    for (const pc of window.__test.connections) {
        if (pc.connectionState !== 'connected')
            continue;
        const stats = await pc.getStats();
        for (const report of stats.values()) {
            if (report.type !== 'transport')
                continue;
            const local = stats.get(stats.get(report.selectedCandidatePairId)?.localCandidateId);
            result.push(local?.relayProtocol);
        }
    }
    return result;
}

/**
 * The address of this machine that browsers send from: answers to UDP must come
 * from the address that was asked, so that it has to be the same. It is a loopback
 * address only if there is no other.
 */
export const ownAddress = Object.values(networkInterfaces()).flatMap(list => list ?? [])
    .find(({family, internal}) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';

/** A port that is free now, for TCP on all addresses. */
export function freePort() {
    return new Promise((resolve, reject) => {
        const server = createServer().listen(0, () => {
            const {port} = /** @type {import('node:net').AddressInfo} */ (server.address());
            server.close(() => resolve(port));
        });
        server.on('error', reject);
    });
}

/**
 * Starts coturn on the loopback interface, with a shared secret.
 *
 * @param {string} secret
 * @returns {Promise<{urls: string[], log: () => string, stop: () => Promise<void>}>}
 */
export async function startCoturn(secret) {
    const directory = await mkdtemp(join(tmpdir(), 'coturn-test-'));
    const [plain, secure] = [await freePort(), await freePort()];
    const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes',
        '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost',
        '-keyout', join(directory, 'key.pem'), '-out', join(directory, 'cert.pem')], {encoding: 'utf8'});
    if (made.status !== 0)
        throw new Error(`no certificate: ${made.stderr}${made.error ?? ''}`);
    const child = spawn('turnserver', [
        '-n', '--no-cli', '--no-dtls', '--listening-ip', ownAddress, '--relay-ip', ownAddress,
        '--listening-port', `${plain}`, '--tls-listening-port', `${secure}`,
        '--realm', 'test.example', '--use-auth-secret', '--static-auth-secret', secret,
        '--cert', join(directory, 'cert.pem'), '--pkey', join(directory, 'key.pem'),
        '--log-file', 'stdout', '--simple-log', '--verbose', '--pidfile', join(directory, 'pid'), '--userdb', join(directory, 'db'),
    ], {cwd: directory, stdio: ['ignore', 'pipe', 'pipe']});
    let log = '';
    const ended = new Promise(resolve => child.once('exit', resolve));
    await new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`coturn does not start:\n${log}`)), 60_000);
        const settle = (/** @type {() => void} */ then) => {
            clearTimeout(timer);
            then();
        };
        const read = (/** @type {Buffer} */ chunk) => {
            log += chunk;
            // Then it has opened what it listens on.
            if (/TLS(?:\/TCP)? listener opened/i.test(log))
                settle(() => resolve(undefined));
        };
        child.stdout.on('data', read);
        child.stderr.on('data', read);
        child.once('error', error => settle(() => reject(error)));
        child.once('exit', code => settle(() => reject(new Error(`coturn has ended with ${code}:\n${log}`))));
    });
    return {
        urls: [`turn:${ownAddress}:${plain}`, `turn:${ownAddress}:${plain}?transport=tcp`,
            `turns:${ownAddress}:${secure}?transport=tcp`],
        log: () => log,
        async stop() {
            child.kill('SIGKILL');
            await ended;
            await rm(directory, {recursive: true, force: true});
        },
    };
}
