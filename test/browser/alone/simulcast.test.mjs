// Three people, so that pictures are sent in two layers; what is added later is
// renegotiated, and neither pictures nor layers are lost.

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {meeting} from '../lib/meeting.mjs';
import {large} from '../lib/person.mjs';

describe('with simulcast', {timeout: 180_000}, () => {
    const room = meeting();

    it('a microphone is added and the picture goes on', async () => {
        const bob = await room.join('Bob', 'blue', {size: large});
        const eve = await room.join('Eve', 'lime', {size: large});
        const ada = await room.join('Ada', 'red', {size: large, query: '?audio=off'});
        await Promise.all([bob, eve].map(person => person.awaitMedia(2, 1)));
        await bob.awaitPictures(['red', 'lime']);

        /** The layers that Ada sends, and how many packets of each have gone. */
        const layers = () => ada.page.evaluate(async () => {
            const result = {};
            for (const {reports} of await window.__test.statistics()) {
                for (const report of reports.values()) {
                    if (report.type === 'outbound-rtp' && report.kind === 'video')
                        result[report.rid ?? ''] = report.packetsSent;
                }
            }
            return result;
        });
        const before = await layers();
        assert.deepEqual(Object.keys(before).sort(), ['h', 'l']);
        const stream = (await bob.others()).map(tile => tile.stream).sort();

        await ada.press('microphone');
        await Promise.all([bob, eve].map(person => person.awaitMedia(2, 2)));
        await Promise.all([bob.awaitPictures(['red', 'lime']), eve.awaitPictures(['red', 'blue'])]);
        assert.deepEqual((await bob.others()).map(tile => tile.stream).sort(), stream, 'the stream was replaced');
        // Both layers go on, the large one as soon as the browser thinks that it fits.
        let now = await layers();
        for (const deadline = Date.now() + 60_000; !(now.h > before.h && now.l > before.l); now = await layers()) {
            assert.ok(Date.now() < deadline, `layers ${JSON.stringify(before)}, then ${JSON.stringify(now)}`);
            await new Promise(resolve => setTimeout(resolve, 200));
        }
        assert.deepEqual(Object.keys(now).sort(), ['h', 'l']);

        // Whoever comes now gets both, too.
        const fay = await room.join('Fay', 'magenta', {size: large});
        await fay.awaitMedia(3);
        assert.deepEqual(ada.page.errors, []);
    });
});
