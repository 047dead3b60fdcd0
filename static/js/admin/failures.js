/**
 * What to tell people about a request that failed.
 */

import {t} from '../core/i18n.js';

/**
 * @param {any} error of a function of management.js
 * @returns {string}
 */
export function failureText(error) {
    const text = String(error?.detail ?? '');
    if (error instanceof RangeError)
        return t('admin.failure.name');
    switch (error?.status) {
    case undefined: return t('admin.failure.unreachable');
    case 401: return t('admin.failure.signedOut');
    case 403: return t('admin.failure.readOnly');
    case 404: return t('admin.failure.gone');
    case 412: return t('admin.failure.changed');
    case 429: return t('admin.failure.later');
    default: return text ? t('admin.failure.says', {text}) : t('admin.failure.server', {status: error.status});
    }
}
