// What the call page offers beside the call itself: hints, signals, zoom, keys, details,
// the saved chat, groups visited before. Logic only; what it looks like is tested in
// browsers.

import assert from 'node:assert/strict';
import {afterEach, beforeEach, describe, it, mock} from 'node:test';
import {beginsDay} from '../../static/js/core/chatlog.js';
import {chatText} from '../../static/js/core/chattext.js';
import {dayOf, mentions} from '../../static/js/core/format.js';
import {createHandOffer, createMutedHint} from '../../static/js/core/hints.js';
import {setLanguage} from '../../static/js/core/i18n.js';
import {migrate, valid} from '../../static/js/core/settings.js';
import {crowd, signals} from '../../static/js/core/signals.js';
import {initialState} from '../../static/js/core/state.js';
import {createStore} from '../../static/js/core/store.js';
import {forgetVisits, most, parseVisits, remember, visits} from '../../static/js/core/visits.js';
import {largest, panned, whole, zoomed} from '../../static/js/core/zoom.js';
import {microphoneConstraints} from '../../static/js/media/capture.js';
import {readDetails} from '../../static/js/media/details.js';
import {otherCamera} from '../../static/js/media/devices.js';
import {createWarning} from '../../static/js/media/quality.js';
import {banner} from '../../static/js/ui/banners.js';
import {seenRows} from '../../static/js/ui/kit/window.js';
import {largeScreen, scene, tiles} from '../../static/js/ui/tilelist.js';
import shared from '../../static/locale/en.js';
import call from '../../static/locale/call/en.js';

// The menu listens to the window of a browser.
Object.assign(globalThis, {addEventListener() {}});
const {keyFor, keyOf, shortcuts, singleKeys} = await import('../../static/js/ui/kit/shortcuts.js');

beforeEach(() => setLanguage('en', {...shared, ...call}));

describe('hints', () => {
    beforeEach(() => mock.timers.enable({apis: ['setTimeout', 'Date']}));
    afterEach(() => mock.timers.reset());

    it('whoever speaks for a while though muted is told, once a minute', () => {
        let count = 0;
        const hint = createMutedHint(() => count++);
        hint(true);
        mock.timers.tick(1000);
        // A cough.
        hint(false);
        mock.timers.tick(5000);
        assert.equal(count, 0);
        hint(true);
        mock.timers.tick(1500);
        assert.equal(count, 1);
        hint(false);
        hint(true);
        mock.timers.tick(20_000);
        assert.equal(count, 1);
        hint(false);
        mock.timers.tick(60_000);
        hint(true);
        mock.timers.tick(1500);
        assert.equal(count, 2);
    });

    it('whoever has spoken with a hand up may lower it, once', () => {
        let count = 0;
        const hand = createHandOffer(() => count++);
        const speak = (/** @type {number} */ ms) => {
            hand(true, true);
            mock.timers.tick(ms);
            hand(true, false);
        };
        // Before the hand is up nothing counts.
        hand(false, true);
        mock.timers.tick(10_000);
        hand(false, false);
        hand(true, false);
        speak(2000);
        mock.timers.tick(10_000);
        assert.equal(count, 0, 'a word is not a contribution');
        speak(2000);
        mock.timers.tick(3000);
        speak(2000);
        assert.equal(count, 0, 'a pause is not the end');
        mock.timers.tick(4000);
        assert.equal(count, 1);
        speak(9000);
        mock.timers.tick(9000);
        assert.equal(count, 1);
        hand(false, false);
        hand(true, false);
        speak(4000);
        mock.timers.tick(4000);
        assert.equal(count, 2);
    });
});

it('a poor upload is told until it is put away, with the camera to be switched off', () => {
    const store = createStore(initialState(migrate(null)));
    const done = [];
    const context = /** @type {any} */ ({store, log: null, actions: {toggleCamera: {run: () => done.push('camera')}}});
    assert.equal(banner(context), null);
    store.merge('media', {weak: true, camera: 'on'});
    const shown = banner(context);
    assert.equal(shown?.name, 'weak');
    shown?.buttons[0]?.run();
    assert.deepEqual(done, ['camera']);
    store.merge('media', {camera: 'off'});
    assert.equal(banner(context)?.buttons.length, 1);
    banner(context)?.buttons[0]?.run();
    assert.equal(banner(context), null);
});

