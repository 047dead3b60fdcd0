/**
 * The page for addresses at which there is nothing: speaks the language of the reader.
 */

import {startPage} from './pages/page.js';

await startPage(() => {});
