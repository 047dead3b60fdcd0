// protocol.js: file transfer between two members in one page, over real data
// channels (client-library.md 5).

import assert from 'node:assert/strict';
import {it} from 'node:test';
import {describeInLab} from './lib/lab.mjs';

/* global lab */

describeInLab('file transfer', run => {
    for (const size of [0, 1, 16384, 16385, 5_000_000]) {
        it(`a file of ${size} bytes arrives as it was`, async () => {
            const r = await run(async (/** @type {number} */ size) => {
                const {a, b} = lab.pair();
                const bytes = new Uint8Array(size);
                for (let i = 0; i < size; i++)
                    bytes[i] = (i * 31 + (i >> 8)) & 0xff;
                const log = {a: [], b: []};
                let received;
                const watch = (file, states) => {
                    file.onevent = function(state, data) {
                        if (states.at(-1) !== state)
                            states.push(state);
                        if (state === 'done' && !this.up)
                            received = data;
                    };
                };
                a.sc.onfiletransfer = file => watch(file, log.a);
                let offered;
                b.sc.onfiletransfer = file => {
                    offered = {name: file.name, size: file.size, type: file.mimetype, up: file.up,
                        from: file.userid === a.sc.id, username: file.username, state: file.state};
                    watch(file, log.b);
                    file.receive();
                };
                a.sc.sendFile(b.sc.id, new File([bytes], 'pictures.bin', {type: 'image/x-test'}));
                await lab.until(() => log.a.includes('closed') && log.b.includes('closed'));
                const got = new Uint8Array(await received.arrayBuffer());
                const result = {log, offered, type: received.type, size: got.length,
                    equal: got.every((byte, i) => byte === bytes[i]),
                    left: [a, b].map(({sc}) => Object.keys(sc.transferredFiles).length)};
                a.sc.close();
                b.sc.close();
                return result;
            }, size);
            assert.deepEqual(r.offered, {name: 'pictures.bin', size, type: 'image/x-test', up: false, from: true, username: 'ann', state: ''});
            assert.deepEqual(r.log, {
                a: ['inviting', 'connecting', 'connected', 'done', 'closed'],
                b: ['connecting', 'connected', 'done', 'closed'],
            });
            assert.equal(r.size, size);
            assert.equal(r.equal, true);
            assert.equal(r.type, 'image/x-test');
            assert.deepEqual(r.left, [0, 0]);
        });
    }

    it('progress is shown at most ten times a second, and once at the end', async () => {
        const r = await run(async () => {
            const {a, b} = lab.pair();
            const times = [];
            let last;
            a.sc.onfiletransfer = () => undefined;
            b.sc.onfiletransfer = file => {
                file.onevent = state => {
                    if (state === 'connected') {
                        times.push(performance.now());
                        last = file.datalen;
                    }
                };
                file.receive();
            };
            a.sc.sendFile(b.sc.id, new File([new Uint8Array(3_000_000)], 'x'));
            await lab.until(() => Object.keys(b.sc.transferredFiles).length === 0 && times.length > 0);
            a.sc.close();
            b.sc.close();
            return {last, gaps: times.slice(1, -1).map((time, i) => time - times[i])};
        });
        assert.equal(r.last, 3_000_000);
        assert.ok(r.gaps.slice(1).every((/** @type {number} */ gap) => gap >= 90), String(r.gaps));
    });

    it('cancelled by either side, in each state', async () => {
        const r = await run(async () => {
            const result = {};
            for (const [who, state] of [['a', 'inviting'], ['a', 'connecting'], ['a', 'connected'],
                ['b', ''], ['b', 'connecting'], ['b', 'connected']]) {
                const {a, b} = lab.pair();
                const log = {a: [], b: []};
                const watch = (side, file) => {
                    file.onevent = (newState, data) => {
                        if (newState === 'cancelled')
                            log[side].push(`cancelled: ${data instanceof Error ? data.message : data}`);
                        else if (newState === 'closed')
                            log[side].push('closed');
                        if (side === who && newState === state && !log[side].length)
                            file.cancel('enough');
                    };
                };
                a.sc.onfiletransfer = file => watch('a', file);
                b.sc.onfiletransfer = file => {
                    watch('b', file);
                    if (who === 'b' && state === '')
                        file.cancel('enough');
                    else
                        setTimeout(() => file.receive().catch(() => undefined));
                };
                a.sc.sendFile(b.sc.id, new File([new Uint8Array(20_000_000)], 'x'));
                await lab.until(() => log.a.includes('closed') && (log.b.includes('closed') || (who === 'a' && state === 'inviting')),
                    `${who} ${state} ${JSON.stringify(log)}`);
                await lab.until(() => [a, b].every(({sc}) => Object.keys(sc.transferredFiles).length === 0));
                result[`${who} ${state}`] = log;
                a.sc.close();
                b.sc.close();
            }
            return result;
        });
        for (const [name, log] of Object.entries(r)) {
            assert.deepEqual(log.a, ['cancelled: enough', 'closed'], `${name} a`);
            if (name !== 'a inviting')
                assert.deepEqual(log.b, ['cancelled: enough', 'closed'], `${name} b`);
        }
    });

    it('offers that are refused', async () => {
        const r = await run(async () => {
            const {sc, socket} = lab.joined();
            const result = {};
            const invite = (name, fields) => {
                socket.sent.length = 0;
                socket.deliver({type: 'usermessage', kind: 'filetransfer', source: 'bob', username: 'bob', value: {
                    type: 'invite', version: ['1'], id: 'f', name: 'n', size: 1, mimetype: 'm', ...fields,
                }});
                result[name] = [socket.sent.map(message => [message.dest, message.value.type, message.value.id,
                    message.value.message ?? null]), Object.keys(sc.transferredFiles)];
            };
            invite('no callback', {});
            sc.onfiletransfer = () => {
                throw new Error('too large for us');
            };
            window.reportError = () => {
                result.reported = true;
            };
            invite('throws', {});
            sc.onfiletransfer = file => file.cancel('no thanks');
            invite('cancels', {});
            sc.onfiletransfer = () => undefined;
            invite('version', {version: ['2']});
            invite('negative', {size: -1});
            invite('fraction', {size: 0.5});
            invite('text', {size: '1'});
            invite('accepted', {});
            invite('duplicate', {});
            for (const type of ['upice', 'downice', 'reject', 'abort', 'nonsense'])
                invite(type, {type, id: 'other'});
            invite('stray offer', {type: 'offer', id: 'other', sdp: ''});
            invite('stray cancel', {type: 'cancel', id: 'other'});
            invite('stray ice', {type: 'ice', id: 'other'});
            const file = sc.getTransferredFile('bob', 'f');
            result.found = file.id;
            const states = [];
            file.onevent = (state, data) => states.push([state, data]);
            socket.deliver({type: 'user', kind: 'delete', id: 'bob'});
            result.states = states;
            result.left = Object.keys(sc.transferredFiles);
            sc.close();
            return result;
        });
        const cancel = (/** @type {string | null} */ text, id = 'f') => [[['bob', 'cancel', id, text]], []];
        assert.deepEqual(r['no callback'], cancel('this client does not accept files'));
        assert.deepEqual(r.throws, cancel('too large for us'));
        assert.equal(r.reported, undefined);
        assert.deepEqual(r.cancels, cancel('no thanks'));
        assert.deepEqual(r.version, cancel('unknown version of the file transfer protocol'));
        for (const name of ['negative', 'fraction', 'text'])
            assert.deepEqual(r[name], cancel('bad size'));
        assert.deepEqual(r.accepted, [[], ['bob-f']]);
        assert.deepEqual(r.duplicate, [[['bob', 'cancel', 'f', 'duplicate file transfer']], ['bob-f']]);
        for (const type of ['upice', 'downice', 'reject', 'abort', 'nonsense'])
            assert.equal(r[type][0][0][1], 'cancel');
        assert.equal(r['stray offer'][0][0][1], 'cancel');
        assert.deepEqual(r['stray cancel'][0], []);
        assert.deepEqual(r['stray ice'][0], []);
        assert.equal(r.found, 'f');
        assert.deepEqual(r.states, [['cancelled', 'The other user has left'], ['closed', null]].map(([s, d]) => d ? [s, d] : [s, r.states[1][1]]));
        assert.deepEqual(r.left, []);
    });

    it('sendFile: wrong users, callbacks that refuse, the end of the connection', async () => {
        const r = await run(async () => {
            const {sc, socket} = lab.joined();
            const file = new File(['x'], 'x');
            const errors = [];
            for (const id of ['nobody', sc.id]) {
                try {
                    sc.sendFile(id, file);
                } catch (error) {
                    errors.push(error.message);
                }
            }
            const states = [];
            sc.onfiletransfer = () => {
                throw new Error('no');
            };
            states.push(sc.sendFile('bob', file).state);
            sc.onfiletransfer = transfer => transfer.cancel();
            states.push(sc.sendFile('bob', file).state);
            const sent = socket.sent.splice(0).length;
            sc.onfiletransfer = null;
            const transfer = sc.sendFile('bob', file);
            const events = [];
            transfer.onevent = (state, data) => events.push([state, typeof data]);
            const wrong = await transfer.receive().then(() => '', error => error.message);
            const invitation = socket.sent.splice(0)[0];
            socket.end(1011, '');
            await lab.settle(0);
            transfer.cancel('again');
            try {
                sc.sendFile('bob', file);
            } catch (error) {
                errors.push(error.message);
            }
            return {errors, states, sent, wrong, invitation: invitation.value, events, left: Object.keys(sc.transferredFiles)};
        });
        assert.equal(r.errors.length, 3);
        assert.deepEqual(r.states, ['closed', 'closed']);
        assert.equal(r.sent, 0);
        assert.match(r.wrong, /Cannot receive/);
        assert.deepEqual({...r.invitation, id: ''}, {type: 'invite', version: ['1'], id: '', name: 'x', size: 1, mimetype: ''});
        assert.deepEqual(r.events, [['cancelled', 'string'], ['closed', 'undefined']]);
        assert.deepEqual(r.left, []);
    });

    it('names from the other side are made harmless', async () => {
        const r = await run(() => [
            'a.txt', '../../etc/passwd', 'C:\\windows\\x.exe', '..', '', 'a\u0000b\nc', 'a\u202Etxt.exe', '/', '  x  ', 5, null,
        ].map(name => TransferredFile._cleanName(name)));
        assert.deepEqual(r, ['a.txt', 'passwd', 'x.exe', 'file', 'file', 'abc', 'atxt.exe', 'file', 'x', '5', 'file']);
    });
});
