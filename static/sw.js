// Service worker: says that one is offline, and nothing more.
//
// No page and no code is ever served from the cache while the server can be
// reached, so what runs is what the server has. Kept are one page and what it looks
// like, under addresses with "?offline" that no other page uses; that page is shown
// instead of one that cannot be fetched.

'use strict';

const cacheName = 'offline-2';
const base = new URL('./', location.href);
const page = 'offline.html?offline';
const kept = [page, ...[
    'css/tokens.css', 'css/base.css', 'css/pages.css', 'js/theme.js', 'js/offline.js', 'images/logo.svg',
].map(name => `${name}?offline`)].map(name => new URL(name, base).href);

/** Milliseconds between two looks whether what is kept has changed. */
const lifetime = 3_600_000;

/**
 * Fetches all that is to be kept, and keeps it only if all of it came.
 *
 * @returns {Promise<void>}
 */
async function keep() {
    const responses = await Promise.all(kept.map(async url => {
        const response = await fetch(url, {cache: 'no-cache', credentials: 'omit'});
        if (!response.ok || response.redirected)
            throw new Error(`${url}: ${response.status}`);
        return response;
    }));
    const cache = await caches.open(cacheName);
    await Promise.all(responses.map((response, i) => cache.put(/** @type {string} */ (kept[i]), response)));
}

/** Replaces what is kept by what the server has now, once in a while. */
async function refresh() {
    const cache = await caches.open(cacheName);
    const date = (await cache.match(kept[0] ?? ''))?.headers.get('Date');
    if (!date || Date.now() - Date.parse(date) > lifetime) {
        try {
            await keep();
        } catch {
            // What there is has to do.
        }
    }
}

/**
 * Whether an address is that of a page of ours. Recordings and the administrative
 * interface ask for passwords, which is the browser's business.
 *
 * @param {URL} url
 * @returns {boolean}
 */
function isPage(url) {
    const path = url.pathname.slice(base.pathname.length);
    return url.origin === base.origin && url.pathname.startsWith(base.pathname) &&
        !/^(?:recordings|galene-api)(?:\/|$)/.test(path);
}

/**
 * @param {any} event
 * @returns {Promise<Response>}
 */
async function navigate(event) {
    try {
        const response = await event.preloadResponse || await fetch(event.request);
        event.waitUntil(refresh());
        return response;
    } catch (error) {
        const cached = await caches.match(kept[0] ?? '');
        if (cached)
            return cached;
        throw error;
    }
}

addEventListener('install', (/** @type {any} */ event) => {
    event.waitUntil(keep().then(() => /** @type {any} */ (globalThis).skipWaiting()));
});

addEventListener('activate', (/** @type {any} */ event) => {
    event.waitUntil((async () => {
        for (const name of await caches.keys()) {
            if (name.startsWith('offline-') && name !== cacheName)
                await caches.delete(name);
        }
        const {registration} = /** @type {any} */ (globalThis);
        // So that the page does not have to wait until the worker has started.
        await registration.navigationPreload?.enable();
    })());
});

addEventListener('fetch', (/** @type {any} */ event) => {
    const {request} = event;
    const url = new URL(request.url);
    if (request.mode === 'navigate' && request.method === 'GET' && isPage(url))
        event.respondWith(navigate(event));
    else if (kept.includes(url.href))
        event.respondWith(caches.match(url.href).then(found => found ?? fetch(request)));
});
