/**
 * The controls of a group's settings: each shows a value of the definition and
 * says when it has become another one.
 */

import {language, t} from '../core/i18n.js';
import {h} from '../ui/kit/dom.js';
import {codecs, joinDuration, localTime, splitDuration, unitNames, usualCodecs} from './definition.js';
import {field, switchRow} from './fields.js';

/**
 * @typedef {object} Control
 * @property {HTMLElement} element
 * @property {(value: any) => void} set shows a value
 * @property {(text: string) => void} complain
 */

/** @typedef {(id: string, options: {label: string, hint: string}, changed: (value: any) => void) => Control} Maker */

/** @param {string} type @param {import('../ui/kit/dom.js').Props} [props] @returns {Maker} */
const textControl = (type, props) => (id, options, changed) => {
    const input = h('input', {class: 'input', id, type, dir: 'auto', autocomplete: 'off', ...props, on: {input: () => changed(input.value.trim())}});
    const {element, complain} = field(input, options);
    return {
        element, complain,
        set: value => {
            input.value = String(value ?? '');
        },
    };
};

/** @type {Maker} */
function linesControl(id, options, changed) {
    const input = h('textarea', {class: 'input', id, rows: 3, dir: 'auto', on: {input: () => changed(input.value)}});
    const {element, complain} = field(input, options);
    return {
        element, complain,
        set: value => {
            input.value = String(value ?? '');
        },
    };
}

/** @type {Maker} */
function flagControl(id, options, changed) {
    const input = h('input', {class: 'switch', type: 'checkbox', role: 'switch', id, on: {change: () => changed(input.checked)}});
    return {
        element: switchRow(input, options),
        complain: () => {},
        set: value => {
            input.checked = value === true;
        },
    };
}

/**
 * The number in a field; what is not one stays as it is, to be complained about.
 *
 * @param {HTMLInputElement} input
 * @returns {number | string | undefined}
 */
function numberIn(input) {
    if (input.validity.badInput)
        return 'bad';
    return input.value === '' ? undefined : input.valueAsNumber;
}

/** @type {Maker} */
function countControl(id, options, changed) {
    const input = h('input', {
        class: 'input short', id, type: 'number', min: '0', step: '1', inputMode: 'numeric',
        placeholder: t('admin.unlimited'), on: {input: () => changed(numberIn(input))},
    });
    const {element, complain} = field(input, options);
    return {
        element, complain,
        set: value => {
            input.value = value ? String(value) : '';
        },
    };
}

/** @type {Maker} */
function durationControl(id, options, changed) {
    const change = () => {
        const amount = numberIn(input);
        changed(typeof amount === 'number' ? joinDuration(amount, /** @type {import('./definition.js').Unit} */ (unit.value)) : amount);
    };
    const input = h('input', {
        class: 'input', id, type: 'number', min: '0', step: '1', inputMode: 'numeric', placeholder: '4', on: {input: change},
    });
    const unit = h('select', {class: 'input', 'aria-label': t('admin.unit'), on: {change}}, unitNames.map(name =>
        h('option', {value: name, selected: name === 'hour'}, nameOfUnit(name))));
    const {element, complain} = field(input, options);
    const row = h('div', {class: 'input-row short'});
    input.replaceWith(row);
    row.append(input, unit);
    return {
        element, complain,
        set: value => {
            input.value = '';
            if (typeof value === 'number' && value > 0) {
                const split = splitDuration(value);
                input.value = String(split.amount);
                unit.value = split.unit;
            }
        },
    };
}

/**
 * @param {string} unit
 * @returns {string} its name alone
 */
function nameOfUnit(unit) {
    return new Intl.NumberFormat(language(), {style: 'unit', unit, unitDisplay: 'long'}).formatToParts(4)
        .filter(({type}) => type === 'unit').map(({value}) => value).join('');
}

/** @type {Maker} */
function timeControl(id, options, changed) {
    const input = h('input', {
        class: 'input short', id, type: 'datetime-local',
        on: {change: () => changed(input.value ? new Date(input.value).toISOString() : undefined)},
    });
    const {element, complain} = field(input, options);
    return {
        element, complain,
        set: value => {
            input.value = localTime(value);
        },
    };
}

/** @type {Record<string, string>} */
const codecNames = {
    vp8: 'VP8', vp9: 'VP9', av1: 'AV1', h264: 'H.264', h265: 'H.265', opus: 'Opus', red: 'RED', g722: 'G.722', pcmu: 'PCMU', pcma: 'PCMA',
};

/** @type {Maker} */
function codecsControl(id, {label, hint}, changed) {
    /** @type {string[]} in the order in which they are preferred */
    let chosen = [];
    const boxes = codecs.map(name => h('input', {
        type: 'checkbox', id: `${id}-${name}`, value: name,
        on: {
            change() {
                // What is there keeps its place; new ones come last.
                const now = boxes.filter(box => box.checked).map(box => box.value);
                chosen = [...chosen.filter(codec => now.includes(codec) || !codecs.includes(codec)),
                    ...now.filter(codec => !chosen.includes(codec))];
                changed([...chosen]);
            },
        },
    }));
    return {
        element: h('fieldset', {class: 'checks checks-inline', 'aria-describedby': `${id}-hint`}, h('legend', {class: 'label'}, label),
            boxes.map(box => h('label', {class: 'check', for: box.id}, box, codecNames[box.value] ?? box.value)),
            h('p', {class: 'hint', id: `${id}-hint`}, hint)),
        complain: () => {},
        set: value => {
            chosen = Array.isArray(value) && value.length > 0 ? [...value] : [...usualCodecs];
            for (const box of boxes)
                box.checked = chosen.includes(box.value);
        },
    };
}

/** @type {Record<import('./definition.js').Kind, Maker>} */
export const makers = {
    text: textControl('text'), url: textControl('url', {inputMode: 'url', placeholder: 'https://'}),
    lines: linesControl, flag: flagControl, count: countControl, duration: durationControl,
    time: timeControl, codecs: codecsControl,
};