it('a connection is weak after ten poor seconds, until it has been good for ten', () => {
    const warn = createWarning();
    const poor = {loss: 0.2, roundTrip: 0, frozen: false};
    const good = {loss: 0, roundTrip: 0, frozen: false};
    const after = (/** @type {any} */ sample, /** @type {number} */ from, /** @type {number} */ to) => {
        let result = false;
        for (let second = from; second <= to; second += 2)
            result = warn(sample, 1000 * second);
        return result;
    };
    assert.equal(after(poor, 0, 8), false);
    assert.equal(after(good, 9, 9), false, 'it was a moment');
    assert.equal(after(poor, 10, 18), false);
    assert.equal(after(poor, 20, 20), true);
    assert.equal(after(good, 22, 30), true);
    assert.equal(after({...good, loss: 0.03}, 31, 31), true, 'fair is not good yet');
    assert.equal(after(good, 32, 42), false);
});

describe('signals', () => {
    /** @param {string[]} names the first is oneself */
    const stateOf = (...names) => {
        const state = initialState(migrate(null));
        for (const [i, name] of names.entries())
            state.users[name] = {id: name, name, permissions: ['present'], data: {}, arrived: i};
        return {...state, me: {...state.me, id: 'Ada', name: 'Ada'}, connection: {...state.connection, state: /** @type {const} */ ('joined')}};
    };
    const message = (/** @type {any} */ more) => ({
        key: 'k', id: 'i', source: 'Bob', name: 'Bob', dest: null, destName: '', time: 100, privileged: false, kind: '',
        text: 'hello', own: false, live: true, ...more,
    });
    const cues = (/** @type {any} */ a, /** @type {any} */ b) => signals(a, b).map(({cue, name}) => `${cue} ${name}`);

    it('come of people, hands and messages', () => {
        const before = stateOf('Ada', 'Bob');
        const now = stateOf('Ada', 'Eve');
        now.users.Eve.data = {raisehand: 5};
        assert.deepEqual(cues(before, now), ['join Eve', 'hand Eve', 'leave Bob']);
        assert.deepEqual(cues(now, now), []);
        const talk = {...now, chat: {...now.chat, messages: [message({}), message({own: true}), message({live: false}), message({source: null})]}};
        assert.deepEqual(cues(now, talk), ['message Bob']);
    });
    it('are personal if a message is private or names us', () => {
        const before = stateOf('Ada');
        const personal = (/** @type {any} */ more) => signals(before, {...before, chat: {...before.chat, messages: [message(more)]}})[0]?.personal;
        assert.equal(personal({}), false);
        assert.equal(personal({dest: 'Ada'}), true);
        assert.equal(personal({text: 'what does @ada say?'}), true);
    });
    it('are silent about crowds, oneself, and while we come back', () => {
        const many = Array.from({length: crowd + 1}, (_, i) => `u${i}`);
        assert.deepEqual(cues(stateOf('Ada', ...many), stateOf('Ada', ...many, 'late')), []);
        const raised = stateOf('Ada');
        raised.users.Ada.data = {raisehand: 5};
        assert.deepEqual(cues(stateOf('Ada'), raised), []);
        const lost = {...stateOf('Ada'), connection: {...raised.connection, state: 'lost'}};
        assert.deepEqual(cues(lost, stateOf('Ada', 'Bob')), []);
    });
});

describe('names in messages', () => {
    for (const [text, name, expected] of /** @type {[string, string, boolean][]} */ ([
        ['hello Ada!', 'Ada', true], ['@ada: look', 'Ada', true], ['Adam', 'Ada', false], ['Łada', 'ada', false],
        ['hi Bob (x)', 'Bob (x)', true], ['a word', 'a', false], ['@A come', 'A', true], ['', '', false], ['x', '  ', false],
    ]))
        it(`“${text}” ${expected ? 'names' : 'does not name'} ${name}`, () => assert.equal(mentions(text, name), expected));
});

