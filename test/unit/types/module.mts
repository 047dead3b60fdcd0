// A program of somebody else, as a module; types.test.mjs checks its types.

import {ServerConnection, newRandomId, parseTime} from '../../../static/types/protocol.mjs';
import {getGroup, updateGroup, useCredentials} from '../../../static/types/management.mjs';

class Mine extends ServerConnection {
    greeting: string = newRandomId();
}

const sc: ServerConnection = new Mine();
sc.onjoined = function(kind, group, permissions, status, data, error, message) {
    if (kind === 'join' && permissions.present && permissions.includes('present'))
        this.request({screenshare: ['audio', 'video'], '': ['audio']});
    const title: string | undefined = status?.displayName;
    console.log(group, title, data, error, message);
};
sc.onchat = (id, source, dest, username, time, privileged, history, kind, message) => {
    const minutes: number | undefined = time?.getMinutes();
    console.log(id, source, dest, username, minutes, privileged && history, kind, message.length);
};
sc.onfiletransfer = (file: TransferredFile) => file.cancel('no, thank you');
sc.ondownstream = (stream: Stream) => {
    stream.ondowntrack = (track, transceiver, media) => console.log(track.kind, transceiver.direction, media.id);
    // @ts-expect-error there is no such callback
    stream.ontrack = () => {};
};
await sc.connect('wss://localhost/ws');
await sc.join('tea', 'ada', {type: 'password', password: 'x'}, {colour: 'blue'});
await sc.join('tea', 'join', 'ada', 'x');
sc.chat('', '', 'hello');
sc.chat('ada', '', '', 'hello');
// @ts-expect-error a group has a name
await sc.join(7);

useCredentials({token: 'x'});
const {etag, data} = await getGroup('tea');
await updateGroup('tea', {'max-clients': (data['max-clients'] ?? 0) + 1, comment: null}, etag);
// @ts-expect-error a number is meant
await updateGroup('tea', {'max-clients': 'many'});
console.log(parseTime(Date.now())?.toISOString());
