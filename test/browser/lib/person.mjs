// One person in a call: a page of the real frontend whose camera shows a colour
// of its own, so that a test can tell whose picture it sees.

/** @typedef {import('./browsers.mjs').Page} Page */

/**
 * @typedef {{width: number, height: number, rate: number, noise?: boolean}} PictureSize rate in frames per second;
 *     noise makes it take as many bits as there are
 */

/** What a camera shows where nothing is said of layers: little, since encoders take most of the time of the tests. */
const small = {width: 320, height: 180, rate: 10};

/** What a camera shows that sends two layers: browsers do not split a small picture. */
export const large = {width: 640, height: 360, rate: 20};

/**
 * Runs in the page before any of its scripts. It keeps what a test wants to look
 * at (peer connections, sockets) and paints what the fake camera and the fake
 * screen show; the sound is that of the browser's fake microphone.
 *
 * @param {{camera: string, screen: string, size: PictureSize}} what
 */
export function instrument({camera, screen, size}) {
    const state = {
        /** @type {RTCPeerConnection[]} */ connections: [],
        /** @type {WebSocket[]} */ sockets: [],
        /** What the cameras and screens show. @type {HTMLCanvasElement[]} */ canvases: [],
        /** @type {string[]} */ log: [],

        /**
         * The statistics of the connections that are open.  One that is closed
         * meanwhile is left out: Firefox never gives the statistics of such a one.
         *
         * @returns {Promise<{connection: number, reports: RTCStatsReport}[]>}
         */
        async statistics() {
            const all = await Promise.all(state.connections.map(async (pc, connection) => {
                if (pc.connectionState === 'closed')
                    return null;
                const reports = await Promise.race([pc.getStats(), closed.get(pc)]);
                return reports ? {connection, reports} : null;
            }));
            return all.filter(statistics => statistics !== null);
        },
    };
    /** Settles when a connection is closed. @type {Map<RTCPeerConnection, Promise<void>>} */
    const closed = new Map();
    const note = (/** @type {string} */ what) => {
        state.log.push(`${(performance.now() / 1000).toFixed(2)} ${what}`.slice(0, 400));
    };
    Object.defineProperty(window, '__test', {value: state});

    const NativeConnection = window.RTCPeerConnection;
    window.RTCPeerConnection = class extends NativeConnection {
        /** @param {RTCConfiguration} [configuration] */
        constructor(configuration) {
            super(configuration);
            const number = state.connections.push(this) - 1;
            closed.set(this, new Promise(resolve => {
                this.close = () => {
                    super.close();
                    resolve();
                };
            }));
            this.addEventListener('connectionstatechange', () => note(`connection ${number}: ${this.connectionState}`));
            this.addEventListener('iceconnectionstatechange', () => note(`connection ${number}: ICE ${this.iceConnectionState}`));
        }
    };
    const NativeSocket = window.WebSocket;
    window.WebSocket = class extends NativeSocket {
        /** @param {string} url */
        constructor(url) {
            super(url);
            state.sockets.push(this);
            this.addEventListener('message', event => note(`> ${event.data}`));
            this.addEventListener('close', event => note(`socket closed: ${event.code} ${event.reason}`));
        }

        /** @param {string} data */
        send(data) {
            note(`< ${data}`);
            super.send(data);
        }
    };

    /** @param {string} colour */
    function painted(colour) {
        const canvas = document.createElement('canvas');
        canvas.width = size.width;
        canvas.height = size.height;
        state.canvases.push(canvas);
        const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
        let frame = 0;
        const paint = () => {
            context.fillStyle = colour;
            context.fillRect(0, 0, canvas.width, canvas.height);
            // Something that moves, so that no encoder saves the frame.
            context.fillStyle = 'white';
            context.fillRect((frame++ * 8) % canvas.width, 0, 16, 24);
            for (let y = size.noise ? canvas.height * 2 / 3 : canvas.height; y < canvas.height; y += 8) {
                for (let x = 0; x < canvas.width; x += 8) {
                    context.fillStyle = `hsl(0 0% ${Math.random() * 100}%)`;
                    context.fillRect(x, y, 8, 8);
                }
            }
        };
        paint();
        const timer = setInterval(paint, 1000 / size.rate);
        const track = canvas.captureStream(size.rate).getVideoTracks()[0];
        const stop = track.stop.bind(track);
        track.stop = () => {
            clearInterval(timer);
            stop();
        };
        return track;
    }

    const getUserMedia = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    navigator.mediaDevices.getUserMedia = async constraints => {
        const media = await getUserMedia(constraints);
        for (const track of media.getVideoTracks()) {
            track.stop();
            media.removeTrack(track);
            media.addTrack(painted(camera));
        }
        return media;
    };
    navigator.mediaDevices.getDisplayMedia = async () => new MediaStream([painted(screen)]);
}