it('days are named', () => {
    const now = new Date(2026, 5, 10, 0, 30).getTime();
    assert.equal(dayOf(now, now, 'en'), 'today');
    assert.equal(dayOf(now - 3_600_000, now, 'en'), 'yesterday');
    assert.match(dayOf(now - 50 * 3_600_000, now, 'en'), /June 7, 2026/);
});

it('a line stands between days', () => {
    const at = (/** @type {number} */ day, /** @type {number} */ hour) => /** @type {any} */ ({time: new Date(2026, 5, day, hour).getTime()});
    const now = at(10, 12).time;
    assert.ok(!beginsDay(undefined, at(10, 9), now));
    assert.ok(beginsDay(undefined, at(9, 23), now));
    assert.ok(beginsDay(at(9, 23), at(10, 0), now));
    assert.ok(!beginsDay(at(9, 0), at(9, 23), now));
});

it('the chat is saved with its days, its privacy and without what the program said', () => {
    const at = (/** @type {number} */ day) => new Date(2026, 5, day, 15, 4).getTime();
    const line = (/** @type {any} */ more) => ({
        key: 'k', id: 'i', source: 'b', name: 'Bob', dest: null, destName: '', time: at(1), privileged: false, kind: '', text: 'x', own: false, live: true, ...more,
    });
    const text = chatText([
        line({text: 'one\ntwo'}), line({kind: 'output', text: 'secret'}), line({kind: 'me', text: 'waves'}),
        line({dest: 'a', text: 'psst', time: at(2)}), line({dest: 'b', destName: 'Bob', own: true, name: 'Ada', text: 'yes', time: at(2)}),
    ], 'en').replace(/\u202f/g, ' ');
    assert.equal(text, 'Monday, June 1, 2026\n\n[3:04 PM] Bob: one\n    two\n[3:04 PM] * Bob waves\n' +
        '\nTuesday, June 2, 2026\n\n[3:04 PM] Bob (Only to you): psst\n[3:04 PM] Ada (Only to Bob): yes\n');
});

describe('zoom', () => {
    const size = {width: 400, height: 200};
    it('keeps the point under the pointer where it is', () => {
        const view = zoomed(whole, 2, {x: 100, y: 50}, size);
        assert.deepEqual(view, {scale: 2, x: -100, y: -50});
        const nearer = zoomed(view, 1.5, {x: 100, y: 50}, size);
        // What was at the point: (100 - x) / scale.
        assert.ok(Math.abs((100 - nearer.x) / nearer.scale - (100 - view.x) / view.scale) < 1e-9);
    });
    it('has limits, and leaves no empty edge', () => {
        assert.equal(zoomed(whole, 100, {x: 0, y: 0}, size).scale, largest);
        assert.deepEqual(zoomed({scale: 2, x: 200, y: 0}, 0.1, {x: 0, y: 0}, size), whole);
        assert.deepEqual(panned({scale: 2, x: 0, y: 0}, 999, -999, size), {scale: 2, x: 200, y: -100});
        assert.deepEqual(panned(whole, 50, 50, size), whole);
    });
});

describe('several screens', () => {
    const state = initialState(migrate(null));
    for (const name of ['me', 'a'])
        state.users[name] = {id: name, name, permissions: ['present'], data: {}, arrived: 1};
    const media = (/** @type {string} */ localId, /** @type {number} */ arrived) => ({
        localId, id: localId, userId: 'a', username: 'a', label: 'screenshare', media: null, audio: false, video: true,
        status: 'connected', stalled: false, replacing: false, arrived,
    });
    const two = {...state, me: {...state.me, id: 'me', permissions: ['present']}, streams: {s: media('s', 1), t: media('t', 2)}};
    const chosen = {...two, ui: {...two.ui, screen: 'stream:s'}};

    it('the latest is large until another is chosen', () => {
        assert.equal(largeScreen(tiles(two), two)?.key, 'stream:t');
        assert.deepEqual(scene(two, {compact: false, speaker: null}).main.map(({key}) => key), ['stream:t']);
        assert.deepEqual(scene(chosen, {compact: false, speaker: null}).main.map(({key}) => key), ['stream:s']);
    });
    it('one that has ended is not missed', () =>
        assert.equal(largeScreen(tiles({...chosen, streams: {t: media('t', 2)}}), chosen)?.key, 'stream:t'));
    it('a file that we play is among them, and is not taken for the own picture', () => {
        const playing = {...two, media: {...two.media, played: [{localId: 'f', title: 'film.webm', played: /** @type {any} */ ({media: {}})}]}};
        const {main, rest, floating} = scene(playing, {compact: false, speaker: null});
        assert.deepEqual(main.map(({key, title}) => [key, title]), [['file:f', 'film.webm']]);
        assert.equal(floating, null);
        assert.ok(rest.some(({key}) => key === 'user:me'));
    });
});

