// The type declarations that are given to authors of clients (client-library.md 1):
// they are those of the libraries, and programs in both forms can use them.

import assert from 'node:assert/strict';
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {it} from 'node:test';
import {fileURLToPath} from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const tsc = (/** @type {string[]} */ ...args) => {
    const {status, stdout, stderr} = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...args],
        {cwd: root, encoding: 'utf8'});
    assert.equal(status, 0, stdout + stderr);
};

it('the declarations are those of the libraries; "npm run types" makes them', () => {
    const directory = mkdtempSync(join(tmpdir(), 'galene-types-'));
    try {
        tsc('--project', 'static/types/tsconfig.json', '--outDir', directory);
        for (const name of ['protocol.d.ts', 'protocol.d.mts', 'management.d.ts', 'management.d.mts']) {
            assert.equal(readFileSync(join(root, 'static/types', name), 'utf8'), readFileSync(join(directory, name), 'utf8'), name);
            assert.doesNotMatch(readFileSync(join(directory, name), 'utf8'), /import\("\.\.?\/(?!protocol|management)/);
        }
    } finally {
        rmSync(directory, {recursive: true});
    }
});

for (const program of ['module.mts', 'classic.ts']) {
    it(`a program is checked: ${program}`, () =>
        tsc('--noEmit', '--strict', '--target', 'ES2022', '--module', 'ESNext', '--moduleResolution', 'bundler', '--moduleDetection', 'auto',
            '--lib', 'ES2023,DOM,DOM.Iterable', '--types', '', `test/unit/types/${program}`));
}
