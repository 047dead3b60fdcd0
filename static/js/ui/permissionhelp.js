/**
 * What to do when the browser refuses a microphone or a camera.
 */

import {h} from './kit/dom.js';
import {textButton} from './kit/button.js';
import {icon} from './kit/icon.js';
import {openDialog} from './kit/dialog.js';
import {t} from '../core/i18n.js';

/** @returns {string} key of the steps for the browser at hand */
function steps() {
    const agent = navigator.userAgent;
    if (/Android|iPhone|iPad/.test(agent))
        return 'permission.stepsMobile';
    if (agent.includes('Firefox'))
        return 'permission.stepsFirefox';
    return agent.includes('Chrome') ? 'permission.stepsChrome' : 'permission.stepsSafari';
}

/**
 * @param {'microphone' | 'camera'} source
 * @param {'blocked' | 'missing'} problem
 * @param {() => void} retry
 */
export function openPermissionHelp(source, problem, retry) {
    const name = source === 'microphone' ? 'mic' : 'video';
    const body = problem === 'missing' ?
        h('div', {class: 'dialog-body'}, h('p', null, t(`permission.missing.${source}`))) :
        h('div', {class: 'dialog-body'},
          h('p', null, t('permission.why')),
          h('div', {class: 'address-picture', 'aria-hidden': 'true'},
            h('span', {class: 'address-picture-mark'}, icon(`${name}-off`)),
            h('span', {class: 'address-picture-text'}, location.host)),
          h('ol', {class: 'steps'}, t(steps()).split('\n').map(step => h('li', null, step))));
    const close = openDialog({
        title: t(`permission.title.${problem}.${source}`), body, class: 'dialog-small',
        footer: h('div', {class: 'dialog-footer'},
                  textButton({label: t('permission.without'), run: () => close()}),
                  textButton({
                      label: t('permission.retry'), kind: 'primary',
                      run() {
                          close();
                          retry();
                      },
                  })),
        onclose: () => {},
    });
}
