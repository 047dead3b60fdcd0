// What media there is in a call: the codecs that groups may name, and what senders
// find out about their network.

import assert from 'node:assert/strict';
import {after, afterEach, before, describe, it} from 'node:test';
import {launch} from '../lib/browsers.mjs';
import {startGalene} from '../lib/galene.mjs';
import {large, Person} from '../lib/person.mjs';

/**
 * @param {string[]} codecs
 */
function description(codecs) {
    return {codecs, 'wildcard-user': {password: {type: 'wildcard'}, permissions: 'present'}};
}

/**
 * The codecs of all streams that go one way in a page, without duplicates.
 *
 * @param {Person} person
 * @param {'inbound-rtp' | 'outbound-rtp'} way
 * @returns {Promise<string[]>} for example ['audio/opus', 'video/VP8']
 */
function codecsOf(person, way) {
    return person.page.evaluate(async (/** @type {string} */ type) => {
        const names = new Set();
        for (const {reports} of await window.__test.statistics()) {
            for (const report of reports.values()) {
                if (report.type === type && report.codecId)
                    names.add(reports.get(report.codecId).mimeType);
            }
        }
        return [...names].sort();
    }, way);
}

describe('media', {timeout: 400_000}, () => {
    /** @type {import('../lib/galene.mjs').Galene} */
    let galene;
    /** @type {Awaited<ReturnType<typeof launch>>} */
    let chromium;
    /** @type {Person[]} */
    let people = [];
    let group = 0;

    before(async () => {
        galene = await startGalene({});
        chromium = await launch('chromium');
    });
    after(async () => {
        await chromium?.close();
        await galene?.stop();
    });
    afterEach(async () => {
        await Promise.all(people.map(person => person.close()));
        people = [];
    });

    /**
     * @param {string[]} codecs
     * @param {Record<string, string>} who colours of cameras, by name
     * @param {import('../lib/person.mjs').PictureSize} [size]
     */
    async function meet(codecs, who, size) {
        await galene.setGroup(`studio${++group}`, description(codecs));
        for (const [name, camera] of Object.entries(who))
            people.push(await Person.join(chromium, `${galene.url}group/studio${group}/`, {name, camera, size}));
        return people;
    }

    for (const [video, audio, mimeTypes] of /** @type {[string, string, string[]][]} */ ([
        ['vp9', 'opus', ['audio/opus', 'video/VP9']],
        ['av1', 'g722', ['audio/G722', 'video/AV1']],
        ['h264', 'pcmu', ['audio/PCMU', 'video/H264']],
        ['vp8', 'pcma', ['audio/PCMA', 'video/VP8']],
    ])) {
        it(`pictures in ${video} and sound in ${audio}`, async () => {
            const [ada, bob] = await meet([video, audio], {Ada: 'red', Bob: 'blue'});
            await Promise.all([ada.awaitPictures(['blue']), bob.awaitPictures(['red'])]);
            await Promise.all([ada.awaitMedia(1), bob.awaitMedia(1)]);
            assert.deepEqual(await codecsOf(ada, 'inbound-rtp'), mimeTypes);
            assert.deepEqual(await codecsOf(ada, 'outbound-rtp'), mimeTypes);
        });
    }

    it('a sender finds out that there is room (R-7.1)', async () => {
        // Chromium's estimate does not grow beyond what it has to send, if the load of the machine
        // has spoilt the probes that it sends at the start: so there is much to send.
        const [ada, bob] = await meet(['vp8', 'opus'], {Ada: 'red', Bob: 'blue'}, {...large, noise: true});
        await ada.say('/set send unlimited');
        await bob.awaitPictures(['red']);
        await ada.page.waitFor(async () => {
            for (const {reports} of await window.__test.statistics()) {
                for (const report of reports.values()) {
                    if (report.type === 'candidate-pair' && report.nominated &&
                            report.availableOutgoingBitrate >= 1_000_000)
                        return true;
                }
            }
            return false;
        }, undefined, 60_000).catch(async error => { // 20 s is what is required, of a machine that is not busy
            throw new Error(await ada.diagnosis(), {cause: error});
        });
    });
});
