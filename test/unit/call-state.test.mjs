// Pure parts of the call page: store, chat log, tiles, quality, requests, encodings,
// failures, speaking.

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {add, continues, erase, limit} from '../../static/js/core/chatlog.js';
import {heard} from '../../static/js/core/heard.js';
import {joinFailure, passing} from '../../static/js/core/failures.js';
import {readUserData, withoutNulls, writeUserData} from '../../static/js/core/interop.js';
import {initialState} from '../../static/js/core/state.js';
import {migrate} from '../../static/js/core/settings.js';
import {createStore} from '../../static/js/core/store.js';
import {groupName, groupURL, parameters, safeDestination, withoutSecrets} from '../../static/js/core/url.js';
import {encodings, wantsSimulcast} from '../../static/js/media/encodings.js';
import {createDetector} from '../../static/js/media/levels.js';
import {classify, createMeter} from '../../static/js/media/quality.js';
import {requestTable, wantedTracks} from '../../static/js/media/wanted.js';
import {hands, promote, scene, tiles} from '../../static/js/ui/tilelist.js';
import english from '../../static/locale/en.js';

describe('store', () => {
    it('tells in one batch, and only who is concerned', () => {
        const store = createStore({a: 1, b: {c: 2, d: 3}});
        const seen = [];
        store.subscribe(s => s.a, a => seen.push(`a${a}`));
        store.subscribe(s => [s.b.c, s.b.d], ([c, d]) => seen.push(`b${c}${d}`));
        store.set({a: 5});
        store.set({a: 6});
        store.merge('b', {c: 2});
        assert.deepEqual(seen, ['a1', 'b23']);
        store.flush();
        assert.deepEqual(seen, ['a1', 'b23', 'a6']);
        assert.deepEqual(store.get().b, {c: 2, d: 3});
    });

    it('tells by itself, and nobody who has gone', async () => {
        const store = createStore({a: 1});
        const seen = [];
        const stop = store.subscribe(s => s.a, a => seen.push(a));
        store.set({a: 2});
        await Promise.resolve();
        stop();
        store.set({a: 3});
        await Promise.resolve();
        assert.deepEqual(seen, [1, 2]);
    });
});

let keys = 0;
const message = (props = {}) => ({
    key: `k${++keys}`, id: `i${keys}`, source: 'u', name: 'U', dest: null, destName: '', time: keys * 1000,
    privileged: false, kind: '', text: 'x', own: false, live: true, ...props,
});

describe('chat', () => {
    it('does not repeat history after a reconnection', () => {
        const first = message();
        const list = add([], first);
        assert.equal(add(list, {...first, key: 'other'}), list);
    });
    it('tells what others have said meanwhile, wherever its time puts it', () => {
        const [late, first, old, own] = [message(), message(), message({live: false}), message({own: true})];
        const before = add([], first);
        const now = [late, old, own].reduce(add, before);
        assert.deepEqual(heard(before, now), [late]);
        assert.equal(now[0], late);
        assert.deepEqual(heard(now, now), []);
    });
    it('keeps private messages, which have no id', () => {
        const list = add(add([], message({id: null})), message({id: null}));
        assert.equal(list.length, 2);
    });
    it('is in order of time', () => {
        const late = message({time: 100});
        const early = message({time: 50});
        assert.deepEqual(add(add([], late), early), [early, late]);
    });
    it('is bounded', () => {
        let list = [];
        for (let i = 0; i < limit + 5; i++)
            list = add(list, message());
        assert.equal(list.length, limit);
    });
    it('is erased as asked', () => {
        const a = message({id: '1', source: 'a'});
        const b = message({id: '2', source: 'a'});
        const c = message({id: '3', source: 'c'});
        const own = message({id: null, source: null, kind: 'output'});
        assert.deepEqual(erase([a, b, c, own], null), [own]);
        assert.deepEqual(erase([a, b, c, own], {userId: 'a'}), [c, own]);
        assert.deepEqual(erase([a, b, c, own], {id: '1', userId: 'a'}), [b, c, own]);
        assert.deepEqual(erase([a, b, c], {id: '1', userId: 'c'}), [a, b, c]);
    });
    it('groups what one person says within five minutes', () => {
        const a = message({time: 0});
        assert.ok(continues(a, message({time: 299_000})));
        assert.ok(!continues(a, message({time: 301_000})));
        assert.ok(!continues(a, message({time: 1, dest: 'x'})));
        assert.ok(!continues(a, message({time: 1, source: 'v'})));
        assert.ok(!continues(a, message({time: 1, kind: 'me'})));
        assert.ok(!continues(undefined, a));
    });
});

