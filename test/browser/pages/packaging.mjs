import * as names from '/protocol.mjs';

window.fromModule = names;
