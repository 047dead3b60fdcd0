// Stored settings and what is taken over from the older interface (ui-design.md 2).

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {createSettings, defaults, migrate, valid, version} from '../../static/js/core/settings.js';

/** A storage that holds one text. */
function storage(text) {
    const items = new Map(text === undefined ? [] : [['settings', text]]);
    return {
        items,
        getItem: key => items.get(key) ?? null,
        setItem: (key, value) => items.set(key, value),
        removeItem: key => items.delete(key),
    };
}

describe('migration', () => {
    for (const junk of [undefined, null, 7, 'x', [], [1]])
        it(`of ${JSON.stringify(junk)} gives the defaults`, () => assert.deepEqual(migrate(junk), {...defaults}));

    it('keeps valid values of the older interface and drops others', () => {
        const now = migrate({mirrorView: false, send: 'low', simulcast: 'sometimes', resolution: [640, 480],
                             hqaudio: 'yes', filter: 'background-blur', localMute: true});
        assert.equal(now.mirrorView, false);
        assert.equal(now.send, 'low');
        assert.equal(now.simulcast, 'auto');
        assert.deepEqual(now.resolution, [640, 480]);
        assert.equal(now.hqaudio, false);
        assert.equal(now.localMute, true);
        assert.equal(now.filter, 'background-blur');
        assert.equal(migrate({filter: 'sepia'}).filter, '');
    });

    it('turns an empty device, which was "off", into a switched-off one', () => {
        const now = migrate({video: '', audio: ''});
        assert.deepEqual([now.video, now.camera, now.audio, now.localMute], [null, false, null, true]);
    });

    it('highlights speakers and shows everyone, whatever the older interface had', () => {
        const now = migrate({activityDetection: false, displayAll: false});
        assert.deepEqual([now.activityDetection, now.displayAll], [true, true]);
    });

    it('leaves our own choices alone', () => {
        const now = migrate({version, activityDetection: false, video: 'cam'});
        assert.deepEqual([now.activityDetection, now.video], [false, 'cam']);
    });

    it('does not let a prototype in', () => {
        const now = migrate(JSON.parse('{"__proto__": {"name": "x"}, "constructor": 1}'));
        assert.equal(now.name, '');
        assert.equal(Object.getPrototypeOf(now), Object.prototype);
    });
});

describe('settings', () => {
    it('are written with their version and read again', () => {
        const local = storage();
        createSettings({local, session: null}).set('name', 'Ada');
        assert.equal(JSON.parse(local.items.get('settings')).version, version);
        assert.equal(createSettings({local, session: null}).get('name'), 'Ada');
    });

    it('prefer what is kept over what the older interface left in the session', () => {
        const session = storage(JSON.stringify({send: 'lowest'}));
        assert.equal(createSettings({local: storage(), session}).get('send'), 'lowest');
        const local = storage(JSON.stringify({version, send: 'low'}));
        assert.equal(createSettings({local, session}).get('send'), 'low');
    });

    it('survive a storage that is broken or forbidden', () => {
        const broken = {getItem() { throw new Error('no'); }, setItem() { throw new Error('no'); }, removeItem() { throw new Error('no'); }};
        for (const local of [null, broken, storage('{')]) {
            const settings = createSettings({local, session: null});
            assert.ok(settings.set('theme', 'dark'));
            assert.equal(settings.get('theme'), 'dark');
            settings.forget();
            assert.equal(settings.get('theme'), 'system');
        }
    });

    it('refuse values that are not allowed', () => {
        const settings = createSettings({local: null, session: null});
        assert.ok(!settings.set('theme', 'pink'));
        assert.ok(!settings.set('nonsense', 1));
        assert.ok(!settings.set('password', 'x'));
        assert.equal(settings.get('theme'), 'system');
    });

    it('tell of changes, once each', () => {
        const settings = createSettings({local: null, session: null});
        const seen = [];
        const stop = settings.subscribe(all => seen.push(all.theme));
        settings.set('theme', 'dark');
        settings.set('theme', 'dark');
        stop();
        settings.set('theme', 'light');
        assert.deepEqual(seen, ['dark']);
    });

    it('have valid defaults', () => {
        for (const [name, value] of Object.entries(defaults))
            assert.ok(valid(name, value), name);
    });
});