/** Somebody in a call. */
export class Person {
    /**
     * Opens the group's page, fills in the lobby and joins.
     *
     * @param {{newPage: (options?: import('./browsers.mjs').PageOptions) => Promise<Page>}} browser
     * @param {string} url of the group
     * @param {object} who
     * @param {string} who.name
     * @param {string} who.camera colour of the camera's picture
     * @param {string} [who.screen] colour of the shared screen
     * @param {string} [who.password]
     * @param {PictureSize} [who.size] of what camera and screen show
     * @param {import('./browsers.mjs').PageOptions} [who.page]
     * @param {(page: Page) => Promise<void>} [who.prepare] is called before the page is loaded
     */
    static async join(browser, url, {name, camera, screen = 'black', password = '', size = small, page: options, prepare}) {
        const page = await browser.newPage(options);
        await prepare?.(page);
        await page.initScript(instrument, {camera, screen, size});
        await page.goto(url);
        const person = new Person(page, name, camera);
        await person.enter(password);
        return person;
    }

    /**
     * @param {Page} page
     * @param {string} name
     * @param {string} camera
     */
    constructor(page, name, camera) {
        this.page = page;
        this.name = name;
        this.camera = camera;
    }

    /** @param {string} [password] */
    async enter(password = '') {
        await this.page.waitFor(() => {
            const join = document.querySelector('.lobby-join');
            return join && !join.disabled && join.checkVisibility();
        });
        await this.page.evaluate((/** @type {{name: string, password: string}} */ {name, password}) => {
            document.querySelector('#lobby-name').value = name;
            document.querySelector('#lobby-password').value = password;
            document.querySelector('.lobby-join').click();
        }, {name: this.name, password});
        await this.page.waitFor(() => document.querySelector('[data-connection="joined"]') !== null);
    }

    /** Presses a button of the control bar. */
    press(/** @type {string} */ control) {
        return this.page.evaluate((/** @type {string} */ name) => {
            const button = document.querySelector(`button[data-control="${name}"]`);
            if (!button)
                throw new Error(`there is no button ${name}`);
            button.click();
        }, control);
    }

    /** Clicks whatever a selector finds, once it is there and enabled. */
    async click(/** @type {string} */ selector) {
        await this.page.waitFor((/** @type {string} */ wanted) => {
            const element = document.querySelector(wanted);
            return element && element.checkVisibility() && !element.disabled;
        }, selector);
        await this.page.evaluate((/** @type {string} */ wanted) => document.querySelector(wanted).click(), selector);
    }

    /** Chooses what is called so in the menu that is open. */
    async choose(/** @type {string} */ label) {
        await this.page.waitFor((/** @type {string} */ wanted) => [...document.querySelectorAll('.menu-item')]
            .some(item => item.querySelector('.menu-label').textContent === wanted), label);
        await this.page.evaluate((/** @type {string} */ wanted) => [...document.querySelectorAll('.menu-item')]
            .find(item => item.querySelector('.menu-label').textContent === wanted).click(), label);
    }

    /** Writes to everybody, or executes a command. */
    async say(/** @type {string} */ text) {
        const open = await this.page.evaluate(() => Boolean(document.querySelector('[data-composer]')));
        if (!open)
            await this.press('chat');
        await this.page.waitFor(() => document.querySelector('[data-composer]') !== null);
        await this.page.evaluate((/** @type {string} */ line) => {
            const composer = document.querySelector('[data-composer]');
            composer.value = line;
            composer.dispatchEvent(new Event('input', {bubbles: true}));
            document.querySelector('.composer-send').click();
        }, text);
        // Commands are fetched when the first one is sent.
        await this.page.waitFor(() => !document.querySelector('[data-composer]')?.value ||
            document.querySelector('.composer-error')?.checkVisibility());
    }

    /** The texts in the chat, oldest first; the panel must be open. */
    messages() {
        return this.page.evaluate(() => [...document.querySelectorAll('[data-message-id] .message-text')]
            .map(element => element.textContent));
    }

    /** Waits until somebody's text is in the chat. */
    async awaitMessage(/** @type {string} */ text) {
        await this.page.waitFor((/** @type {string} */ wanted) =>
            [...document.querySelectorAll('[data-message-id] .message-text')]
                .some(element => element.textContent === wanted), text);
    }

    /** The names on the tiles of the others. */
    others() {
        return this.page.evaluate(() => [...document.querySelectorAll('[data-user-id]:not([data-self])[data-kind]')]
            .map(tile => ({kind: tile.dataset.kind, state: tile.dataset.state, stream: tile.dataset.streamId})));
    }

