// The names of protocol.js for modules.

import './protocol.js';

const serverConnection = ServerConnection;
const stream = Stream;
const transferredFile = TransferredFile;
const {newRandomId, newLocalId, toHex, parseTime, recomputeUserStreams, sendFileCancel} = globalThis;

export {
    serverConnection as ServerConnection,
    stream as Stream,
    transferredFile as TransferredFile,
    newRandomId,
    newLocalId,
    toHex,
    parseTime,
    recomputeUserStreams,
    sendFileCancel,
};
