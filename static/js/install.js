/**
 * Registers the service worker, which says that one is offline, after everything
 * else has been loaded. The page works as well without it.
 */

/**
 * The address of the worker, in the form that the content security policy wants
 * where the browser knows Trusted Types. It is the only one that the policy passes.
 *
 * @returns {any}
 */
function workerAddress() {
    const {href} = new URL('../sw.js', import.meta.url);
    const types = /** @type {any} */ (globalThis).trustedTypes;
    return types ? types.createPolicy('service-worker', {createScriptURL: () => href}).createScriptURL('') : href;
}

function register() {
    navigator.serviceWorker.register(workerAddress(), {updateViaCache: 'none'}).catch(() => {
        // Private windows, for instance, do not allow it.
    });
}

if ('serviceWorker' in navigator) {
    if (document.readyState === 'complete')
        register();
    else
        addEventListener('load', register, {once: true});
}
