// Calls of people who reach nothing but a TURN server: the one that is built in,
// and coturn, over UDP, TCP and TLS. They have switched on "relay" in their
// settings, so that nothing else carries their media. It needs coturn and openssl, and
// is no part of the test command: make relay.

import assert from 'node:assert/strict';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {after, before, describe, it} from 'node:test';
import {launchChromium} from '../browser/lib/browsers.mjs';
import {startGalene} from '../browser/lib/galene.mjs';
import {Person} from '../browser/lib/person.mjs';
import {freePort, onlyServers, ownAddress, routes, startCoturn, ways} from './turn.mjs';

const description = {'wildcard-user': {password: {type: 'wildcard'}, permissions: 'present'}};

/** Runs in the page before its scripts: what the settings dialogue does. */
function forceRelay() {
    localStorage.setItem('settings', JSON.stringify({version: 1, forceRelay: true}));
}

/**
 * Two people meet in each of the ways.
 *
 * @param {() => {browser: Awaited<ReturnType<typeof launchChromium>>, url: string}} where
 * @param {(keyof typeof ways)[]} [chosen]
 */
function holdsCalls(where, chosen = ['udp', 'tcp', 'tls']) {
    for (const way of chosen) {
        const pattern = ways[way];
        it(`over ${way}`, async () => {
            const {browser, url} = where();
            const join = (/** @type {string} */ name, /** @type {string} */ camera) => Person.join(browser, url, {
                name, camera, prepare: async page => {
                    await page.initScript(forceRelay);
                    await page.initScript(onlyServers, pattern);
                },
            });
            /** @type {Person[]} */
            const people = [];
            try {
                people.push(await join('Ada', 'red'), await join('Bob', 'blue'));
                await Promise.all(people.map(person => person.awaitMedia(1)));
                await people[0].awaitPictures(['blue']);
                await people[1].awaitPictures(['red']);
                for (const {page, name} of people) {
                    assert.deepEqual(await page.evaluate(routes), [way, way], name);
                    assert.deepEqual(page.errors, [], name);
                }
            } finally {
                await Promise.all(people.map(person => person.close()));
            }
        });
    }
}

describe('a call through a TURN server', {timeout: 300_000}, () => {
    /** @type {Awaited<ReturnType<typeof launchChromium>>} */
    let browser;
    // The certificates are self-signed.
    before(async () => {
        browser = await launchChromium(['--ignore-certificate-errors']);
    });
    after(() => browser?.close());

    describe('that is built in', () => {
        /** @type {Awaited<ReturnType<typeof startGalene>>} */
        let galene;
        before(async () => {
            const [http, turn] = [await freePort(), await freePort()];
            galene = await startGalene({relay: description}, {
                config: {canonicalHost: `localhost:${http}`},
                flags: ['-insecure=false', '-http', `127.0.0.1:${http}`, '-turn', `${ownAddress}:${turn}`],
            });
        });
        after(() => galene?.stop());
        holdsCalls(() => ({browser, url: `${galene.url}group/relay/`}));
    });

    describe('that is coturn', () => {
        /** @type {Awaited<ReturnType<typeof startCoturn>>} */
        let coturn;
        /** @type {Awaited<ReturnType<typeof startGalene>>} */
        let galene;
        before(async () => {
            coturn = await startCoturn('shared by the two servers');
            galene = await startGalene({relay: description});
            await writeFile(join(galene.directory, 'data', 'ice-servers.json'), JSON.stringify([{
                urls: coturn.urls, username: 'galene', credential: 'shared by the two servers', credentialType: 'hmac-sha1',
            }]));
            // It is noticed when the configuration is next asked for, a second
            // after the last time.
            await new Promise(resolve => setTimeout(resolve, 1100));
        });
        after(async () => {
            await galene?.stop();
            await coturn?.stop();
        });
        holdsCalls(() => ({browser, url: `${galene.url}group/relay/`}));
    });
});
