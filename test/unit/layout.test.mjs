// The geometry of the stage (ui-design.md 3.1, 10.1).

import assert from 'node:assert/strict';
import {describe, it} from 'node:test';
import {bestGrid, floating, grid, perPage, spotlight} from '../../static/js/ui/layout.js';

const sizes = [[320, 480], [390, 732], [768, 880], [844, 390], [1024, 640], [1400, 770], [1920, 950], [2560, 1300]]
    .map(([width, height]) => ({width, height}));

/** @param {{x: number, y: number, width: number, height: number}[]} rects */
function overlapping(rects) {
    return rects.some((a, i) => rects.some((b, j) => i < j &&
        a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height));
}

/** @param {{x: number, y: number, width: number, height: number}[]} rects */
function outside(rects, area) {
    return rects.some(r => r.x < 0 || r.y < 0 || r.x + r.width > area.width + 1 || r.y + r.height > area.height + 1);
}

/** The largest tile there can be, by trying every number of columns. */
function bestArea(n, area, gap) {
    const narrow = area.width >= area.height ? 4 / 3 : n === 1 ? 3 / 4 : 1;
    let best = 0;
    for (let columns = 1; columns <= n; columns++) {
        const rows = Math.ceil(n / columns);
        const width = (area.width - (columns - 1) * gap) / columns;
        const height = (area.height - (rows - 1) * gap) / rows;
        for (let aspect = narrow; aspect <= 16 / 9 + 0.001; aspect += 0.01) {
            const w = Math.min(width, height * aspect);
            best = Math.max(best, w * w / aspect);
        }
    }
    return best;
}

describe('grid', () => {
    for (const area of sizes) {
        it(`fits 1 to 49 tiles into ${area.width} × ${area.height}`, () => {
            for (let n = 1; n <= 49; n++) {
                const rects = grid(n, area, 8);
                assert.equal(rects.length, n);
                assert.ok(!overlapping(rects), `${n} tiles overlap`);
                assert.ok(!outside(rects, area), `${n} tiles stick out`);
                const [{width, height}] = rects;
                if (n < 25) {
                    assert.ok(width * height >= 0.9 * bestArea(n, area, 8) - 2 * (width + height),
                              `${n} tiles of ${width} × ${height} are too small`);
                }
                assert.ok(rects.every(r => r.width === width && r.height === height), 'tiles differ');
            }
        });
    }

    it('has tiles between 4:3 and 16:9, up to square where upright', () => {
        for (const area of sizes) {
            for (let n = 2; n <= 16; n++) {
                const {width, height} = bestGrid(n, area, 8);
                const least = area.width < area.height ? 1 : 4 / 3;
                assert.ok(width / height >= least - 0.01 && width / height <= 16 / 9 + 0.01, `${width} × ${height}`);
            }
        }
    });

    it('centres the last row', () => {
        const rects = grid(3, {width: 1400, height: 770}, 8);
        const last = rects[2];
        assert.ok(Math.abs(last.x + last.width / 2 - 700) <= 1);
        assert.equal(rects[0].y, rects[1].y);
        assert.ok(last.y > rects[0].y);
    });

    it('prefers fewer empty cells on a tie', () => {
        const {columns, rows} = bestGrid(4, {width: 1600, height: 900}, 0);
        assert.deepEqual([columns, rows], [2, 2]);
    });

    it('has no tiles for nobody', () => assert.deepEqual(grid(0, sizes[0], 8), []));
});

describe('pages', () => {
    it('keep tiles at least as wide as the limit', () => {
        for (const area of sizes) {
            const minWidth = area.width < 600 ? 150 : 200;
            for (let n = 1; n <= 60; n++) {
                const count = perPage(n, area, 8, {minWidth, most: 25});
                assert.ok(count >= 1 && count <= Math.min(n, 25));
                assert.ok(count === 1 || bestGrid(count, area, 8).width >= minWidth);
                if (count < Math.min(n, 25))
                    assert.ok(bestGrid(count + 1, area, 8).width < minWidth, 'one more would have fitted');
            }
        }
    });
});

describe('spotlight', () => {
    for (const area of sizes) {
        for (const below of [false, true]) {
            it(`fits ${area.width} × ${area.height}${below ? ', strip below' : ''}`, () => {
                for (let large = 1; large <= 3; large++) {
                    for (const small of [0, 1, 2, 5, 30]) {
                        const {main, strip} = spotlight(large, small, area, 8, {below});
                        assert.equal(main.length, large);
                        assert.ok(strip.length <= small && (small === 0 || strip.length > 0));
                        assert.ok(!overlapping([...main, ...strip]), `${large} and ${small} overlap`);
                        assert.ok(!outside([...main, ...strip], area), `${large} and ${small} stick out`);
                        assert.ok(main[0].width * main[0].height > (strip[0]?.width ?? 0) * (strip[0]?.height ?? 0));
                    }
                }
            });
        }
    }

    it('gives a shared screen the whole width of an upright phone', () => {
        const {main: [screen]} = spotlight(1, 3, {width: 382, height: 732}, 4);
        assert.equal(screen.width, 382);
    });
});

describe('floating own view', () => {
    it('stays inside, in each corner', () => {
        for (const area of sizes) {
            const rects = [0, 1, 2, 3].map(corner => floating(area, corner, 12));
            assert.ok(!outside(rects, area));
            assert.ok(rects.every(r => r.width >= 120));
            assert.equal(new Set(rects.map(r => `${r.x} ${r.y}`)).size, 4);
        }
    });
});
