/**
 * Where the tiles go: pure geometry, in CSS pixels.
 *
 * @typedef {{x: number, y: number, width: number, height: number}} Rect
 * @typedef {{width: number, height: number}} Size
 */

const widest = 16 / 9;

/** Narrower tiles than these, in width, make the grid go over to pages. */
export const smallest = Object.freeze({wide: 200, compact: 150});

/**
 * The narrowest shape of a tile: 4:3, square where the area is upright, and a
 * portrait for a single tile there.
 *
 * @param {number} n
 * @param {Size} area
 * @returns {number} width divided by height
 */
function narrowest(n, {width, height}) {
    if (width >= height)
        return 4 / 3;
    return n === 1 ? 3 / 4 : 1;
}

/**
 * @typedef {object} Grid
 * @property {number} columns
 * @property {number} rows
 * @property {number} width of a tile
 * @property {number} height of a tile
 */

/**
 * The grid with the largest tiles for n of them. On a tie the one with fewer empty
 * cells wins.
 *
 * @param {number} n at least 1
 * @param {Size} area
 * @param {number} gap
 * @returns {Grid}
 */
export function bestGrid(n, area, gap) {
    const aspect = narrowest(n, area);
    /** @type {Grid | null} */
    let best = null;
    for (let columns = 1; columns <= n; columns++) {
        const rows = Math.ceil(n / columns);
        const cellWidth = (area.width - (columns - 1) * gap) / columns;
        const cellHeight = (area.height - (rows - 1) * gap) / rows;
        const width = Math.max(0, Math.min(cellWidth, widest * cellHeight));
        const height = Math.max(0, Math.min(cellHeight, width / aspect));
        const grid = {columns, rows, width, height};
        if (!best || better(grid, best, n))
            best = grid;
    }
    return best ?? {columns: 1, rows: 1, width: 0, height: 0};
}

/**
 * @param {Grid} a
 * @param {Grid} b
 * @param {number} n
 * @returns {boolean}
 */
function better(a, b, n) {
    const difference = a.width * a.height - b.width * b.height;
    if (Math.abs(difference) > 0.5)
        return difference > 0;
    return a.columns * a.rows - n < b.columns * b.rows - n;
}

/**
 * How many tiles go on a page so that none is narrower than the limit.
 *
 * @param {number} n
 * @param {Size} area
 * @param {number} gap
 * @param {{minWidth: number, most: number}} limits
 * @returns {number} at least 1
 */
export function perPage(n, area, gap, {minWidth, most}) {
    for (let count = Math.min(n, most); count > 1; count--) {
        if (bestGrid(count, area, gap).width >= minWidth)
            return count;
    }
    return 1;
}

/**
 * Equal tiles, the last row centred.
 *
 * @param {number} n
 * @param {Size} area
 * @param {number} gap
 * @returns {Rect[]}
 */
export function grid(n, area, gap) {
    if (n <= 0)
        return [];
    const {columns, rows, width, height} = bestGrid(n, area, gap);
    const top = (area.height - rows * height - (rows - 1) * gap) / 2;
    return Array.from({length: n}, (_, i) => {
        const row = Math.floor(i / columns);
        const inRow = row < rows - 1 ? columns : n - columns * (rows - 1);
        const left = (area.width - inRow * width - (inRow - 1) * gap) / 2;
        return {
            x: Math.round(left + (i - row * columns) * (width + gap)),
            y: Math.round(top + row * (height + gap)),
            width: Math.floor(width),
            height: Math.floor(height),
        };
    });
}

/**
 * @typedef {object} Spotlight
 * @property {Rect[]} main one for each large tile
 * @property {Rect[]} strip one for each small tile that fits
 * @property {boolean} vertical whether the strip is at the side
 */

/**
 * Large tiles, and the others in a strip: at the end side, or below if wanted.
 * Where the area is upright the large tile takes the whole width and the others
 * fill what remains below.
 *
 * @param {number} large how many large tiles
 * @param {number} small how many others
 * @param {Size} area
 * @param {number} gap
 * @param {{below?: boolean, shape?: number}} [options] `below` puts the strip below
 *     in any case; `shape` is the width of the large tile divided by its height, for
 *     an upright area
 * @returns {Spotlight}
 */
export function spotlight(large, small, area, gap, {below = false, shape = 1.6} = {}) {
    if (area.width < area.height && large === 1 && small > 0)
        return upright(small, area, gap, shape);
    const vertical = area.width >= area.height && !below;
    if (small === 0)
        return {main: fill(large, area, gap), strip: [], vertical};
    const width = clamp(area.width * 0.18, 120, 260);
    const height = width * 9 / 16;
    const length = vertical ? area.height : area.width;
    const step = (vertical ? height : width) + gap;
    const fit = Math.max(1, Math.floor((length + gap) / step));
    const count = Math.min(small, fit);
    const start = Math.max(0, (length - count * step + gap) / 2);
    const room = vertical ?
        {width: area.width - width - gap, height: area.height} :
        {width: area.width, height: area.height - height - gap};
    const strip = Array.from({length: count}, (_, i) => ({
        x: Math.round(vertical ? area.width - width : start + i * step),
        y: Math.round(vertical ? start + i * step : area.height - height),
        width: Math.floor(width),
        height: Math.floor(height),
    }));
    return {main: fill(large, room, gap), strip, vertical};
}

/**
 * @param {number} small
 * @param {Size} area
 * @param {number} gap
 * @param {number} shape
 * @returns {Spotlight}
 */
function upright(small, area, gap, shape) {
    const height = Math.floor(Math.min(area.width / shape, area.height * 0.7));
    const rest = area.height - height - gap;
    // A single small tile must not be larger than the large one.
    const room = {width: area.width, height: small === 1 ? Math.min(rest, height - gap) : rest};
    const count = perPage(small, room, gap, {minWidth: 104, most: small});
    const top = Math.floor((rest - room.height) / 2);
    const strip = grid(count, room, gap).map(rect => ({...rect, y: rect.y + top + height + gap}));
    return {main: [{x: 0, y: top, width: Math.floor(area.width), height}], strip, vertical: false};
}

/**
 * Large tiles use all of their room: what they show keeps its shape inside.
 *
 * @param {number} n
 * @param {Size} area
 * @param {number} gap
 * @returns {Rect[]}
 */
function fill(n, area, gap) {
    if (n === 1)
        return [{x: 0, y: 0, width: Math.floor(area.width), height: Math.floor(area.height)}];
    return grid(n, area, gap);
}

/**
 * The floating own view: a fifth of the stage, at least 120 wide, in a corner.
 *
 * @param {Size} area
 * @param {number} corner 0 to 3, clockwise from bottom end
 * @param {number} margin
 * @returns {Rect}
 */
export function floating(area, corner, margin) {
    const upright = area.width < area.height;
    const width = Math.floor(clamp(area.width * 0.2, 120, 280));
    const height = Math.floor(upright ? width * 4 / 3 : width * 9 / 16);
    const right = corner === 0 || corner === 3;
    const bottom = corner === 0 || corner === 1;
    return {
        x: Math.round(right ? area.width - width - margin : margin),
        y: Math.round(bottom ? area.height - height - margin : margin),
        width, height,
    };
}

/**
 * @param {number} x
 * @param {number} low
 * @param {number} high
 * @returns {number}
 */
function clamp(x, low, high) {
    return Math.min(high, Math.max(low, x));
}
