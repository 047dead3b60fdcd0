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
 * The camera on the other side of a phone; where the names do not tell, the next one.
 *
 * @param {{deviceId: string, label: string}[]} cameras
 * @param {string | undefined} current device id
 * @returns {string | null} device id; null if there is no other
 */
export function otherCamera(cameras, current) {
    const at = Math.max(0, cameras.findIndex(({deviceId}) => deviceId === current));
    const front = /front|user|facetime|avant|frontal|vorder/i;
    const back = /back|rear|environment|arri|rück|traser/i;
    const label = cameras[at]?.label ?? '';
    const wanted = front.test(label) ? back : back.test(label) ? front : null;
    const other = cameras.find(camera => wanted?.test(camera.label)) ?? cameras[(at + 1) % cameras.length];
    return other && cameras.length > 1 ? other.deviceId : null;
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
