// The program that captions come from: a second connection of somebody who may caption.

/**
 * Joins once more from somebody's page, which then has the connection as `window.captioner`.
 *
 * @param {import('./person.mjs').Person} person who signs in as the host
 * @param {string} group
 */
export const addCaptioner = (person, group) => person.page.evaluate(async (/** @type {string} */ group) => {
    const {ServerConnection} = await import('/protocol.mjs');
    const sc = new ServerConnection();
    await new Promise((resolve, reject) => {
        sc.onconnected = () => sc.join(group, 'host', {type: 'password', password: 'let me in'});
        sc.onjoined = (kind, ...rest) => kind === 'join' ? resolve(null) : reject(new Error(rest.join()));
        sc.connect(`ws://${location.host}/ws`);
    });
    window.captioner = sc;
}, group);
