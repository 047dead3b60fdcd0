/**
 * From what the server or the browser says to what we say: a pure table of
 * causes, each with the text to show, the field concerned, and whether trying
 * again later makes sense.
 */

/**
 * @typedef {object} Failure
 * @property {string} text key of the text
 * @property {string} [detail] what the server said, to be shown as it is
 * @property {'name' | 'password' | null} field
 * @property {boolean} retry
 */

/**
 * Whether a lost connection may be followed by a new attempt although the server
 * refused the last one: it may still count the connection that we lost, or be
 * waiting for its operators to come back as well.
 *
 * @param {string} message of the refusal
 * @returns {boolean}
 */
export function passing(message) {
    return ['too many users', 'internal server error', 'there are no operators in this group',
        'server is shutting down'].includes(message);
}

/**
 * @param {string | null} error stable identifier, if the server gave one
 * @param {string} message
 * @param {{token: boolean}} how whether an invitation was used
 * @returns {Failure}
 */
export function joinFailure(error, message, {token}) {
    switch (error) {
    case 'need-username':
        return {text: 'failure.needUsername', field: 'name', retry: false};
    case 'duplicate-username':
        return {text: 'failure.duplicateUsername', field: 'name', retry: false};
    }
    switch (message) {
    case 'not authorised':
        return token ?
            {text: 'failure.invitation', field: null, retry: false} :
            {text: 'failure.notAuthorised', field: 'password', retry: false};
    case 'this group is locked':
        return {text: 'failure.locked', field: null, retry: true};
    case 'too many users':
        return {text: 'failure.full', field: null, retry: true};
    case 'this group is not open yet':
        return {text: 'failure.notOpen', field: null, retry: true};
    case 'this group is closed':
        return {text: 'failure.closed', field: null, retry: false};
    case 'there are no operators in this group':
        return {text: 'failure.noOperators', field: null, retry: true};
    case 'group does not exist':
    case 'illegal group name':
        return {text: 'failure.noGroup', field: null, retry: false};
    case 'internal server error':
        return {text: 'failure.server', field: null, retry: true};
    case '':
        return {text: 'failure.refused', field: null, retry: true};
    }
    // An operator's own lock message, or something that we do not know.
    return {text: 'failure.says', detail: message, field: null, retry: true};
}
