import { encodePng, rasteriseSvg } from '@alexnet/images';
import { expect, it } from 'vitest';
import { filterGrid, filtersFigure, type Raster } from './filters.ts';

/** [1, 2, 3, 2]: two filters of two weights a colour. */
const KERNEL = {
  shape: [1, 2, 3, 2],
  // Of each weight and colour first filter 0, then filter 1.
  data: Float32Array.of(-1, 7, 1, 7, 0, 7, -1, 7, -1, 7, 1, 7),
};

const at = ({ rgb, width }: Raster, x: number, y: number): number[] =>
  Array.from(rgb.subarray((y * width + x) * 3, (y * width + x) * 3 + 3));

it('draws each filter over its own range, and one without a range in grey', () => {
  const grid = filterGrid(KERNEL);
  // Two filters of 2 × 1 weights of 8 pixels below each other would be 1 column; the shape of 16 : 6 makes it 3.
  expect([grid.width, grid.height]).toEqual([3 * 16 + 2 * 8, 8]);
  expect([at(grid, 0, 0), at(grid, 7, 7)]).toEqual([
    [0, 255, 128],
    [0, 255, 128],
  ]);
  expect([at(grid, 8, 0), at(grid, 15, 7)]).toEqual([
    [0, 0, 255],
    [0, 0, 255],
  ]);
  expect(at(grid, 16, 0)).toEqual([255, 255, 255]);
  expect([at(grid, 24, 0), at(grid, 39, 7)]).toEqual([
    [128, 128, 128],
    [128, 128, 128],
  ]);
  expect(at(grid, 40, 0)).toEqual([255, 255, 255]);
});

it('lays out 96 filters as the paper does, in 6 rows of 16', () => {
  const { width, height } = filterGrid({ shape: [11, 11, 3, 96], data: new Float32Array(11 * 11 * 3 * 96) });
  expect([width, height]).toEqual([16 * 88 + 15 * 8, 6 * 88 + 5 * 8]);
});

it.each([
  ['a kernel of another depth', [1, 1, 48, 2], 96],
  ['one without filters', [1, 1, 3, 0], 0],
  ['a matrix', [3, 2], 6],
  ['other values than its shape says', [1, 1, 3, 2], 7],
])('refuses %s', (_, shape, count) => {
  expect(() => filterGrid({ shape, data: new Float32Array(count) })).toThrow(RangeError);
});

it('holds the grid, two of its pixels to a unit, as a PNG of two pixels a unit shows it', async () => {
  // Two filters are drawn four times as large as the 96 of the paper.
  const grid = filterGrid(KERNEL, 32);
  const svg = await filtersFigure('a', KERNEL);
  const png = await encodePng(grid.rgb, { width: grid.width, height: grid.height, channels: 3 });
  expect(svg).toMatch(/<image x="16" y="44" width="104" height="16" /);
  expect(svg).toContain(`href="data:image/png;base64,${png.toString('base64')}"`);
  await rasteriseSvg(svg, 2);
});

it('is the same drawing each time', async () => {
  const first = await filtersFigure('a & b', KERNEL);
  expect(first).toBe(await filtersFigure('a & b', KERNEL));
  expect(first).toContain('a &amp; b');
  expect(first).toContain('2 filters of 1×2×3');
});
