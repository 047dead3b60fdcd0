/**
 * The page that is shown without a connection: it has its text in all languages,
 * and tries again by itself when the connection is back.
 *
 * The service worker keeps it, so it imports nothing.
 */

/** @returns {string | undefined} the language that was chosen in the settings */
function chosen() {
    try {
        return JSON.parse(localStorage.getItem('settings') ?? '{}').lang;
    } catch {
        return undefined;
    }
}

const texts = /** @type {HTMLElement[]} */ ([...document.querySelectorAll('main > [lang]')]);
const wishes = [new URL(location.href).searchParams.get('lang'), chosen(), ...navigator.languages]
    .map(tag => tag?.toLowerCase().split(/[-_]/)[0]);
const text = wishes.flatMap(wish => texts.find(({lang}) => lang === wish) ?? [])[0] ?? texts[0];
if (text) {
    for (const other of texts)
        other.hidden = other !== text;
    document.documentElement.lang = text.lang;
    document.documentElement.dir = text.dir || 'ltr';
    document.title = `${text.querySelector('h1')?.textContent} – Galène`;
}

const again = () => location.reload();
for (const button of document.querySelectorAll('button'))
    button.addEventListener('click', again);
addEventListener('online', again);
// A server that was restarted does not make the browser go online.
setInterval(async () => {
    try {
        // Not a page: the worker must not answer.
        await fetch(new URL('../healthz', import.meta.url), {method: 'HEAD', cache: 'no-store'});
        again();
    } catch {
        // Later.
    }
}, 5000);
