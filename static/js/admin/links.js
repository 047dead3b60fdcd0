/**
 * Addresses that are given to people, and copying them.
 */

import {t} from '../core/i18n.js';
import {textButton} from '../ui/kit/button.js';

/**
 * @param {string} group
 * @returns {string} the address of its page
 */
export function groupURL(group) {
    return new URL(`group/${group.split('/').map(encodeURIComponent).join('/')}/`, document.baseURI).href;
}

/**
 * @param {string} group
 * @param {string} token
 * @returns {string} the address with which one gets in
 */
export function invitationURL(group, token) {
    const url = new URL(groupURL(group));
    url.searchParams.set('token', token);
    return url.href;
}

/**
 * A button that copies a text.
 *
 * @param {import('./context.js').Context} context
 * @param {{label: string, text: () => string, kind?: string, props?: import('../ui/kit/dom.js').Props}} options
 */
export function copyButton(context, {label, text, kind, props}) {
    return textButton({
        label, icon: 'copy', kind, props,
        run: () => {
            // Without a secure context there is no clipboard.
            Promise.resolve(navigator.clipboard?.writeText(text()) ?? Promise.reject(new Error('no clipboard'))).then(
                () => context.say(t('admin.copied')), () => context.say(t('admin.notCopied')));
        },
    });
}