describe('keys', () => {
    const microphone = shortcuts.find(({label, control}) => label === 'shortcut.microphone' && !control);
    it('are those that were chosen', () => {
        assert.ok(microphone);
        assert.equal(keyOf(microphone, {}), 'm');
        assert.equal(keyOf(microphone, {'shortcut.microphone': 'k'}), 'k');
        assert.equal(keyFor('shortcut.chat', {'shortcut.chat': 'x'}), 'X');
        assert.equal(keyFor('shortcut.chat', {'shortcut.chat': ''}), '');
        // Those with Ctrl stay.
        assert.match(keyFor('shortcut.microphone', {'shortcut.microphone': 'k'}), /D$/);
    });
    it('differ from one another', () => {
        const keys = singleKeys({}).map(({key}) => key);
        assert.equal(new Set(keys).size, keys.length);
        assert.ok(keys.length > 8);
    });
    it('are checked before they are stored', () => {
        assert.ok(valid('keys', {'shortcut.chat': 'x', 'shortcut.help': ''}));
        for (const bad of [null, [], {'shortcut.chat': 'xy'}, {'shortcut.chat': ' '}, {'shortcut.chat': 1}, 'x'])
            assert.ok(!valid('keys', bad), JSON.stringify(bad));
    });
});

it('the number of tiles is one, or left to the page', () => {
    for (const [value, expected] of /** @type {[unknown, boolean][]} */ ([[null, true], [4, true], [49, true], [0, false], [2.5, false], ['9', false], [1000, false]]))
        assert.equal(valid('maxTiles', value), expected, String(value));
});

it('nothing but the voice is asked for only if that was chosen', () => {
    assert.ok(!('voiceIsolation' in microphoneConstraints({})));
    assert.equal(/** @type {any} */ (microphoneConstraints({voiceIsolation: true})).voiceIsolation, true);
});

describe('the other camera', () => {
    const phone = ['camera2 1, facing front', 'camera2 0, facing back', 'camera2 2, facing back'].map((label, i) => ({deviceId: `c${i}`, label}));
    it('is on the other side', () => {
        assert.equal(otherCamera(phone, 'c0'), 'c1');
        assert.equal(otherCamera(phone, 'c2'), 'c0');
    });
    it('is the next one where names do not tell', () => {
        const plain = [{deviceId: 'a', label: ''}, {deviceId: 'b', label: ''}];
        assert.equal(otherCamera(plain, 'b'), 'a');
        assert.equal(otherCamera(plain, undefined), 'b');
    });
    it('may not be there', () => {
        assert.equal(otherCamera(phone.slice(0, 1), 'c0'), null);
        assert.equal(otherCamera([], 'c0'), null);
    });
});

describe('a long list', () => {
    it('has the rows that are seen, and some more', () => {
        assert.deepEqual(seenRows({count: 500, height: 50, top: 5000, bottom: 5500, more: 10}), {first: 90, last: 120});
        assert.deepEqual(seenRows({count: 500, height: 50, top: -200, bottom: 300}), {first: 0, last: 16});
        assert.deepEqual(seenRows({count: 500, height: 50, top: 24_900, bottom: 25_400}), {first: 488, last: 500});
        // Another section is seen.
        assert.deepEqual(seenRows({count: 5, height: 50, top: 9000, bottom: 9500}), {first: 5, last: 5});
    });
});

