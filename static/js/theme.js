// Applies the chosen theme before the page is painted; a classic script in the
// head of the page. Without a choice the page follows the system.

'use strict';

{
    let theme;
    try {
        theme = JSON.parse(localStorage.getItem('settings') || '{}').theme;
    } catch {
        // No storage, or nothing readable in it.
    }
    if (theme === 'light' || theme === 'dark')
        document.documentElement.dataset.theme = theme;
}
