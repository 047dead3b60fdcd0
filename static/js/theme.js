// Applies the chosen theme before the page is painted; a classic script in the
// head of the page. Without a choice the page follows the system. A page whose
// markup is to be translated is not shown in English first.

'use strict';

{
    let theme, lang;
    try {
        ({theme, lang} = JSON.parse(localStorage.getItem('settings') || '{}'));
    } catch {
        // No storage, or nothing readable in it.
    }
    const root = document.documentElement;
    if (theme === 'light' || theme === 'dark')
        root.dataset.theme = theme;

    const wanted = [new URLSearchParams(location.search).get('lang'), lang, navigator.language]
        .find(tag => tag && tag !== 'system');
    if ('translated' in root.dataset && wanted && !/^en\b/i.test(wanted)) {
        root.dataset.pending = '';
        // Better in English than not at all.
        setTimeout(() => delete root.dataset.pending, 3000);
    }
}
