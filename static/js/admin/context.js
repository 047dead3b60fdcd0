/**
 * What every view of the page is given.
 *
 * @typedef {object} Context
 * @property {import('./account.js').Account} account who is at work
 * @property {Drafts} drafts
 * @property {(text: string) => void} say tells that something has been done
 * @property {(error: any) => boolean} expired whether an error means that one has to
 *     sign in again, which is then under way
 * @property {(route: import('./route.js').Route) => void} go
 */

/**
 * A view: fills an element, and returns what takes it away.
 *
 * @typedef {(host: HTMLElement, context: Context, route: any) => () => void} View
 */

/**
 * Changes that have not been saved, by group: they outlive a look at another tab,
 * and another language.
 *
 * @typedef {Map<string, {base: import('./definition.js').Definition, mine: import('./definition.js').Definition, etag: string | null}>} Drafts
 */

export {};
