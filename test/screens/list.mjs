// Every screen: how one gets there.  A screen opens in a page of its own, whose size
// then changes; what does not survive that (menus) is shown again at each size.

import * as scenes from './scenes.mjs';

/** @typedef {import('./studio.mjs').Stage} Stage */

/**
 * @typedef {object} Screen
 * @property {string} name
 * @property {(set: Stage) => Promise<unknown>} open from an empty page
 * @property {(set: Stage) => Promise<unknown>} [again] at each size
 * @property {boolean} [apart] something depends on the size that it is opened at, so that each picture needs a page of its own
 */

/** @type {(name: string, open: Screen['open'], again?: Screen['again']) => Screen} */
const screen = (name, open, again) => ({name, open, again});

/** @type {(screen: Screen) => Screen} */
const apart = screen => ({...screen, apart: true});

/** A call, and what is done in it. */
const call = (/** @type {string} */ name, /** @type {import('./stage.mjs').Scene} */ scene, /** @type {Screen['open']} */ then = async () => {},
    /** @type {Screen['again']} */ again = undefined) =>
    screen(name, async set => {
        await set.join(scene);
        await then(set);
    }, again);

const wide = (/** @type {Stage} */ set) => set.page.viewportSize().width >= 600;

/** Opens the menu at a button, at each size anew. */
const menu = (/** @type {string} */ selector) => async (/** @type {Stage} */ set) => {
    await set.press(selector);
    await set.page.locator('.menu').waitFor();
};

const fromMore = (/** @type {string} */ icon) => async (/** @type {Stage} */ set) => {
    await set.press('[data-control=more]');
    await set.choose(icon);
};

const settings = (/** @type {string} */ tab) => async (/** @type {Stage} */ set) => {
    await fromMore('settings')(set);
    await set.press(`#tab-${tab}`);
};

const panel = async (/** @type {Stage} */ set, /** @type {string} */ selector) => {
    await set.page.locator(`.panel ${selector}`).first().waitFor();
};

/** A page outside the call. */
const plain = (/** @type {string} */ name, /** @type {string} */ path, /** @type {string} */ there, /** @type {Screen['open']} */ then = async () => {},
    /** @type {Record<string, any>} */ answers = {}) =>
    screen(name, async set => {
        await set.goto(path, {answers});
        await set.page.locator(there).first().waitFor();
        // A field that takes the focus may do so before or after the first click.
        await set.page.mouse.click(1, 1);
        await then(set);
    });

const admin = (/** @type {string} */ name, /** @type {string} */ hash, /** @type {string} */ there, /** @type {Screen['open']} */ then = async () => {},
    /** @type {Record<string, any>} */ answers = {}) =>
    screen(name, async set => {
        await set.goto('admin.html', {hash, answers});
        await set.page.fill('#username', 'root');
        await set.page.fill('#password', 'secret');
        await set.press('#sign-in');
        await set.page.locator(there).first().waitFor();
        await then(set);
    });

const tokens = {
    '/.tokens/': ['a', 'b', 'c'],
    '/.tokens/a': {permissions: ['present', 'message'], expires: '2026-03-21T10:30:00Z', issuedBy: 'ada'},
    '/.tokens/b': {username: 'Maximilian Alexander von Habsburg-Lothringen', permissions: ['present', 'message', 'op', 'record', 'token'],
                   'not-before': '2026-04-01T00:00:00Z', expires: '2026-12-24T18:00:00Z'},
    '/.tokens/c': {username: 'Old Friend', permissions: ['present'], expires: '2026-03-01T10:30:00Z', issuedBy: 'ada'},
};
const stats = {'/galene-api/v0/.stats': scenes.statistics};