describe('failures', () => {
    for (const [error, text, token, key, field] of [
        ['need-username', 'username required', true, 'failure.needUsername', 'name'],
        ['duplicate-username', 'not authorised: this username is taken', true, 'failure.duplicateUsername', 'name'],
        [null, 'not authorised', false, 'failure.notAuthorised', 'password'],
        [null, 'not authorised', true, 'failure.invitation', null],
        [null, 'this group is locked', false, 'failure.locked', null],
        [null, 'Back at ten', false, 'failure.says', null],
        [null, 'too many users', false, 'failure.full', null],
        [null, '', false, 'failure.refused', null],
    ]) {
        it(`${error} ${text}`, () => {
            const failure = joinFailure(error, text, {token});
            assert.equal(failure.text, key);
            assert.equal(failure.field, field);
            assert.ok(key in english);
        });
    }
    it('that pass do not end a reconnection', () => {
        assert.ok(passing('too many users'));
        assert.ok(!passing('not authorised'));
    });
});

describe('addresses', () => {
    it('give the group', () => {
        assert.equal(groupName('/group/a/b%20c/'), 'a/b c');
        assert.equal(groupName('/sub/group/x'), 'x');
        assert.equal(groupName('/'), '');
        assert.equal(groupName('/group/%zz/'), '%zz');
        assert.equal(groupURL(new URL('https://h/group/x?token=t#y')).href, 'https://h/group/x/');
    });
    it('lose what is secret', () => {
        const url = new URL('https://h/group/x/?token=t&username=u&theme=dark');
        assert.equal(parameters(url).token, 't');
        assert.equal(withoutSecrets(url).href, 'https://h/group/x/?theme=dark');
    });
    it('lead only to web pages', () => {
        assert.equal(safeDestination('/group/y/', 'https://h/group/x/'), 'https://h/group/y/');
        // eslint-disable-next-line no-script-url
        assert.equal(safeDestination('javascript:alert(1)', 'https://h/'), null);
        assert.equal(safeDestination('data:text/html,x', 'https://h/'), null);
        assert.equal(safeDestination('', ''), null);
    });
});

describe('user data', () => {
    it('from others is not trusted', () => {
        assert.deepEqual(readUserData(undefined), {hand: 0, muted: false, cameraOff: false});
        assert.deepEqual(readUserData({raisehand: true, muted: 'x', cameraoff: 1}), {hand: 1, muted: false, cameraOff: false});
        assert.equal(readUserData({raisehand: 1760000000000}).hand, 1760000000000);
    });
    it('of our own is truthy for a raised hand and deleted otherwise', () => {
        assert.deepEqual(writeUserData({hand: 0, muted: false, cameraOff: true}),
                         {raisehand: null, muted: null, cameraoff: true});
        assert.deepEqual(withoutNulls(writeUserData({hand: 5, muted: false, cameraOff: false})), {raisehand: 5});
    });
});

describe('encodings', () => {
    const base = {kind: 'video', label: 'camera', simulcast: false, send: 'normal', music: false};
    it('have one layer without rid, or two with', () => {
        assert.deepEqual(encodings(base), [{maxBitrate: 700_000}]);
        assert.deepEqual(encodings({...base, simulcast: true}), [
            {rid: 'h', maxBitrate: 700_000},
            {rid: 'l', maxBitrate: 100_000, scaleResolutionDownBy: 2},
        ]);
    });
    it('never have two for a screen', () =>
        assert.equal(encodings({...base, label: 'screenshare', simulcast: true}).length, 1));
    it('of sound are limited only for music', () => {
        assert.deepEqual(encodings({...base, kind: 'audio'}), []);
        assert.deepEqual(encodings({...base, kind: 'audio', music: true}), [{maxBitrate: 128_000}]);
    });
    it('are doubled from three people on, if the throughput allows', () => {
        const auto = {setting: 'auto', send: 'normal', people: 3, reliable: true};
        assert.ok(wantsSimulcast(auto));
        assert.ok(!wantsSimulcast({...auto, people: 2}));
        assert.ok(!wantsSimulcast({...auto, send: 'lowest'}));
        assert.ok(!wantsSimulcast({...auto, reliable: false}));
        assert.ok(wantsSimulcast({...auto, setting: 'on', people: 1}));
        assert.ok(!wantsSimulcast({...auto, setting: 'off'}));
    });
});

