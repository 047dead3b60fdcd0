/**
 * The conventions between clients that the server does not interpret: user data,
 * and kinds of user messages. All are ignored by clients that do not know them.
 */

import {groupName} from './url.js';

/**
 * @typedef {object} UserData what we make of somebody's user data
 * @property {number} hand when the hand went up, in milliseconds since 1970; 1 if
 *     it is up and we do not know since when; 0 if it is down
 * @property {boolean} muted
 * @property {boolean} cameraOff the stream has a picture track, but it is switched off
 */

/**
 * @param {Record<string, any> | undefined} data
 * @returns {UserData}
 */
export function readUserData(data) {
    const hand = data?.raisehand;
    return {
        hand: typeof hand === 'number' && hand > 1 ? hand : hand ? 1 : 0,
        muted: data?.muted === true,
        cameraOff: data?.cameraoff === true,
    };
}

/**
 * What operators have decided for everyone.
 *
 * @param {Record<string, any> | undefined} data of the group
 * @returns {{spotlight: string[]}} ids of users to be shown large
 */
export function readGroupData(data) {
    const {spotlight} = data ?? {};
    return {spotlight: Array.isArray(spotlight) ? spotlight.filter(id => typeof id === 'string') : []};
}

/**
 * Our own user data, as the argument of the action "setdata": null deletes.
 *
 * @param {{hand: number, muted: boolean, cameraOff: boolean}} me
 * @returns {Record<string, any>}
 */
export function writeUserData({hand, muted, cameraOff}) {
    return {
        raisehand: hand > 0 ? hand : null,
        muted: muted ? true : null,
        cameraoff: cameraOff ? true : null,
    };
}

/**
 * Those members of an object that are not null, for the first user data of a join.
 *
 * @param {Record<string, any>} data
 * @returns {Record<string, any>}
 */
export function withoutNulls(data) {
    return Object.fromEntries(Object.entries(data).filter(([, value]) => value !== null));
}

/**
 * Where an operator asks us to go, from the value of the user message "breakout".
 *
 * @param {unknown} value whatever the sender chose
 * @param {string} base address of the present group; only groups of the same server count
 * @returns {import('./state.js').Place | null} null if that is no such place
 */
export function readBreakout(value, base) {
    const {group, location} = /** @type {Record<string, unknown>} */ (value ?? {});
    if (typeof group !== 'string' || group === '' || typeof location !== 'string' || !URL.canParse(location, base))
        return null;
    const {origin, pathname} = new URL(location, base);
    const here = new URL(base);
    // The name is what people are asked about: it must be that of the address.
    const name = groupName(pathname);
    return origin === here.origin && name === group ? {name, location: new URL(pathname, here).href} : null;
}
