// Lint rules: what the content security policy and the design forbid, and the
// usual mistakes. What only concerns markup and style sheets is checked by
// test/unit/markup.test.mjs.

import js from '@eslint/js';
import globals from 'globals';

const noHTML = 'Build elements with the DOM; HTML in strings is forbidden.';
const noStyle = 'Use a class, or set a property of element.style.';

const published = Object.fromEntries([
    'ServerConnection', 'Stream', 'TransferredFile', 'newRandomId', 'newLocalId', 'toHex',
    'parseTime', 'recomputeUserStreams', 'sendFileCancel',
].map(name => [name, 'readonly']));

export default [
    {
        ignores: ['**/node_modules/', 'static/third-party/', 'test/out/', 'bench/out/'],
    },
    js.configs.recommended,
    {
        linterOptions: {reportUnusedDisableDirectives: 'error'},
        rules: {
            'array-callback-return': 'error',
            'default-case-last': 'error',
            'eqeqeq': 'error',
            'max-lines': ['error', {max: 500, skipComments: true, skipBlankLines: true}],
            'no-constructor-return': 'error',
            'no-eval': 'error',
            'no-implied-eval': 'error',
            'no-new-func': 'error',
            'no-script-url': 'error',
            'no-self-compare': 'error',
            'no-throw-literal': 'error',
            'no-unmodified-loop-condition': 'error',
            'no-unused-vars': ['error', {
                argsIgnorePattern: '^_', varsIgnorePattern: '^_$', ignoreRestSiblings: true,
            }],
            'no-use-before-define': ['error', {functions: false, classes: false, variables: false}],
            'no-var': 'error',
            'object-shorthand': ['error', 'methods'],
            'prefer-const': 'error',
            'prefer-object-has-own': 'error',
            'prefer-rest-params': 'error',
            'prefer-spread': 'error',
        },
    },
    {
        files: ['static/**'],
        languageOptions: {globals: {...globals.browser, ...published}},
        rules: {
            'no-alert': 'error',
            'no-restricted-properties': ['error',
                ...['innerHTML', 'outerHTML', 'insertAdjacentHTML', 'setHTMLUnsafe', 'createContextualFragment']
                    .map(property => ({property, message: noHTML})),
                {object: 'document', property: 'write', message: noHTML},
                {object: 'document', property: 'writeln', message: noHTML},
                {property: 'cssText', message: noStyle},
            ],
            'no-restricted-syntax': ['error',
                {selector: "CallExpression[callee.property.name='setAttribute'][arguments.0.value='style']", message: noStyle},
                {selector: "CallExpression[callee.property.name='setAttribute'][arguments.0.value=/^on/]", message: 'Use addEventListener.'},
                {selector: "CallExpression[callee.property.name='createElement'][arguments.0.value='style']", message: noStyle},
                {selector: "NewExpression[callee.name='DOMParser']", message: noHTML},
            ],
        },
    },
    {
        // Classic scripts.
        files: ['static/protocol.js', 'static/management.js', 'static/sw.js', 'static/js/theme.js', 'static/example/example.js'],
        languageOptions: {sourceType: 'script'},
        rules: {'strict': ['error', 'global']},
    },
    {
        files: ['static/protocol.js', 'static/management.js'],
        rules: {'no-redeclare': 'off'},
    },
    {
        files: ['static/js/**/*worklet*.js'],
        languageOptions: {globals: {...globals.audioWorklet}},
    },
    {
        files: ['test/**', 'tools/**', 'bench/**', '*.mjs'],
        languageOptions: {globals: {...globals.node, ...published}},
    },
    {
        // These hold functions that run inside the page.
        files: ['test/relay/**', 'test/browser/**', 'test/screens/**'],
        languageOptions: {globals: {...globals.node, ...globals.browser, ...published}},
    },
];
