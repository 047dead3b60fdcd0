// Builds the server once per run, and starts it on a free port with groups and
// data of its own.

import {spawn, spawnSync} from 'node:child_process';
import {mkdtemp, mkdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const output = join(root, 'test/out');

/** @type {string | undefined} */
let binary = process.env.TEST_GALENE;

/**
 * Returns the server's binary. The build cache makes this quick after the first
 * time.
 */
function build() {
    if (!binary) {
        const path = join(output, process.platform === 'win32' ? 'galene.exe' : 'galene');
        const result = spawnSync('go', ['build', '-o', path, '.'], {
            cwd: root, env: {...process.env, CGO_ENABLED: '0'}, encoding: 'utf8',
        });
        if (result.status !== 0)
            throw new Error(`the server does not build:\n${result.stderr}${result.error ?? ''}`);
        binary = path;
    }
    return binary;
}

/** A running server. */
export class Galene {
    /**
     * @param {import('node:child_process').ChildProcess} process
     * @param {string} directory
     * @param {string} url ends in a slash
     * @param {() => string} log
     */
    constructor(process, directory, url, log) {
        this.process = process;
        this.directory = directory;
        this.url = url;
        /** What the server has printed so far. */
        this.log = log;
    }

    /**
     * The URL of the WebSocket.
     */
    get endpoint() {
        return this.url.replace(/^http/, 'ws') + 'ws';
    }

    /**
     * Writes the definition of a group.
     *
     * @param {string} name
     * @param {object} description
     */
    async setGroup(name, description) {
        const path = join(this.directory, 'groups', `${name}.json`);
        await mkdir(dirname(path), {recursive: true});
        await writeFile(path, JSON.stringify(description));
    }

    /** Stops the server and removes what it has written. */
    async stop() {
        if (this.process.exitCode === null && this.process.signalCode === null) {
            const gone = new Promise(resolve => this.process.once('exit', resolve));
            this.process.kill('SIGTERM');
            const timer = setTimeout(() => this.process.kill('SIGKILL'), 10_000);
            await gone;
            clearTimeout(timer);
        }
        await rm(this.directory, {recursive: true, force: true});
    }
}

/**
 * Starts a server.
 *
 * @param {Record<string, object>} groups name → description
 * @param {object} [options]
 * @param {object} [options.config] contents of data/config.json
 * @param {string[]} [options.flags] further command-line flags
 * @returns {Promise<Galene>}
 */
export async function startGalene(groups, {config, flags = []} = {}) {
    const path = build();
    const directory = await mkdtemp(join(tmpdir(), 'galene-test-'));
    for (const name of ['groups', 'data', 'recordings'])
        await mkdir(join(directory, name));
    for (const [name, description] of Object.entries(groups)) {
        const file = join(directory, 'groups', `${name}.json`);
        await mkdir(dirname(file), {recursive: true});
        await writeFile(file, JSON.stringify(description));
    }
    if (config)
        await writeFile(join(directory, 'data', 'config.json'), JSON.stringify(config));

    const child = spawn(path, [
        '-http', '127.0.0.1:0', '-insecure', '-turn', '',
        '-groups', join(directory, 'groups'), '-data', join(directory, 'data'),
        '-recordings', join(directory, 'recordings'), ...flags,
    ], {stdio: ['ignore', 'pipe', 'pipe']});

    let log = '';
    const url = await new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`the server does not start:\n${log}`)), 15_000);
        const read = (/** @type {Buffer} */ chunk) => {
            log += chunk;
            const address = /^(?:Open|Then open) (https?:\/\/[^/\s]+\/)/m.exec(log);
            if (address) {
                clearTimeout(timer);
                resolve(address[1]);
            }
        };
        child.stdout.on('data', read);
        child.stderr.on('data', read);
        child.once('exit', code => {
            clearTimeout(timer);
            reject(new Error(`the server has ended with ${code}:\n${log}`));
        });
        child.once('error', reject);
    });
    return new Galene(child, directory, url, () => log);
}
