/**
 * What every component gets: the state to show, and the actions to call.
 *
 * @typedef {object} Context
 * @property {import('../core/state.js').StateStore} store
 * @property {import('../core/settings.js').Settings} settings
 * @property {import('../core/session.js').Session} session
 * @property {import('../media/publish.js').Publish} publish
 * @property {import('../media/subscribe.js').Subscribe} subscribe
 * @property {import('../media/devices.js').Devices} devices
 * @property {import('../media/levels.js').Levels} levels
 * @property {import('../core/actions.js').Actions} actions
 * @property {import('../core/notify.js').Notify} notify
 * @property {import('../core/tokens.js').Tokens} tokens
 * @property {import('../core/files.js').Files} files
 * @property {import('../core/reactions.js').Reactions} reactions
 * @property {import('../core/log.js').Log} log
 * @property {import('./kit/announce.js').Announcer} announcer
 */

/**
 * A component puts itself into a host element and returns what undoes that.
 *
 * @typedef {(host: HTMLElement, context: Context) => () => void} Component
 */

/**
 * A dialog that the state names opens itself, and returns what closes it; `closed` is to be
 * called when it has closed. By then the state may name another one, which stays.
 *
 * @typedef {(host: HTMLElement, context: Context & {closed: () => void}) => () => void} Dialog
 */

export {};
