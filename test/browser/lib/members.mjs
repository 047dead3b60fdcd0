// Members of groups inside a page, for tests of protocol.js against the real server.

/**
 * Runs in the page: makes `members`, which knows how to become one.
 */
export function installMembers() {
    const until = async (/** @type {() => any} */ condition, what = String(condition)) => {
        const deadline = performance.now() + 15_000;
        for (;;) {
            const result = condition();
            if (result)
                return result;
            if (performance.now() > deadline)
                throw new Error(`has not happened: ${what}`);
            await new Promise(resolve => setTimeout(resolve, 25));
        }
    };
    const endpoint = `ws://${location.host}/ws`;
    /** @type {any[]} */
    const all = [];

    window.members = {
        until,
        endpoint,
        settle: (/** @type {number} */ ms) => new Promise(resolve => setTimeout(resolve, ms)),

        /** What a promise resolves with, which must not take for ever. */
        soon: (/** @type {Promise<any>} */ promise, /** @type {string} */ what) => Promise.race([promise, new Promise((_, reject) => {
            setTimeout(() => reject(new Error(`has not happened: ${what}`)), 15_000);
        })]),

        /** A connection that writes down its callbacks, with what they were called with. */
        async connect() {
            const sc = /** @type {any} */ (new ServerConnection());
            /** @type {any[]} */
            const log = [];
            for (const name of ['onconnected', 'onclose', 'onerror', 'onuser', 'onjoined', 'onchat', 'onclearchat', 'onusermessage'])
                sc[name] = (/** @type {any[]} */ ...args) => log.push([name, ...args]);
            await sc.connect(endpoint);
            all.push(sc);
            return {sc, log};
        },

        /** The same, as a member of a group who sees itself in the list. */
        async join(/** @type {string} */ group, /** @type {string} */ username, password = '') {
            const member = await this.connect();
            member.sc.join(group, username, {type: 'password', password});
            await until(() => member.log.some(([name, kind]) => name === 'onjoined' && kind === 'fail') ||
                member.sc.users[member.sc.id], `${username} joining ${group}`);
            return member;
        },

        /** Sends a stream. */
        async send(/** @type {any} */ sc, /** @type {MediaStreamConstraints} */ constraints, label = 'camera') {
            const media = await navigator.mediaDevices.getUserMedia(constraints);
            const stream = sc.newUpStream();
            stream.label = label;
            stream.onclose = () => media.getTracks().forEach(track => track.stop());
            stream.addTracks(media);
            return stream;
        },

        /** Whether media of these kinds flow on a stream that is received. */
        async flows(/** @type {any} */ stream, /** @type {string[]} */ kinds) {
            const deadline = performance.now() + 15_000;
            for (;;) {
                const report = await stream.pc.getStats();
                /** @type {Record<string, number>} */
                const bytes = {};
                report.forEach((/** @type {any} */ r) => {
                    if (r.type === 'inbound-rtp')
                        bytes[r.kind] = Math.max(bytes[r.kind] ?? 0, r.kind === 'video' ? r.framesDecoded ?? 0 : r.bytesReceived);
                });
                if (kinds.every(kind => bytes[kind] > 0))
                    return true;
                if (performance.now() > deadline)
                    throw new Error(`no media: ${JSON.stringify(bytes)} ${stream.pc.iceConnectionState}`);
                await new Promise(resolve => setTimeout(resolve, 100));
            }
        },

        async leaveAll() {
            for (const sc of all.splice(0))
                sc.close();
            await new Promise(resolve => setTimeout(resolve, 50));
        },
    };
}
