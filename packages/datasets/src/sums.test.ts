import { expect, it } from 'vitest';
import { ImageSums, VALUES } from './sums.ts';

const images = [
  Uint8Array.from({ length: VALUES }, (_, i) => (i * 2_654_435_761) >>> 13),
  new Uint8Array(VALUES).fill(255),
  Uint8Array.from({ length: VALUES }, (_, i) => [200, 3, 50][i % 3] ?? 0),
];

it('adds up values and products, exactly', () => {
  const sums = new ImageSums();
  const pixels = new Uint32Array(VALUES);
  const channels = [0, 0, 0];
  const products = [0, 0, 0, 0, 0, 0];
  for (const image of images) {
    sums.add(image);
    for (let i = 0; i < VALUES; i += 3) {
      const [r = 0, g = 0, b = 0] = image.subarray(i, i + 3);
      for (const [at, value] of [r, g, b].entries()) {
        pixels[i + at] = (pixels[i + at] ?? 0) + value;
        channels[at] = (channels[at] ?? 0) + value;
      }
      for (const [at, product] of [r * r, r * g, r * b, g * g, g * b, b * b].entries()) {
        products[at] = (products[at] ?? 0) + product;
      }
    }
  }
  expect(sums.channels).toEqual(channels);
  expect(sums.products).toEqual(products);
  expect(
    Buffer.from(sums.pixels.buffer, sums.pixels.byteOffset, VALUES * 4).equals(Buffer.from(pixels.buffer)),
  ).toBe(true);
  expect(sums.pixelBytes().readUInt32LE(4)).toBe(pixels[1]);
});

it('refuses an image of another size', () => {
  expect(() => new ImageSums().add(new Uint8Array(VALUES + 3))).toThrow(RangeError);
  expect(() => new ImageSums().add(new Uint8Array(VALUES - 3))).toThrow(RangeError);
});
