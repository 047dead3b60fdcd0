// What a classic script sees by the bare names of the libraries.

'use strict';

/* global useCredentials, listGroups, updateToken */

window.seenByClassic = {
    ServerConnection, Stream, TransferredFile, newRandomId, newLocalId, toHex, parseTime, recomputeUserStreams, sendFileCancel,
};
window.managementSeenByClassic = {useCredentials, listGroups, updateToken};
