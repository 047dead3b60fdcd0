// Who is in the calls of which pictures are taken, and what they say.  Names and
// texts are as long as people make them.

/** @typedef {import('./stage.mjs').Actor} Actor */
/** @typedef {import('./stage.mjs').Scene} Scene */

/** The clock stands still at this moment. */
export const now = new Date('2026-03-14T10:30:00Z');
const minutesAgo = (/** @type {number} */ n) => new Date(now.getTime() - n * 60_000).toISOString();

/** @type {Actor[]} */
const cast = [
    {id: 'grace', name: 'Grace Hopper', camera: '#8a5a44', speaking: true},
    {id: 'alan', name: 'Alan Turing', camera: '#44708a', data: {muted: true}},
    {id: 'long', name: 'Maximilian Alexander von Habsburg-Lothringen', camera: '#6b8a44', permissions: ['present', 'message', 'op']},
    {id: 'zoe', name: 'Zoë Żółkiewska', camera: '', data: {muted: true, raisehand: now.getTime() - 60_000}},
    {id: 'musa', name: 'محمد بن موسى الخوارزمي', camera: '#8a446b', data: {raisehand: now.getTime() - 30_000}},
    {id: 'kath', name: 'Katherine Johnson', camera: '#448a7d', data: {cameraoff: true, muted: true}},
    {id: 'emmy', name: 'Emmy', camera: '#8a8044'},
    {id: 'sofia', name: 'Sofja Wassiljewna Kowalewskaja', camera: '#5b448a', data: {muted: true}},
    {id: 'mary', name: 'Mary Somerville', permissions: ['message']},
];

/** @param {string[]} ids */
const people = (...ids) => cast.filter(({id}) => ids.includes(id));

/** Oneself and two others. @type {Scene} */
export const three = {people: people('grace', 'alan')};

/** Nine, of whom one only listens. @type {Scene} */
export const nine = {people: cast.filter(({id}) => id !== 'mary')};

/** @type {Scene} */
export const alone = {};

/** More than fit on a page. @type {Scene} */
export const crowd = {
    people: Array.from({length: 40}, (_, i) => ({
        id: `p${i}`, name: `Participant ${i + 1}`,
        ...i % 3 === 0 ? {camera: `hsl(${i * 37 % 360} 30% 45%)`} : i % 3 === 1 ? {camera: ''} : {}, data: i % 2 ? {muted: true} : {},
    })),
};

/** Somebody shows slides. @type {Scene} */
export const shared = {people: people('grace', 'alan', 'zoe', 'kath').map(actor => actor.id === 'alan' ? {...actor, screen: true} : actor)};

/** What one looks like who is in charge. */
const power = ['op', 'present', 'message', 'caption', 'token', 'record'];

/** @type {Scene} */
export const hosting = {
    permissions: power, people: cast,
    answers: {
        subgroups: [{type: 'chat', id: 'x', time: now.toISOString(), privileged: true,
                     value: 'tea/Mathematics (3 clients)\ntea/A subgroup with quite a long name indeed (12 clients)\ntea/empty (0 clients)\n'}],
        maketoken: [{type: 'usermessage', kind: 'token', privileged: true, value: {
            token: 'Zm9ydHktdHdv', group: 'tea', username: 'Hypatia', permissions: ['present', 'message'], expires: '2026-03-15T10:30:00Z'}}],
        listtokens: [{type: 'usermessage', kind: 'tokenlist', privileged: true, value: [
            {token: 'YSBjdXAgb2Y', group: 'tea', permissions: ['present', 'message'], expires: '2026-03-21T10:30:00Z'},
            {token: 'dGVhIGZvcg', group: 'tea', username: 'Maximilian Alexander von Habsburg-Lothringen',
             permissions: ['present', 'message', 'op', 'record', 'token'], expires: '2026-12-24T18:00:00Z'},
            {token: 'dHdv', group: 'tea', username: 'Old Friend', permissions: ['present'], expires: '2026-03-01T10:30:00Z'}]}],
    },
};

/** Recorded, locked, in a subgroup with a long title, with something of everything. @type {Scene} */
export const busy = {
    permissions: power,
    people: [...people('grace', 'alan', 'zoe'), {id: 'rec', name: 'RECORDING', permissions: ['system']}],
    status: {displayName: 'Department of Theoretical Computer Science and Applied Mathematics', locked: true},
};

/** Connections that are in trouble. @type {Scene} */
export const troubled = {
    people: [
        {id: 'grace', name: 'Grace Hopper', camera: '#8a5a44', ice: 'disconnected'},
        {id: 'alan', name: 'Alan Turing', camera: '#44708a', ice: 'failed'},
        {id: 'emmy', name: 'Emmy', camera: '', data: {muted: true}},
    ],
};

let count = 0;
const said = (/** @type {string} */ source, /** @type {number} */ ago, /** @type {string} */ value, /** @type {object} */ more = {}) => ({
    type: 'chathistory', id: `m${++count}`, source, username: cast.find(({id}) => id === source)?.name, time: minutesAgo(ago), value, ...more,
});

