// A program of somebody else, as a classic script; types.test.mjs checks its types.

/// <reference path="../../../static/types/protocol.d.ts" />
/// <reference path="../../../static/types/management.d.ts" />

const connection = new ServerConnection();
connection.onuser = function(id, kind, username) {
    console.log(this.users[id]?.streams, kind, username);
};
connection.onclose = (code: number, reason: string) => console.log(code, reason);
const upStream: Stream = connection.newUpStream();
upStream.onstats = function(stats) {
    console.log(this.label, Object.keys(stats));
};
// @ts-expect-error a label is a text
upStream.label = 7;
listGroups().then(names => names.map(name => name.toUpperCase()));
