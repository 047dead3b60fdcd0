/**
 * The settings, in tabs.
 */

import {h} from './kit/dom.js';
import {textButton} from './kit/button.js';
import {openDialog} from './kit/dialog.js';
import {tabs} from './kit/tabs.js';
import {deviceField} from './devicemenu.js';
import {choiceField, switchField} from './fields.js';
import {keyFields} from './keyfields.js';
import {meter} from './meter.js';
import {preview} from './preview.js';
import {layouts} from '../core/actions.js';
import {choices} from '../core/settings.js';
import {forgetVisits} from '../core/visits.js';
import {blurring, cameraCan, installed} from '../media/blur.js';
import {playTestSound} from '../media/testsound.js';
import {language, t} from '../core/i18n.js';
import {languages} from '../core/languages.js';

/** @type {import('./context.js').Dialog} */
export function settingsDialog(host, context) {
    const {store, settings, devices, log, closed} = context;
    /** @type {(() => void)[]} */
    const undos = [];
    const clean = () => {
        for (const undo of undos.splice(0))
            undo();
    };

    /** @param {...(HTMLElement | null | false)} children */
    const page = (...children) => h('div', {class: 'settings-page'}, children);
    const section = (/** @type {string} */ title, /** @type {(HTMLElement | false)[]} */ ...children) =>
        h('section', {class: 'settings-section'}, h('h3', null, title), children);

    const levels = (/** @type {string} */ name) => /** @type {string[]} */ (choices[name])
        .map(value => /** @type {[string, string]} */ ([value, t(`settings.${name}.${value}`)]));

    /** The browser asks whether this page may notify. */
    const askNotify = async () => {
        if (settings.get('notify') !== 'off' && await Notification.requestPermission() !== 'granted') {
            settings.set('notify', 'off');
            context.notify.warning(t('settings.notifyBlocked'));
        }
    };

    const audio = () => {
        const microphone = h('div', {class: 'settings-device'});
        undos.push(deviceField(microphone, context, 'audio'));
        undos.push(meter(microphone, context));
        const speaker = h('div', {class: 'settings-device'});
        undos.push(deviceField(speaker, context, 'output'));
        speaker.append(textButton({
            label: t('settings.testSound'), icon: 'volume-2',
            run: () => {
                playTestSound(settings.get('output')).catch(e => log.note('test sound', e));
            },
        }));
        const processing = (/** @type {'echo' | 'noise' | 'gain'} */ name) => switchField(context, name, {
            label: t(`settings.${name}`),
            value: () => settings.get(name) ?? settings.get('preprocessing'),
        });
        return page(section(t('device.microphone'), microphone),
                    section(t('device.speaker'), speaker),
                    section(t('settings.processing'), processing('echo'), processing('noise'), processing('gain'),
                            // Shown where the browser can do it.
                            ...('voiceIsolation' in (navigator.mediaDevices?.getSupportedConstraints?.() ?? {}) ?
                                [switchField(context, 'voiceIsolation', {
                                    label: t('settings.voiceIsolation'), hint: t('settings.voiceIsolationHint'),
                                })] : []),
                            switchField(context, 'hqaudio', {
                                label: t('settings.hqaudio'), hint: t('settings.hqaudioHint'),
                            })),
                    section(t('settings.signals'),
                            switchField(context, 'mutedHint', {label: t('settings.mutedHint'), hint: t('settings.mutedHintText')}),
                            choiceField(context, 'sounds', {
                                label: t('settings.sounds'), hint: t('settings.soundsHint'),
                                choices: levels('sounds'),
                            }),
                            'Notification' in window && choiceField(context, 'notify', {
                                label: t('settings.notify'), hint: t('settings.notifyHint'),
                                choices: levels('notify'), onchange: askNotify,
                            })));
    };

    const video = () => {
        const camera = h('div', {class: 'settings-device'});
        const picture = h('div', {class: 'preview settings-preview'},
            h('p', {class: 'preview-notice'}, t('lobby.camera.off')));
        undos.push(deviceField(camera, context, 'video'));
        undos.push(preview(picture, context));
        return page(picture, section(t('device.camera'), camera,
            switchField(context, 'mirrorView', {label: t('settings.mirrorView'), hint: t('settings.mirrorHint')}),
            switchField(context, 'blackboardMode', {
                label: t('settings.blackboardMode'), hint: t('settings.blackboardHint'),
            }),
            effects(),
            choiceField(context, 'selfView', {
                label: t('settings.selfView'),
                choices: ['auto', 'grid', 'floating', 'hidden'].map(value => [value, t(`settings.selfView.${value}`)]),
            })));
    };

    /** The effects that there are, and what the one that takes long costs. */
    const effects = () => {
        const field = (/** @type {boolean} */ blurs) => choiceField(context, 'filter', {
            label: t('settings.filter'), hint: blurs ? undefined : t('settings.filterHint'),
            choices: /** @type {string[]} */ (choices.filter).filter(value => value !== 'background-blur' || blurs)
                .map(value => [value, t(`settings.filter.${value || 'none'}`)]),
        });
        const blurs = cameraCan(store.get().media.camera$) || settings.get('filter') === 'background-blur';
        const cost = h('p', {class: 'hint'});
        const place = h('div', null, field(blurs), cost);
        if (!blurs) {
            installed().then(there => {
                if (there)
                    place.firstElementChild?.replaceWith(field(true));
            });
        }
        undos.push(settings.subscribe(({filter}) => {
            const select = /** @type {HTMLSelectElement} */ (place.querySelector('select'));
            select.value = filter; // an effect that does not work is switched off
        }));
        const timer = setInterval(() => {
            const time = blurring(store.get().media.camera$)?.cost();
            cost.textContent = time ? t('settings.filterCost', {time: String(Math.round(time))}) : '';
        }, 1000);
        undos.push(() => clearInterval(timer));
        return place;
    };

    const network = () => page(
        section(t('settings.sending'),
                choiceField(context, 'send', {
                    label: t('settings.send'), hint: t('settings.sendHint'),
                    choices: ['lowest', 'low', 'normal', 'unlimited'].map(value => [value, t(`settings.send.${value}`)]),
                }),
                choiceField(context, 'simulcast', {
                    label: t('settings.simulcast'), hint: t('settings.simulcastHint'),
                    choices: ['auto', 'on', 'off'].map(value => [value, t(`settings.simulcast.${value}`)]),
                })),
        section(t('settings.receiving'),
                choiceField(context, 'request', {
                    label: t('settings.request'),
                    choices: [['everything', t('settings.request.everything')],
                              ['everything-low', t('settings.request.everythingLow')],
                              ['screenshare', t('settings.request.screenshare')],
                              ['audio', t('settings.request.audio')],
                              ['', t('settings.request.nothing')]],
                })),
        section(t('settings.advanced'),
                switchField(context, 'forceRelay', {
                    label: t('settings.forceRelay'), hint: t('settings.forceRelayHint'),
                })));

    const appearance = () => page(
        section(t('settings.look'),
                choiceField(context, 'lang', {
                    label: t('settings.lang'),
                    choices: [['system', t('settings.lang.system')],
                              ...Object.entries(languages).map(([tag, {name}]) => /** @type {[string, string]} */ ([tag, name]))],
                }),
                choiceField(context, 'theme', {
                    label: t('settings.theme'),
                    choices: ['system', 'light', 'dark'].map(value => [value, t(`settings.theme.${value}`)]),
                }),
                choiceField(context, 'layout', {
                    label: t('layout.title'), choices: layouts.map(value => [value, t(`layout.${value}`)]),
                }),
                switchField(context, 'activityDetection', {label: t('settings.activityDetection')}),
                switchField(context, 'displayAll', {label: t('settings.displayAll')}),
                choiceField(context, 'maxTiles', {
                    label: t('settings.maxTiles'), hint: t('settings.maxTilesHint'),
                    choices: [[null, t('settings.maxTiles.auto')],
                              ...[4, 9, 16, 25, 49].map(count => /** @type {[number, string]} */ ([
                                  count, new Intl.NumberFormat(language()).format(count)]))],
                })),
        section(t('settings.captions'),
                choiceField(context, 'captionSize', {label: t('settings.captionSize'), choices: levels('captionSize')}),
                choiceField(context, 'captionPlace', {label: t('settings.captionPlace'), choices: levels('captionPlace')})),
        section(t('panel.chat'),
                switchField(context, 'enterSends', {label: t('settings.enterSends')}),
                switchField(context, 'announceChat', {label: t('settings.announceChat')})),
        section(t('settings.privacy'),
                h('p', {class: 'hint'}, t('settings.forgetHint')),
                h('div', null, textButton({
                    label: t('settings.forget'), icon: 'trash-2',
                    run() {
                        settings.forget();
                        forgetVisits();
                        close();
                        context.notify.info(t('settings.forgotten'));
                    },
                }))));

    const keyboard = () => page(
        section(t('settings.tab.keys'),
                switchField(context, 'pushToTalk', {label: t('settings.pushToTalk')}),
                switchField(context, 'shortcuts', {label: t('settings.shortcuts')})),
        section(t('keys.title'), keyFields(context)));

    devices.refresh().catch(e => log.note('devices', e));
    const wrap = (/** @type {() => HTMLElement} */ build) => () => {
        clean();
        return build();
    };
    const selected = {video: 'video', output: 'audio'}[store.get().ui.dialogTab] ?? store.get().ui.dialogTab;
    const close = openDialog({
        title: t('menu.settings'), class: 'dialog-settings',
        body: tabs([
            {id: 'audio', label: t('settings.tab.audio'), icon: 'mic', build: wrap(audio)},
            {id: 'video', label: t('settings.tab.video'), icon: 'video', build: wrap(video)},
            {id: 'network', label: t('settings.tab.network'), icon: 'wifi', build: wrap(network)},
            {id: 'appearance', label: t('settings.tab.appearance'), icon: 'sun-moon', build: wrap(appearance)},
            {id: 'keys', label: t('settings.tab.keys'), icon: 'keyboard', build: wrap(keyboard)},
        ], {label: t('menu.settings'), selected}),
        onclose() {
            clean();
            closed();
        },
    });
    return close;
}