describe('requests', () => {
    const base = {receive: 'everything', label: 'camera', size: {width: 640, height: 360}, hidden: false, before: null};
    for (const [name, change, expected] of [
        ['large', {}, ['audio', 'video']],
        ['small', {size: {width: 320, height: 240}}, ['audio', 'video-low']],
        ['high and narrow', {size: {width: 200, height: 300}}, ['audio', 'video']],
        ['not visible', {size: null}, ['audio']],
        ['in the background', {hidden: true}, ['audio']],
        ['a small screen', {label: 'screenshare', size: {width: 200, height: 100}}, ['audio', 'video']],
        ['sound only', {receive: 'audio'}, ['audio']],
        ['nothing', {receive: ''}, []],
        ['low for all', {receive: 'everything-low'}, ['audio', 'video-low']],
        ['screens only, a camera', {receive: 'screenshare'}, ['audio']],
        ['screens only, a screen', {receive: 'screenshare', label: 'screenshare'}, ['audio', 'video']],
        ['a little above the limit, low before', {size: {width: 340, height: 250}, before: ['audio', 'video-low']}, ['audio', 'video-low']],
        ['a little below the limit, high before', {size: {width: 310, height: 230}, before: ['audio', 'video']}, ['audio', 'video']],
    ])
        it(name, () => assert.deepEqual(wantedTracks({...base, ...change}), expected));
    it('have a default for every setting', () => {
        for (const receive of ['', 'audio', 'screenshare', 'everything-low', 'everything'])
            assert.ok('' in requestTable(receive));
    });
});

describe('quality', () => {
    const good = {loss: 0, roundTrip: 0.05, frozen: false};
    it('is classified', () => {
        assert.equal(classify(good), 'good');
        assert.equal(classify({...good, loss: 0.03}), 'fair');
        assert.equal(classify({...good, frozen: true}), 'fair');
        assert.equal(classify({...good, roundTrip: 0.5}), 'poor');
        assert.equal(classify({...good, loss: 0.2}), 'poor');
    });
    it('falls at once and rises after ten good seconds', () => {
        const meter = createMeter();
        assert.equal(meter(good, 0), 'good');
        assert.equal(meter({...good, loss: 0.5}, 1000), 'poor');
        for (let now = 2000; now < 16_000; now += 1000)
            assert.equal(meter(good, now), 'poor', String(now));
        assert.equal(meter(good, 17_000), 'good');
    });
});

it('speaking begins with two loud measurements and ends after silence', () => {
    const detect = createDetector();
    const at = (now, level) => detect(level, now);
    assert.deepEqual([at(0, 0.3), at(100, 0), at(200, 0.3), at(300, 0.3), at(400, 0), at(1100, 0), at(1300, 0)],
                     [false, false, false, true, true, true, false]);
});

/** A state with people; `more` may change anything. */
function stateWith(names, more = {}) {
    const state = initialState(migrate(null));
    names.forEach((name, i) => {
        state.users[name] = {id: name, name, permissions: ['present', 'message'], data: {}, arrived: i};
    });
    const [first] = names;
    return {...state, me: {id: first, name: first, permissions: ['present', 'message'], hand: false}, ...more};
}
const media = (localId, userId, label = 'camera', arrived = 0) => ({
    localId, id: localId, userId, username: userId, label, media: null, audio: true, video: true,
    status: 'connected', stalled: false, replacing: false, arrived,
});

