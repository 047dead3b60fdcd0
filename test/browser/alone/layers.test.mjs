// Three people, so that pictures are sent in two layers: a receiver that asks for
// the small ones gets them, and the large ones again, without an exchange of
// descriptions; of a picture that is sent in one layer only it gets that one.

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {meeting} from '../lib/meeting.mjs';
import {large} from '../lib/person.mjs';

describe('layers', {timeout: 180_000}, () => {
    const room = meeting();

    it('change on request, without offers', async () => {
        const ada = await room.join('Ada', 'red', {size: large});
        const eve = await room.join('Eve', 'lime', {size: large});
        const bob = await room.join('Bob', 'blue', {size: large});
        await Promise.all([ada, eve, bob].map(person => person.awaitMedia(2)));
        // Those who were alone have replaced their streams by layered ones.
        await ada.page.waitFor(async () => {
            const rids = [];
            for (const {reports} of await window.__test.statistics()) {
                for (const report of reports.values()) {
                    if (report.type === 'outbound-rtp' && report.rid && report.framesSent > 30)
                        rids.push(report.rid);
                }
            }
            return rids.includes('h') && rids.includes('l');
        }, undefined, 30_000);
        await Promise.all([ada, eve, bob].map(person => person.awaitMedia(2)));

        /** The widths of the pictures that Bob sees. */
        const awaitWidths = (/** @type {number} */ low, /** @type {number} */ high) =>
            bob.page.waitFor(([least, most]) => {
                const widths = [...document.querySelectorAll('[data-user-id]:not([data-self]) video')]
                    .map(video => video.videoWidth).filter(width => width > 0);
                return widths.length === 2 && widths.every(width => width >= least && width <= most);
            }, [low, high], 30_000);
        const request = (/** @type {string} */ video) => bob.page.evaluate((/** @type {string} */ kind) => {
            window.__test.sockets.at(-1).send(JSON.stringify({type: 'request', request: {'': ['audio', kind]}}));
        }, video);

        await awaitWidths(480, 1280);
        await bob.page.evaluate(() => {
            window.__test.offers = 0;
            window.__test.sockets.at(-1).addEventListener('message', (/** @type {MessageEvent} */ event) => {
                if (JSON.parse(event.data).type === 'offer')
                    window.__test.offers++;
            });
        });
        for (let i = 0; i < 2; i++) {
            await request('video-low');
            await awaitWidths(1, 479);
            await request('video');
            await awaitWidths(480, 1280);
        }
        await bob.awaitMedia(2);
        await bob.awaitPictures(['red', 'lime']);
        assert.equal(await bob.page.evaluate(() => window.__test.offers), 0);

        // Of a small picture there is but one layer, whatever was described.
        await request('video-low');
        const fay = await room.join('Fay', 'magenta');
        await fay.page.waitFor(async () => {
            const sent = new Map();
            for (const {reports} of await window.__test.statistics()) {
                for (const report of reports.values()) {
                    if (report.type === 'outbound-rtp' && report.rid)
                        sent.set(report.rid, report.framesSent);
                }
            }
            return sent.get('h') > 10 && sent.get('l') === 0;
        }, undefined, 30_000);
        await bob.awaitMedia(3);
        await bob.awaitPictures(['red', 'lime', 'magenta']);
        assert.deepEqual(bob.page.errors, []);
    });
});
