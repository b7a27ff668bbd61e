import { expect, it } from 'vitest';
import { decodeSquare } from './decode.ts';
import { encodePng } from './encode.ts';
import { sharp } from './sharp.ts';

it.each([1, 3] as const)('encodePng keeps every pixel of %i channels', async (channels) => {
  const pixels = Uint8Array.from({ length: 4 * 4 * channels }, (_, i) => (i * 37) % 256);
  const png = await encodePng(pixels, { width: 4, height: 4, channels });
  expect(await sharp(png).metadata()).toMatchObject({ format: 'png', width: 4, height: 4, channels });
  const grey = (i: number): number => pixels[Math.floor(i / 3)] ?? NaN;
  const expected = channels === 1 ? Array.from({ length: 48 }, (_, i) => grey(i)) : [...pixels];
  expect([...(await decodeSquare(png, 4))]).toEqual(expected);
});