    /**
     * Waits until pictures of exactly these colours are seen, each in a tile of
     * its own, other than one's own.
     *
     * @param {string[]} colours names of CSS colours
     */
    async awaitPictures(colours) {
        await this.page.waitFor((/** @type {string[]} */ wanted) => {
            const canvas = document.createElement('canvas');
            canvas.width = canvas.height = 1;
            const context = canvas.getContext('2d', {willReadFrequently: true});
            const pixel = () => [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)];
            const expected = wanted.map(name => {
                context.fillStyle = name;
                context.fillRect(0, 0, 1, 1);
                return pixel();
            });
            const seen = [...document.querySelectorAll('[data-user-id]:not([data-self])[data-kind] video')]
                .filter(video => video.videoWidth > 0 && video.checkVisibility())
                .map(video => {
                    context.drawImage(video, video.videoWidth / 4, video.videoHeight / 2, 1, 1, 0, 0, 1, 1);
                    return pixel();
                });
            const alike = (a, b) => a.every((v, i) => Math.abs(v - b[i]) < 50);
            return seen.length === expected.length &&
                expected.every(e => seen.filter(s => alike(s, e)).length === 1);
        }, colours, 60_000).catch(async error => {
            throw new Error(`${this.name} does not see ${colours.join(', ')}: ` +
                `${JSON.stringify(await this.others())}\n${await this.diagnosis()}`, {cause: error});
        });
    }

    /**
     * What a failed test needs to be understood: the messages, the states of
     * the connections, what has gone wrong in the page.
     *
     * @returns {Promise<string>}
     */
    async diagnosis() {
        const lines = await this.page.evaluate(async () => {
            const result = [...window.__test.log, `now ${(performance.now() / 1000).toFixed(2)}`];
            const shown = ['kind', 'packetsSent', 'packetsReceived', 'framesEncoded', 'framesDecoded', 'nackCount',
                'pliCount', 'packetsLost', 'totalAudioEnergy', 'rid', 'qualityLimitationReason', 'targetBitrate',
                'availableOutgoingBitrate', 'currentRoundTripTime'];
            for (const [i, pc] of window.__test.connections.entries()) {
                result.push(`connection ${i}: ${pc.connectionState}, ICE ${pc.iceConnectionState}, ` +
                    `gathering ${pc.iceGatheringState}, ${pc.signalingState}`);
            }
            for (const {connection, reports} of await window.__test.statistics()) {
                result.push(`connection ${connection}:`);
                for (const report of reports.values()) {
                    if (report.type.endsWith('bound-rtp') || report.nominated) {
                        result.push(`    ${report.type} ` + shown.filter(name => name in report)
                            .map(name => `${name} ${report[name]}`).join(', '));
                    }
                }
            }
            return result;
        }).catch((/** @type {unknown} */ error) => [String(error)]);
        return [...lines, ...this.page.errors, ...this.page.console].join('\n');
    }

    /**
     * What is received: for each incoming RTP stream its kind, the frames
     * decoded, the energy of the sound, and a key that no other stream of the
     * page has or had.
     *
     * @returns {Promise<{key: string, kind: string, frames: number, energy: number}[]>}
     */
    received() {
        return this.page.evaluate(async () => {
            const result = [];
            for (const {connection, reports} of await window.__test.statistics()) {
                for (const report of reports.values()) {
                    if (report.type === 'inbound-rtp') {
                        result.push({key: `${connection} ${report.id}`, kind: report.kind,
                            frames: report.framesDecoded ?? 0, energy: report.totalAudioEnergy ?? 0});
                    }
                }
            }
            return result;
        });
    }

    /**
     * Waits until there are n incoming pictures whose frames go on being decoded,
     * and as many sounds whose energy goes on growing.
     *
     * @param {number} pictures
     * @param {number} [sounds]
     */
    async awaitMedia(pictures, sounds = pictures) {
        const deadline = Date.now() + 60_000;
        /** Each stream as it was when it was first seen. @type {Map<string, {frames: number, energy: number}>} */
        const first = new Map();
        for (;;) {
            const now = (await this.received()).filter(s => s.frames > 0 || s.energy > 0);
            for (const stream of now)
                first.has(stream.key) || first.set(stream.key, stream);
            const grown = now.filter(s => s.frames > first.get(s.key).frames || s.energy > first.get(s.key).energy);
            if (grown.length === now.length &&
                now.filter(s => s.kind === 'video').length === pictures &&
                now.filter(s => s.kind === 'audio').length === sounds)
                return;
            if (Date.now() > deadline)
                throw new Error(`${this.name} does not receive ${pictures} pictures and ${sounds} sounds: ` +
                    `${JSON.stringify(now)}\n${await this.diagnosis()}`);
            await new Promise(resolve => setTimeout(resolve, 200));
        }
    }

    /** Cuts the WebSocket, as a failing network would. */
    cut() {
        return this.page.evaluate(() => window.__test.sockets.at(-1).close(4000, 'cut by the test'));
    }

    /** How many WebSockets the page has opened so far. */
    sockets() {
        return this.page.evaluate(() => window.__test.sockets.length);
    }

    close() {
        return this.page.close();
    }
}
