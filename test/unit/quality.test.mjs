// From statistics to bars (ui-design.md 4, "Quality bars").

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {classify, createMeter, readStats} from '../../static/js/media/quality.js';

const perfect = {loss: 0, roundTrip: 0, frozen: false};

describe('classify', () => {
    for (const [sample, quality] of /** @type {const} */ ([
        [{}, 'good'],
        [{loss: 0.019, roundTrip: 0.19}, 'good'],
        [{loss: 0.02}, 'fair'],
        [{roundTrip: 0.2}, 'fair'],
        [{frozen: true}, 'fair'],
        [{loss: 0.06}, 'poor'],
        [{roundTrip: 0.4}, 'poor'],
        [{frozen: true, loss: 0.1}, 'poor'],
    ])) {
        it(`${JSON.stringify(sample)} is ${quality}`, () =>
            assert.equal(classify({...perfect, ...sample}), quality));
    }
});

describe('the meter', () => {
    it('shows the worst of the last five seconds, and goes up after ten', () => {
        const meter = createMeter();
        assert.equal(meter(perfect, 0), 'good');
        assert.equal(meter({...perfect, loss: 0.1}, 2000), 'poor');
        assert.equal(meter(perfect, 4000), 'poor');
        assert.equal(meter(perfect, 8000), 'poor', 'the loss is past, the wait begins');
        assert.equal(meter(perfect, 17_000), 'poor');
        assert.equal(meter(perfect, 18_000), 'good');
    });
    it('goes down at once', () => {
        const meter = createMeter();
        assert.equal(meter({...perfect, roundTrip: 0.3}, 0), 'fair');
        assert.equal(meter({...perfect, roundTrip: 0.5}, 100), 'poor');
    });
});

describe('readStats', () => {
    const video = (/** @type {object} */ report) => ({
        v: {'inbound-rtp': {frameWidth: 640, bytesReceived: 1000, packetsReceived: 0, packetsLost: 0,
                            nackCount: 0, freezeCount: 0, ...report}},
    });
    /** @param {object[]} reports */
    const last = reports => {
        const previous = new Map();
        let result = readStats(video(/** @type {object} */ (reports[0])), previous);
        for (const report of reports.slice(1))
            result = readStats(video(report), previous);
        return result.sample;
    };

    it('does not blame the connection for a busy machine', () =>
        assert.equal(last([{packetsReceived: 100}, {packetsReceived: 200, freezeCount: 3}]).frozen, false));
    it('does not count what froze before we looked', () =>
        assert.equal(last([{packetsReceived: 100, freezeCount: 2, packetsLost: 5}]).frozen, false));
    it('counts a freeze with packets lost', () =>
        assert.equal(last([{packetsReceived: 100}, {packetsReceived: 200, freezeCount: 1, packetsLost: 1}]).frozen, true));
    it('counts a freeze with packets asked for again', () =>
        assert.equal(last([{packetsReceived: 100}, {packetsReceived: 200, freezeCount: 1, nackCount: 2}]).frozen, true));
    it('does not count old losses again', () =>
        assert.deepEqual(last([{packetsReceived: 100, packetsLost: 50}, {packetsReceived: 200, packetsLost: 50}]), perfect));
    it('takes the share of the interval', () =>
        assert.equal(last([{packetsReceived: 100}, {packetsReceived: 190, packetsLost: 10}]).loss, 0.1));
    it('makes nothing of a handful of packets', () =>
        assert.equal(last([{packetsReceived: 100}, {packetsReceived: 105, packetsLost: 1}]).loss, 0));
    it('survives a counter that goes back', () =>
        assert.equal(last([{packetsReceived: 100, packetsLost: 9}, {packetsReceived: 200, packetsLost: 3}]).loss, 0));
    it('believes what the other side says of our own stream', () => {
        const {sample, pictureBytes} = readStats({
            a: {'outbound-rtp': {fractionLost: 0.05, roundTripTime: 0.25}},
            b: {'outbound-rtp': {fractionLost: 0.01, roundTripTime: 0.1}},
        }, new Map());
        assert.deepEqual(sample, {loss: 0.05, roundTrip: 0.25, frozen: false});
        assert.equal(pictureBytes, null);
    });
    it('adds up the bytes of pictures only', () => assert.equal(readStats({
        ...video({bytesReceived: 70}), s: {'inbound-rtp': {bytesReceived: 5}},
    }, new Map()).pictureBytes, 70));
});
