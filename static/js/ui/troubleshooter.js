/**
 * The troubleshooter: tries everything that a call needs, and says in plain words what
 * works and what to do about the rest.
 */

import {h, setText} from './kit/dom.js';
import {textButton} from './kit/button.js';
import {openDialog} from './kit/dialog.js';
import {icon, setIcon} from './kit/icon.js';
import {fetchStatus} from '../core/status.js';
import {captureCamera, CaptureError, captureMicrophone} from '../media/capture.js';
import {NoRelayError, testRelay} from '../media/relaytest.js';
import {playTestSound} from '../media/testsound.js';
import {t} from '../core/i18n.js';

/** A microphone that gives no sound for this long is silent, in milliseconds. */
const listening = 4000;

/**
 * @typedef {object} Finding
 * @property {'good' | 'note' | 'bad'} state "note": could not be tried, or there is none
 * @property {string} text
 */

/** @typedef {import('./context.js').Context} Context */

const icons = {running: 'loader-circle', good: 'circle-check', note: 'info', bad: 'circle-alert'};

/** @type {(text: string) => Finding} */
const good = text => ({state: 'good', text});
/** @type {(text: string) => Finding} */
const note = text => ({state: 'note', text});
/** @type {(text: string) => Finding} */
const bad = text => ({state: 'bad', text});

/** @param {number} ms */
const milliseconds = ms => t('check.ms', {time: Math.round(ms)});

/** @returns {Finding} */
function browser() {
    return 'RTCPeerConnection' in window && navigator.mediaDevices ? good(t('check.browserGood')) : bad(t('failure.noWebRTC'));
}

/**
 * @param {Context} context
 * @returns {Promise<Finding>}
 */
async function microphone({store, settings}) {
    const open = store.get().media.microphone$;
    const track = open?.readyState === 'live' ? open.clone() : (await captureMicrophone(settings.all())).track;
    // Somebody who is muted is heard here, and nowhere else.
    track.enabled = true;
    const audio = new AudioContext();
    try {
        const analyser = audio.createAnalyser();
        audio.createMediaStreamSource(new MediaStream([track])).connect(analyser);
        const samples = new Float32Array(analyser.fftSize);
        const until = performance.now() + listening;
        while (performance.now() < until) {
            await new Promise(resolve => setTimeout(resolve, 100));
            analyser.getFloatTimeDomainData(samples);
            if (samples.some(sample => Math.abs(sample) > 0.02))
                return good(t('check.heard'));
        }
        return bad(t('check.silent'));
    } finally {
        track.stop();
        await audio.close();
    }
}

/**
 * @param {Context} context
 * @returns {Promise<Finding>}
 */
async function camera({store, settings}) {
    const open = store.get().media.camera$;
    const track = open ?? (await captureCamera(settings.all())).track;
    const {width, height} = track.getSettings();
    if (!open)
        track.stop();
    return good(t('check.picture', {size: `${width} × ${height}`}));
}

/**
 * @param {Context} context
 * @returns {Promise<Finding>}
 */
async function server({session}) {
    const began = performance.now();
    await fetchStatus(new URL(session.location()));
    return good(milliseconds(performance.now() - began));
}

/**
 * How the streams of the call travel.
 *
 * @param {Context} context
 * @returns {Promise<Finding>}
 */
async function media({store, publish, subscribe}) {
    if (store.get().connection.state !== 'joined')
        return note(t('check.afterJoining'));
    /** @type {RTCPeerConnection[]} */
    const connections = [];
    publish.each((_, {pc}) => connections.push(pc));
    subscribe.each(({pc}) => connections.push(pc));
    if (connections.length === 0)
        return note(t('check.noMedia'));
    const connected = connections.find(pc => pc.connectionState === 'connected');
    if (!connected)
        return bad(t('check.blocked'));
    const stats = [...(await connected.getStats()).values()];
    const pair = stats.find(report => report.type === 'candidate-pair' && report.nominated && report.state === 'succeeded');
    const local = stats.find(report => report.id === pair?.localCandidateId);
    const way = t(local?.candidateType === 'relay' ? 'check.relayed' : 'check.direct');
    const time = pair?.currentRoundTripTime;
    return good(time === undefined ? way : `${way}, ${milliseconds(1000 * time)}`);
}

