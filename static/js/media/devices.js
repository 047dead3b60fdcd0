/**
 * The list of cameras, microphones and loudspeakers, kept up to date.
 *
 * @typedef {object} DeviceList
 * @property {MediaDeviceInfo[]} cameras
 * @property {MediaDeviceInfo[]} microphones
 * @property {MediaDeviceInfo[]} speakers empty where the browser offers no choice
 *
 * @typedef {object} Devices
 * @property {() => Promise<void>} refresh reads the list again; names appear once a
 *     permission has been given
 * @property {() => void} dispose
 */

/** @returns {boolean} whether the loudspeaker can be chosen */
export function canChooseSpeaker() {
    return 'setSinkId' in HTMLMediaElement.prototype;
}

/**
 * @param {{onchange: (list: DeviceList) => void}} options
 * @returns {Devices}
 */
export function createDevices({onchange}) {
    const {mediaDevices} = navigator;

    const refresh = async () => {
        if (!mediaDevices?.enumerateDevices)
            return;
        const all = await mediaDevices.enumerateDevices();
        // Without permission the browser lists nameless devices without identifier.
        const of = (/** @type {MediaDeviceKind} */ kind) =>
            all.filter(device => device.kind === kind && device.deviceId !== '');
        onchange({
            cameras: of('videoinput'),
            microphones: of('audioinput'),
            speakers: canChooseSpeaker() ? of('audiooutput') : [],
        });
    };

    const changed = () => {
        refresh().catch(() => {
            // The list stays as it was.
        });
    };
    mediaDevices?.addEventListener?.('devicechange', changed);
    return {
        refresh,
        dispose: () => mediaDevices?.removeEventListener?.('devicechange', changed),
    };
}