describe('tiles', () => {
    const list = state => tiles(state).map(tile => tile.key);
    it('come in order of arrival, oneself last', () =>
        assert.deepEqual(list(stateWith(['me', 'a', 'b'])), ['user:a', 'user:b', 'user:me']));
    it('begin with pins, then screens, then hands by time', () => {
        const state = stateWith(['me', 'a', 'b', 'c', 'd']);
        state.users.c.data = {raisehand: 200};
        state.users.b.data = {raisehand: 100};
        state.streams = {s: media('s', 'a', 'screenshare')};
        state.ui = {...state.ui, pinned: ['user:d']};
        assert.deepEqual(list(state), ['user:d', 'stream:s', 'user:b', 'user:c', 'user:a', 'user:me']);
        assert.deepEqual(hands(state), ['b', 'c']);
    });
    it('are there for people without video, but not for listeners and recorders', () => {
        const state = stateWith(['me', 'a', 'b', 'r']);
        state.users.b.permissions = ['message'];
        state.users.r.permissions = ['system'];
        assert.deepEqual(list(state), ['user:a', 'user:me']);
        assert.deepEqual(list({...state, settings: {...state.settings, displayAll: false}}), ['user:me']);
    });
    it('ignore streams of people who have gone', () =>
        assert.deepEqual(list(stateWith(['me'], {streams: {s: media('s', 'ghost', 'screenshare')}})), ['user:me']));
});

describe('scene', () => {
    const show = (state, options = {}) => {
        const {kind, main, rest, floating} = scene(state, {compact: false, speaker: null, ...options});
        return {kind, main: main.map(t => t.key), rest: rest.map(t => t.key), floating: floating?.key ?? null};
    };
    const many = (n, more) => stateWith(['me', ...Array.from({length: n}, (_, i) => `u${i}`)], more);
    it('floats the own view with one other', () =>
        assert.deepEqual(show(many(1)), {kind: 'grid', main: [], rest: ['user:u0'], floating: 'user:me'}));
    it('is a grid with a few, the speaker with many', () => {
        assert.equal(show(many(8)).kind, 'grid');
        assert.deepEqual(show(many(12), {speaker: 'u5'}).main, ['user:u5']);
        assert.equal(show(many(5), {compact: true}).kind, 'spotlight');
        const grid = many(12);
        assert.equal(show({...grid, settings: {...grid.settings, layout: 'grid'}}).kind, 'grid');
    });
    it('gives the stage to a shared screen, or to what is pinned', () => {
        const state = many(3, {streams: {s: media('s', 'u1', 'screenshare')}});
        assert.deepEqual(show(state).main, ['stream:s']);
        state.ui = {...state.ui, pinned: ['user:u2']};
        assert.deepEqual(show(state).main, ['user:u2']);
    });
    it('shows oneself when alone, even if the own view is hidden', () => {
        const state = many(0);
        assert.deepEqual(show({...state, settings: {...state.settings, selfView: 'hidden'}}).rest, ['user:me']);
        const two = many(1);
        assert.deepEqual(show({...two, settings: {...two.settings, selfView: 'hidden'}}),
                         {kind: 'grid', main: [], rest: ['user:u0'], floating: null});
    });
});

describe('pages', () => {
    const list = tiles(stateWith(['me', 'a', 'b', 'c', 'd', 'e']));
    const first = (options = {}) => promote(list, {first: 3, spoke: {}, speaking: {}, previous: [], ...options})
        .slice(0, 3).map(tile => tile.userId);
    it('bring a speaker to the first, in place of who was silent longest', () => {
        assert.deepEqual(first({speaking: {e: true}, spoke: {a: 5, b: 1, c: 9}}), ['a', 'e', 'c']);
    });
    it('stay as they are while nobody else speaks', () => {
        assert.deepEqual(first({previous: ['user:a', 'user:e', 'user:c']}).sort(), ['a', 'c', 'e']);
    });
    it('lose nobody', () => {
        const keys = promote(list, {first: 3, spoke: {}, speaking: {e: true, d: true, a: true}, previous: []});
        assert.equal(new Set(keys.map(tile => tile.key)).size, list.length);
    });
});