describe('details', () => {
    const reports = (/** @type {number} */ second) => /** @type {[string, any][]} */ ([
        ['v', {id: 'v', type: 'inbound-rtp', kind: 'video', frameWidth: 640, frameHeight: 360, framesPerSecond: 24.6,
               bytesReceived: 50_000 * second, packetsReceived: 90 * second, packetsLost: 10 * second, jitter: 0.01, codecId: 'c', timestamp: 1000 * second}],
        ['a', {id: 'a', type: 'inbound-rtp', kind: 'audio', bytesReceived: 4000 * second, packetsReceived: 0, packetsLost: 0,
               jitter: 0.02, codecId: 'o', timestamp: 1000 * second}],
        ['c', {id: 'c', type: 'codec', mimeType: 'video/VP8'}], ['o', {id: 'o', type: 'codec', mimeType: 'audio/opus'}],
        ['t', {id: 't', type: 'transport', selectedCandidatePairId: 'p'}],
        ['q', {id: 'q', type: 'candidate-pair', localCandidateId: 'x', remoteCandidateId: 'r', state: 'failed'}],
        ['p', {id: 'p', type: 'candidate-pair', localCandidateId: 'l', remoteCandidateId: 'r', currentRoundTripTime: 0.03}],
        ['l', {id: 'l', type: 'local-candidate', candidateType: 'relay', protocol: 'udp', relayProtocol: 'tcp'}],
        ['r', {id: 'r', type: 'remote-candidate', candidateType: 'host', protocol: 'udp'}],
    ]);
    it('of what is received', () => {
        assert.deepEqual(readDetails(reports(2), reports(1)), {
            pictures: [{width: 640, height: 360, rate: 25, bits: 400_000, codec: 'VP8'}],
            sound: {codec: 'opus', bits: 32_000}, loss: 0.1, roundTrip: 0.03, jitter: 0.02, way: 'relay', transport: 'tcp',
        });
        assert.equal(readDetails(reports(1), []).pictures[0]?.bits, null);
    });
    it('of what is sent, in layers', () => {
        const layer = (/** @type {string} */ id, /** @type {number} */ frameWidth) =>
            [id, {id, type: 'outbound-rtp', kind: 'video', frameWidth, frameHeight: frameWidth / 2, bytesSent: 0, timestamp: 1}];
        const {pictures, loss, roundTrip, way} = readDetails(/** @type {any} */ ([
            layer('l', 320), layer('h', 640), ['m', {id: 'm', type: 'remote-inbound-rtp', fractionLost: 0.25, roundTripTime: 0.5}],
            // As Firefox says it.
            ['p', {id: 'p', type: 'candidate-pair', selected: true, localCandidateId: 'x', remoteCandidateId: 'y'}],
        ]), []);
        assert.deepEqual(pictures.map(({width}) => width), [640, 320]);
        assert.deepEqual([loss, roundTrip, way], [0.25, 0.5, 'direct']);
    });
    it('of nothing', () => assert.deepEqual(readDetails([], []),
        {pictures: [], sound: null, loss: null, roundTrip: null, jitter: null, way: null, transport: ''}));
});

describe('groups visited before', () => {
    beforeEach(() => {
        /** @type {Map<string, string>} */
        const values = new Map();
        Object.defineProperty(globalThis, 'localStorage', {configurable: true, value: {
            getItem: (/** @type {string} */ key) => values.get(key) ?? null, setItem: values.set.bind(values), removeItem: values.delete.bind(values),
        }});
    });
    it('are kept, the latest first, each once, and not too many', () => {
        for (let i = 0; i < most + 3; i++)
            remember({name: `g${i}`, title: `G${i}`, time: i});
        remember({name: 'g5', title: 'Five', time: 99});
        assert.equal(visits().length, most);
        assert.deepEqual(visits().slice(0, 2).map(({title}) => title), ['Five', `G${most + 2}`]);
        assert.equal(visits().filter(({name}) => name === 'g5').length, 1);
    });
    it('are forgotten, one or all', () => {
        remember({name: 'a', title: 'A', time: 1});
        remember({name: 'b', title: 'B', time: 2});
        forgetVisits('a');
        assert.deepEqual(visits().map(({name}) => name), ['b']);
        forgetVisits();
        assert.deepEqual(visits(), []);
        assert.equal(localStorage.getItem('visits'), null);
    });
    it('are not trusted', () => {
        for (const text of ['{', '7', '{"a":1}', '[null, 1, {}]', '[{"name":"","title":"","time":1}]'])
            assert.deepEqual(parseVisits(text), []);
    });
});
