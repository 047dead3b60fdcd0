// A meeting for a test file: a server, browsers, and a fresh group for each test.

import {after, afterEach, before, beforeEach} from 'node:test';
import {launch} from './browsers.mjs';
import {startGalene} from './galene.mjs';
import {Person} from './person.mjs';

const usual = {
    'public': true,
    users: {host: {password: 'let me in', permissions: 'op'}},
    'wildcard-user': {password: {type: 'wildcard'}, permissions: 'present'},
};

/**
 * Registers the hooks of the surrounding `describe`.
 *
 * @param {object} [options]
 * @param {object} [options.description] more of each group's definition
 * @param {readonly import('./browsers.mjs').BrowserName[]} [options.browsers]
 * @param {string[]} [options.flags] further flags of the server
 */
export function meeting({description = {}, browsers = ['chromium'], flags = []} = {}) {
    /** @type {import('./galene.mjs').Galene} */
    let galene;
    /** @type {Map<string, Awaited<ReturnType<typeof launch>>>} */
    const launched = new Map();
    /** @type {Person[]} */
    let people = [];
    let count = 0;

    before(async () => {
        galene = await startGalene({}, {flags});
        for (const name of browsers)
            launched.set(name, await launch(name));
    });
    after(async () => {
        for (const browser of launched.values())
            await browser.close();
        await galene?.stop();
    });
    beforeEach(() => galene.setGroup(`room${++count}`, {...usual, ...description}));
    afterEach(async () => {
        await Promise.all(people.map(person => person.close()));
        people = [];
    });

    return {
        server: () => galene,
        group: () => `room${count}`,
        url: () => `${galene.url}group/room${count}/`,
        browser: (/** @type {import('./browsers.mjs').BrowserName} */ name = 'chromium') =>
            /** @type {Awaited<ReturnType<typeof launch>>} */ (launched.get(name)),

        /** Somebody who leaves when the test ends. */
        add(/** @type {Person} */ person) {
            people.push(person);
            return person;
        },

        /** Somebody leaves before the test ends: pages that are drawn take time from the others. */
        async leave(/** @type {Person} */ person) {
            people.splice(people.indexOf(person), 1);
            await person.close();
        },

        /**
         * Joins the group of the present test.
         *
         * @param {string} name
         * @param {string} camera
         * @param {Partial<Parameters<typeof Person.join>[2]> & {query?: string,
         *     browser?: import('./browsers.mjs').BrowserName}} [more]
         */
        async join(name, camera, {query = '', browser = 'chromium', ...more} = {}) {
            const launched = this.browser(browser);
            return this.add(await Person.join(launched, `${this.url()}${query}`, {name, camera, ...more}));
        },

        /** Joins as operator. */
        host(/** @type {Parameters<typeof Person.join>[2]} */ more = {name: 'host', camera: 'grey'}) {
            return this.join('host', more.camera, {password: 'let me in', ...more});
        },
    };
}
