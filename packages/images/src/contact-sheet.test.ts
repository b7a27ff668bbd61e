import { expect, it } from 'vitest';
import { contactSheet } from './contact-sheet.ts';
import { sharp } from './sharp.ts';

const square = (colour: readonly number[]): Uint8Array =>
  Uint8Array.from({ length: 2 * 2 * 3 }, (_, i) => colour[i % 3] ?? 0);

it('has a row of squares for each class, and white where there are fewer', async () => {
  const png = await contactSheet([[square([255, 0, 0]), square([0, 255, 0])], [square([0, 0, 255])], []], 2);
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  expect(info).toMatchObject({ width: 4, height: 6, channels: 3 });
  const at = (x: number, y: number): number[] => [...data.subarray((y * 4 + x) * 3, (y * 4 + x) * 3 + 3)];
  expect([at(1, 1), at(2, 0), at(0, 3), at(3, 3), at(0, 5)]).toEqual([
    ...[
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
    ],
    ...[
      [255, 255, 255],
      [255, 255, 255],
    ],
  ]);
});