/**
 * @param {Context} context
 * @returns {Promise<Finding>}
 */
async function relay({store, session}) {
    if (store.get().connection.state !== 'joined')
        return note(t('check.afterJoining'));
    try {
        return good(milliseconds(await testRelay(session.iceConfiguration())));
    } catch (e) {
        return e instanceof NoRelayError ? note(t('check.noRelay')) : bad(t('check.relayFails'));
    }
}

/**
 * The test of the relay alone, for the chat command.
 *
 * @param {Context} context
 * @returns {Promise<{name: string, text: string}>}
 */
export async function relayTest(context) {
    return {name: t('check.relay'), text: (await relay(context)).text};
}

/** @type {readonly [string, string, (context: Context) => Finding | Promise<Finding>][]} */
const checks = [
    ['browser', 'check.browser', browser],
    ['microphone', 'device.microphone', microphone],
    ['camera', 'device.camera', camera],
    ['server', 'chat.server', server],
    ['media', 'check.media', media],
    ['relay', 'check.relay', relay],
];

/**
 * @param {string} name of the check
 * @param {unknown} e what it has thrown
 * @returns {Finding}
 */
function failure(name, e) {
    if (e instanceof CaptureError)
        return (e.problem === 'missing' ? note : bad)(t(`capture.${e.source}.${e.problem}`));
    return bad(t(name === 'server' ? 'failure.network' : 'failure.refused'));
}

/** @type {import('./context.js').Dialog} */
export function troubleshooter(host, context) {
    const {settings, log, closed} = context;
    const rows = checks.map(([name, label, run]) => {
        const glyph = icon('loader-circle');
        const text = h('span', {class: 'check-text'});
        const element = h('li', {class: 'check-row', 'data-check': name}, glyph,
            h('span', {class: 'check-name'}, t(label)), text);
        const show = (/** @type {keyof typeof icons} */ state, /** @type {string} */ words) => {
            element.dataset.state = state;
            setIcon(glyph, icons[state]);
            glyph.classList.toggle('spinning', state === 'running');
            setText(text, words);
        };
        return {
            element,
            async check() {
                show('running', t(name === 'microphone' ? 'check.speak' : 'check.running'));
                /** @type {Finding} */
                let finding;
                try {
                    finding = await run(context);
                } catch (e) {
                    log.note(`check ${name}`, e);
                    finding = failure(name, e);
                }
                show(finding.state, finding.text);
                return finding.state;
            },
        };
    });
    const result = h('p', {class: 'check-result'});
    const again = textButton({label: t('check.again'), icon: 'rotate-cw', run: () => start()});
    const start = async () => {
        again.disabled = true;
        delete result.dataset.state;
        setText(result, t('check.running'));
        const states = await Promise.all(rows.map(row => row.check()));
        const fails = states.includes('bad');
        result.dataset.state = fails ? 'bad' : 'good';
        setText(result, t(fails ? 'check.fails' : 'check.works'));
        context.announcer.polite(result.textContent ?? '');
        again.disabled = false;
    };
    const close = openDialog({
        title: t('menu.check'),
        body: h('div', {class: 'dialog-body check-body', 'data-dialog': 'check', tabIndex: 0}, result,
            h('ul', {class: 'check-list'}, rows.map(row => row.element)),
            h('div', {class: 'check-buttons'}, again, textButton({
                label: t('settings.testSound'), icon: 'volume-2',
                run: () => {
                    playTestSound(settings.get('output')).catch(e => log.note('test sound', e));
                },
            }))),
        onclose: closed,
    });
    start();
    return close;
}
