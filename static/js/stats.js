/**
 * The page with the statistics of the server.
 */

import {element, startPage} from './pages/page.js';
import {statsView} from './pages/statsview.js';

/** @type {(() => void) | null} */
let close = null;

await startPage(() => {
    close?.();
    close = statsView(element('stats', HTMLElement), {signIn: 'admin.html#/people'});
});
