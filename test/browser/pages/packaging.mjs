import * as names from '/protocol.mjs';
import * as management from '/management.mjs';

window.fromModule = names;
window.managementFromModule = management;
