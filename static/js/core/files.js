/**
 * Files between two people: what is offered, under way and done. The transfer
 * itself is the library's; it goes from browser to browser.
 */

/**
 * @typedef {object} FileTransfer
 * @property {string} key
 * @property {string} userId of the other side
 * @property {string} person name of the other side
 * @property {boolean} up whether we send
 * @property {string} name of the file, safe to show and to save
 * @property {number} size in bytes
 * @property {number} done bytes so far
 * @property {number} rate bytes per second, 0 if not known
 * @property {'offered' | 'waiting' | 'connecting' | 'running' | 'done' | 'cancelled'} state
 *     offered to us, or waiting for the other side to accept
 * @property {string} reason why it was cancelled
 * @property {Blob | null} blob what we have received
 */

/** More offers than this at a time are refused. */
const most = 50;

/** @typedef {ReturnType<typeof createFiles>} Files */

/**
 * @param {{store: import('./state.js').StateStore, session: import('./session.js').Session,
 *     now?: () => number}} options
 */
export function createFiles({store, session, now = Date.now}) {
    /** @type {Map<string, TransferredFile>} */
    const transfers = new Map();
    let count = 0;

    /** @param {string} key @param {Partial<FileTransfer>} patch */
    const update = (key, patch) => store.set({
        files: store.get().files.map(file => file.key === key ? {...file, ...patch} : file),
    });

    /** @param {TransferredFile} transfer */
    const got = transfer => {
        const open = store.get().files.filter(({state}) => state !== 'done' && state !== 'cancelled');
        if (open.length >= most)
            throw new Error('too many files');
        const key = `f${++count}`;
        transfers.set(key, transfer);
        store.set({files: [...store.get().files, {
            key, userId: transfer.userid, person: transfer.username ?? '', up: transfer.up, name: transfer.name,
            size: transfer.size, done: 0, rate: 0, state: transfer.up ? 'waiting' : 'offered', reason: '', blob: null,
        }]});
        let began = 0;
        transfer.onevent = (/** @type {string} */ state, /** @type {any} */ data) => {
            switch (state) {
            case 'connecting':
                update(key, {state: 'connecting'});
                break;
            case 'connected':
                began ||= now();
                update(key, {
                    state: 'running', done: transfer.datalen,
                    rate: now() > began ? transfer.datalen / (now() - began) * 1000 : 0,
                });
                break;
            case 'done':
                update(key, {state: 'done', done: transfer.size, blob: transfer.up ? null : data});
                transfers.delete(key);
                break;
            case 'cancelled':
                if (transfers.delete(key))
                    update(key, {state: 'cancelled', reason: data ? String(data.message ?? data) : ''});
                break;
            }
        };
    };

    session.onattach(sc => {
        sc.onfiletransfer = got;
    });

    return {
        /**
         * Offers files to somebody.
         *
         * @param {string} userId
         * @param {Iterable<File>} files
         * @returns {boolean} false if that person is not there
         */
        send: (userId, files) => session.sendFiles(userId, [...files]),

        /** @param {string} key takes what is offered */
        accept(key) {
            update(key, {state: 'connecting'});
            const transfer = transfers.get(key);
            transfer?.receive().catch((/** @type {unknown} */ e) => transfer.cancel(e));
        },

        /** @param {string} key refuses, withdraws or interrupts */
        cancel(key) {
            const transfer = transfers.get(key);
            if (!transfer)
                return;
            transfers.delete(key);
            update(key, {state: 'cancelled', reason: ''});
            transfer.cancel();
        },

        /** @param {string} key takes it off the list */
        forget: key => store.set({files: store.get().files.filter(file => file.key !== key)}),
    };
}

/**
 * How many seconds are left at this rate.
 *
 * @param {FileTransfer} file
 * @returns {number | null} null if that is not known
 */
export function secondsLeft({size, done, rate}) {
    return rate > 0 ? Math.ceil((size - done) / rate) : null;
}

/**
 * A size for people.
 *
 * @param {number} bytes
 * @param {string} locale
 * @returns {string}
 */
export function sizeText(bytes, locale) {
    const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'];
    const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
    return new Intl.NumberFormat(locale, {
        style: 'unit', unit: units[power] ?? 'byte', unitDisplay: power === 0 ? 'long' : 'short',
        maximumFractionDigits: bytes < 1e5 || power > 1 ? 1 : 0,
    }).format(bytes / 1000 ** power);
}
