// The list of file transfers (client-library.md 5).

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {createFiles, secondsLeft, sizeText} from '../../static/js/core/files.js';
import {createStore} from '../../static/js/core/store.js';

const setUp = () => {
    const store = createStore(/** @type {any} */ ({files: []}));
    /** @type {any} */
    const sc = {};
    let time = 1000;
    const files = createFiles(/** @type {any} */ ({
        store, now: () => time,
        session: {onattach: (/** @type {(sc: any) => void} */ attach) => attach(sc)},
    }));
    /** @type {string[]} */
    const calls = [];
    const offer = (up = false) => {
        const transfer = {
            up, userid: 'u1', username: 'Bob', name: 'a.txt', size: 100, datalen: 0,
            receive: async () => calls.push('receive'), cancel: () => calls.push('cancel'),
            onevent: /** @type {any} */ (null),
        };
        sc.onfiletransfer(transfer);
        return transfer;
    };
    return {store, files, offer, calls, wait: (/** @type {number} */ ms) => {
        time += ms;
    }};
};

describe('file transfers', () => {
    it('are accepted, progress and end', () => {
        const {store, files, offer, calls, wait} = setUp();
        const transfer = offer();
        const now = () => store.get().files[0];
        assert.equal(now().state, 'offered');
        files.accept(now().key);
        assert.deepEqual(calls, ['receive']);
        transfer.onevent('connected');
        wait(2000);
        transfer.datalen = 40;
        transfer.onevent('connected');
        assert.deepEqual([now().state, now().done, now().rate, secondsLeft(now())], ['running', 40, 20, 3]);
        transfer.onevent('done', 'blob');
        assert.deepEqual([now().state, now().blob], ['done', 'blob']);
        transfer.onevent('cancelled', 'too late');
        assert.equal(now().state, 'done');
        files.forget(now().key);
        assert.equal(store.get().files.length, 0);
    });
    it('are cancelled by either side', () => {
        const {store, files, offer, calls} = setUp();
        const one = offer(true);
        const two = offer();
        assert.equal(store.get().files[0].state, 'waiting');
        files.cancel(store.get().files[1].key);
        assert.deepEqual(calls, ['cancel']);
        two.onevent('cancelled', null);
        one.onevent('cancelled', new Error('no'));
        assert.deepEqual(store.get().files.map(file => [file.state, file.reason]), [['cancelled', 'no'], ['cancelled', '']]);
    });
    it('a flood of offers is refused', () => {
        const {offer} = setUp();
        for (let i = 0; i < 50; i++)
            offer();
        assert.throws(offer, /too many/);
    });
});

it('sizes are for people', () => {
    assert.equal(sizeText(0, 'en'), '0 bytes');
    assert.equal(sizeText(1, 'en'), '1 byte');
    assert.equal(sizeText(1500, 'en'), '1.5 kB');
    assert.equal(sizeText(3_000_000, 'en'), '3 MB');
    assert.equal(sizeText(2 ** 41, 'en'), '2.2 TB');
    assert.equal(sizeText(1e18, 'en'), '1,000,000 TB');
});