/** @type {Screen[]} */
export const screens = [
    plain('landing', '', '.group'),
    plain('landing-many', '', '.group', async () => {}, {'/public-groups.json': scenes.manyGroups}),
    plain('landing-none', '', '#join', async () => {}, {'/public-groups.json': []}),
    plain('landing-wrong', '', '#public-error:not([hidden])', async set => {
        await set.page.fill('#name', 'no such group');
        await set.press('#go');
        await set.page.locator('#name-error:visible').waitFor();
    }, {'/public-groups.json': 500}),
    plain('not-found', 'nowhere/', 'h1'),
    plain('offline', 'offline.html', '.message-text:visible'),

    screen('lobby', set => set.lobby({})),
    screen('lobby-blocked', set => set.lobby({devices: 'blocked'})),
    apart(screen('lobby-missing', set => set.lobby({devices: 'missing', settings: {name: ''}}))),
    apart(screen('lobby-refused', async set => {
        await set.lobby({refuse: {error: 'not-authorised', value: 'not authorised'}});
        await set.press('.lobby-join');
        await set.page.locator('.field-error:visible').waitFor();
    })),
    apart(screen('lobby-locked', async set => {
        await set.lobby({refuse: {error: 'locked', value: 'We begin at a quarter past two. Please have a cup of tea, and come back then.'}},
            {answers: {'/.status': {...set.status(), locked: true}}});
        await set.press('.lobby-join');
        await set.page.locator('.callout:visible').waitFor();
    })),
    screen('lobby-invited', async set => {
        await set.lobby({people: []}, {query: 'token=abc&username=Hypatia'});
    }),
    screen('lobby-unreachable', async set => {
        await set.goto('group/tea/', {scene: {}, answers: {'/.status': 500}});
        await set.page.locator('.callout:visible').waitFor();
    }),

    call('call-1', scenes.alone),
    call('call-1-muted', {...scenes.alone, settings: {localMute: true, camera: false}}),
    call('call-2', {people: scenes.three.people?.slice(0, 1)}),
    call('call-3', scenes.three),
    call('call-3-speaker', {...scenes.three, settings: {layout: 'speaker'}}),
    apart(call('call-9', scenes.nine)),
    apart(call('call-9-speaker', {...scenes.nine, settings: {layout: 'speaker'}})),
    apart(call('call-9-sidebar', {...scenes.nine, settings: {layout: 'sidebar'}})),
    apart(call('call-41', scenes.crowd)),
    call('call-shared', scenes.shared),
    call('call-sharing', scenes.three, async set => {
        // A phone has no such button; what is shared is the same.
        await set.press('[data-control=share]');
        await set.page.locator('.banner:visible').waitFor();
    }),
    call('call-busy', scenes.busy, async set => {
        await set.freeze();
        await set.press('[data-control=hand]');
        await set.server({type: 'chat', kind: 'caption', source: 'grace', username: 'Grace Hopper', value: 'The most dangerous phrase in the language is: we have always done it this way.'});
        await set.server({type: 'chat', kind: 'caption', source: 'alan', username: 'Alan Turing', value: 'We can only see a short distance ahead.'});
        await set.server({type: 'usermessage', kind: 'warning', privileged: true, source: 'grace', username: 'Grace Hopper', value: 'Please be back at eleven.'});
        await set.server({type: 'usermessage', kind: 'error', privileged: true, value: 'Cannot record: not enough free space for recordings.'});
        await set.server({type: 'chat', id: 'n1', source: 'alan', username: 'Alan Turing', time: scenes.now.toISOString(), value: 'Hello?'});
        await set.page.locator('.captions:visible').waitFor();
        await set.page.locator('.toast').nth(1).waitFor();
    }),
    call('call-troubled', scenes.troubled),
    call('call-lost', scenes.three, async set => {
        await set.freeze();
        await set.page.evaluate(() => window.__server.fail());
        await set.page.locator('.banner:visible').waitFor();
    }),
    call('call-muted-by', {...scenes.three, settings: {localMute: false}}, async set => {
        await set.server({type: 'usermessage', kind: 'mute', privileged: true, source: 'grace', username: 'Grace Hopper'});
        await set.page.locator('.banner:visible').waitFor();
    }),

    apart(call('chat', scenes.talk, async set => {
        await set.press('[data-control=chat]');
        await panel(set, '.message');
    })),
    apart(call('chat-empty', scenes.three, async set => {
        await set.press('[data-control=chat]');
        await panel(set, '[data-composer]');
    })),
    apart(call('chat-private', scenes.talk, async set => {
        await set.press('[data-control=chat]');
        await set.press('.recipient');
        await set.page.locator('.menu-item').nth(2).evaluate(item => item.click());
        await set.page.fill('[data-composer]', '/');
        await set.page.locator('.completion').first().waitFor();
    })),
    call('people', scenes.hosting, async set => {
        await set.people();
        await panel(set, '.person');
    }),
    call('host', scenes.hosting, async set => {
        await fromMore('shield')(set);
        await panel(set, '.host-section');
    }),
    call('subgroups', scenes.hosting, async set => {
        await fromMore('shield')(set);
        await set.press('[data-action=breakout]');
        await panel(set, '.host-row');
    }),
    call('files', scenes.nine, async set => {
        await fromMore('file')(set);
        await panel(set, '.panel-empty');
    }),
    call('transcript', {...scenes.nine, permissions: ['present', 'message', 'caption']}, async set => {
        for (const [name, value] of [['Grace Hopper', 'Good morning, everybody.'], ['Grace Hopper', 'Let us begin with the minutes of the last meeting.'],
            ['Maximilian Alexander von Habsburg-Lothringen', 'I should like to say something about that, and rather at length, if nobody minds.'], ['محمد بن موسى الخوارزمي', 'السلام عليكم']])
            await set.server({type: 'chat', kind: 'caption', source: 'grace', username: name, value});
        await fromMore('captions')(set);
        await panel(set, '.transcript-lines');
    }),

    call('menu-more', scenes.hosting, async () => {}, menu('[data-control=more]')),
    call('menu-microphone', scenes.three, async () => {}, menu('.control-arrow')),
    call('menu-person', scenes.hosting, set => set.people(), menu('.person[data-user-id=alan] button')),
    call('menu-react', scenes.three, async () => {}, async set => {
        if (wide(set)) {
            await menu('[data-control=react]')(set);
        } else {
            await set.press('[data-control=more]');
            await set.choose('smile');
            await set.page.locator('.menu-item').nth(5).waitFor();
        }
    }),

    call('settings-audio', scenes.three, settings('audio')),
    call('settings-video', scenes.three, settings('video')),
    call('settings-network', scenes.three, settings('network')),
    call('settings-appearance', scenes.three, settings('appearance')),
    call('help', scenes.three, async set => {
        await fromMore('circle-question-mark')(set);
        await set.page.locator('dialog[open]').waitFor();
    }),
    call('check', scenes.three, async set => {
        await fromMore('activity')(set);
        await set.page.waitForFunction(() => {
            const rows = [...document.querySelectorAll('[data-check]')];
            return rows.length > 0 && rows.every(row => row.dataset.state !== 'running');
        });
        await set.page.evaluate(() => {
            // How long the server takes is not the same twice.
            const text = document.querySelector('[data-check=server] .check-text');
            text.textContent = text.textContent.replace(/[\d.,]+/, '12');
        });
    }),
    call('notices', scenes.three, async set => {
        await set.server({type: 'usermessage', kind: 'warning', privileged: true, source: 'grace', username: 'Grace Hopper', value: 'Please be back at eleven.'});
        await set.server({type: 'usermessage', kind: 'error', privileged: true, value: 'Cannot record: not enough free space for recordings.'});
        await fromMore('bell')(set);
        await set.page.locator('dialog').waitFor();
        await set.page.locator('.toast button').last().evaluate(() => {
            for (const button of document.querySelectorAll('.toast .button-icon'))
                button.click();
        });
    }),
    call('invite', scenes.hosting, async set => {
        await fromMore('user-plus')(set);
        await set.page.locator('dialog form').waitFor();
    }),
    apart(call('invite-made', scenes.hosting, async set => {
        await fromMore('user-plus')(set);
        await set.press('dialog form [type=submit]');
        await set.page.locator('dialog .qr').waitFor();
    })),
    call('send-files', scenes.nine, async set => {
        await fromMore('file')(set);
        await set.press('.files-tools button');
        await set.page.locator('dialog').waitFor();
        await set.page.setInputFiles('#send-files', [
            {name: 'Minutes of the meeting of the programme committee, final version (2).pdf', mimeType: 'application/pdf', buffer: Buffer.alloc(240_000)},
            {name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.alloc(1200)}]);
    }),
    call('kick', scenes.hosting, async set => {
        await set.people();
        await set.press('.person[data-user-id=long] button');
        await set.choose('user-x');
        await set.page.locator('dialog').waitFor();
    }),

    call('after-left', scenes.three, async set => {
        await set.press('[data-control=leave]');
        await set.page.locator('.after').waitFor();
    }),
    call('after-removed', scenes.three, async set => {
        await set.server({type: 'usermessage', kind: 'kicked', privileged: true, source: 'grace', username: 'Grace Hopper', value: 'The lecture is over. Thank you for having come!'});
        await set.page.evaluate(() => window.__server.fail());
        await set.page.locator('.after').waitFor();
    }),

    plain('admin-login', 'admin.html', '#sign-in', async set => {
        await set.press('#sign-in');
        await set.page.locator('.field-error:visible').first().waitFor();
    }),
    admin('admin-groups', '#/groups', '.rows li'),
    admin('admin-settings', '#/group/tea/settings', '#field-displayName'),
    apart(admin('admin-users', '#/group/tea/users', '[data-user="*"]')),
    apart(admin('admin-invitations', '#/group/tea/invitations', '[data-token]', async () => {}, tokens)),
    apart(admin('admin-no-invitations', '#/group/tea/invitations', '.empty:visible', async () => {}, {'/.tokens/': []})),
    apart(admin('admin-keys', '#/group/tea/keys', '#keys')),
    admin('admin-people', '#/people', '.totals dd', async set => set.page.locator('tbody th').first().waitFor(), stats),
    apart(admin('admin-new-user', '#/group/tea/users', '[data-user="*"]', async set => {
        await set.press('.toolbar .button-primary');
        await set.page.locator('dialog form').waitFor();
    })),
    admin('admin-new-group', '#/groups', '.rows li', async set => {
        await set.press('.toolbar .button-primary');
        await set.page.fill('dialog input', '.hidden');
        await set.press('dialog [type=submit]');
        await set.page.locator('dialog .field-error:visible').waitFor();
    }),
    admin('admin-delete', '#/group/tea/settings', '#field-displayName', async set => {
        await set.press('.button-danger');
        await set.page.locator('dialog').waitFor();
    }),

    plain('statistics', 'stats.html', 'tbody th', async () => {}, stats),
    plain('statistics-refused', 'stats.html', '.notice:visible', async () => {}, {'/galene-api/v0/.stats': 403}),
    plain('password', 'change-password.html?group=tea&username=Zo%C3%AB', '#form'),
    plain('password-wrong', 'change-password.html', '#form', async set => {
        await set.page.fill('#new', 'short');
        await set.page.fill('#again', 'shorter');
        await set.press('#submit');
        await set.page.locator('.field-error:visible').first().waitFor();
    }),
    plain('password-done', 'change-password.html?group=tea&username=ada', '#form', async set => {
        await set.page.fill('#old', 'secret');
        await set.page.fill('#new', 'correct horse');
        await set.page.fill('#again', 'correct horse');
        await set.press('#submit');
        await set.page.locator('#done:visible').waitFor();
    }, {'/.users/ada/.password': 204}),
    screen('recordings', async set => {
        await set.goto('recordings/tea/');
        await set.page.locator('.recordings').waitFor();
    }),
    screen('recordings-none', async set => {
        await set.goto('recordings/empty/');
        await set.page.locator('h1').waitFor();
    }),
];
