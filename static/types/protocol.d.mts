import './protocol.js';
declare const serverConnection: typeof ServerConnection;
declare const stream: typeof Stream;
declare const transferredFile: typeof TransferredFile;
declare const newRandomId: typeof globalThis.newRandomId, newLocalId: typeof globalThis.newLocalId, toHex: typeof globalThis.toHex, parseTime: typeof globalThis.parseTime, recomputeUserStreams: typeof globalThis.recomputeUserStreams, sendFileCancel: typeof globalThis.sendFileCancel;
export { serverConnection as ServerConnection, stream as Stream, transferredFile as TransferredFile, newRandomId, newLocalId, toHex, parseTime, recomputeUserStreams, sendFileCancel, };