/** A conversation. @type {Scene} */
export const talk = {
    ...nine,
    messages: [
        said('alan', 26 * 60, 'See you all tomorrow!'),
        said('grace', 14, 'Good morning! The slides are at https://example.org/slides/2026/compilers-and-how-they-came-to-be.html?version=3'),
        said('grace', 13, 'Comments are welcome.'),
        said('me', 12, 'Thank you. I have read the first half, and would like to hear more about page 12.'),
        said('long', 9, 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'),
        said('musa', 8, 'السلام عليكم، هل يمكنكم سماعي الآن؟'),
        said('zoe', 7, 'pours another cup of tea', {kind: 'me'}),
        {...said('alan', 5, 'Could you send me your notes afterwards?'), type: 'chat', dest: 'me'},
        said('emmy', 3, '> Comments are welcome.\nOne question: why is the second table sorted by name and not by date?'),
        {type: 'chat', id: 'm99', time: minutesAgo(1), privileged: true, value: 'The group will be closed at noon.'},
    ],
};

/** Files of every state, as the library sees them. */
export const files = [
    {userId: 'grace', person: 'Grace Hopper', up: false, name: 'Minutes of the meeting of the programme committee, final version (2).pdf', size: 2_400_000, state: 'offered'},
    {userId: 'alan', person: 'Alan Turing', up: false, name: 'enigma.tar.gz', size: 73_400_320, done: 31_000_000, rate: 2_100_000, state: 'running'},
    {userId: 'zoe', person: 'Zoë Żółkiewska', up: true, name: 'photo.jpeg', size: 480_000, state: 'waiting'},
    {userId: 'emmy', person: 'Emmy', up: true, name: 'notes.txt', size: 1200, state: 'done'},
    {userId: 'kath', person: 'Katherine Johnson', up: true, name: 'orbit.csv', size: 9_000_000, state: 'cancelled', reason: 'The other user has left'},
];

/** What the server says of everybody who is connected. */
export const statistics = [
    {name: 'lobby'},
    {name: 'tea', clients: [
        {id: '4be1', username: 'Grace Hopper', up: [{id: 's1a2b3c4d5', tracks: [
            {bitrate: 612_000, maxBitrate: 1_048_576, loss: 0, rtt: 24, jitter: 1.8}, {bitrate: 31_000, loss: 0.004, rtt: 24, jitter: 1}]}]},
        {id: '77aa', username: 'Maximilian Alexander von Habsburg-Lothringen', down: [{id: 's1a2b3c4d5', tracks: [
            {sid: 0, maxSid: 1, tid: 2, maxTid: 2, bitrate: 1_250_000, loss: 0.12, rtt: 230, jitter: 22}, {bitrate: 31_000, loss: 0.03, rtt: 230, jitter: 8}]}]},
        {id: '9999', username: 'محمد'},
    ]},
];

/** @type {Record<string, object>} definitions of groups on the server */
export const groups = {
    tea: {
        'public': true, displayName: 'Tea time', description: 'Everybody is welcome, every afternoon', 'allow-recording': true,
        contact: 'tea@example.org', comment: 'Ask Grace before changing anything here.', 'max-clients': 40, codecs: ['vp8', 'vp9', 'opus'],
        users: {
            'ada': {password: 'secret', permissions: 'op'},
            'Maximilian Alexander von Habsburg-Lothringen': {password: 'secret', permissions: 'present'},
            'zoë': {password: 'secret', permissions: ['message', 'caption']},
            'norbert': {permissions: 'observe'},
        },
        'wildcard-user': {password: {type: 'wildcard'}, permissions: 'present'},
    },
    'closed': {'public': true, displayName: 'Programme committee', description: 'By invitation only'},
    'department/of-theoretical-computer-science/seminar': {
        'public': true, displayName: 'Oberseminar Theoretische Informatik und Wissenschaftstheorie',
        description: 'Donnerstags um Viertel nach zwei; Gäste melden sich bitte bis zum Vortag bei der Geschäftsstelle an',
    },
    'empty': {'allow-recording': true, users: {ada: {password: 'secret', permissions: 'op'}}},
};

/** What the landing page is told where there are many groups. */
export const manyGroups = [
    ...Array.from({length: 9}, (_, i) => ({name: `room${i + 1}`, displayName: `Room ${i + 1}`, clientCount: i * 3 % 7})),
    {name: 'far', displayName: 'Our friends abroad', description: 'On another server', redirect: 'https://elsewhere.example/'},
    {name: 'shut', displayName: 'Examination', locked: true, clientCount: 12},
    {name: 'seminar', displayName: 'Oberseminar Theoretische Informatik und Wissenschaftstheorie', clientCount: 1,
     description: 'Donnerstags um Viertel nach zwei; Gäste melden sich bitte bis zum Vortag bei der Geschäftsstelle an'},
];
