// The names of management.js for modules.

import './management.js';

export const {
    httpError,
    listObjects,
    createObject,
    getObject,
    deleteObject,
    updateObject,
    userURL,
    useCredentials,
    listGroups,
    getGroup,
    createGroup,
    updateGroup,
    deleteGroup,
    setKeys,
    listUsers,
    getUser,
    createUser,
    updateUser,
    deleteUser,
    setPassword,
    deletePassword,
    listTokens,
    getToken,
    createToken,
    updateToken,
    deleteToken,
    getStats,
    getRelays,
} = globalThis;
