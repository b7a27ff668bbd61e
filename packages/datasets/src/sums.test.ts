import { expect, it } from 'vitest';
import { ImageSums, valuesOf } from './sums.ts';

const imagesOf = (values: number): Uint8Array[] => [
  Uint8Array.from({ length: values }, (_, i) => (i * 2_654_435_761) >>> 13),
  new Uint8Array(values).fill(255),
  Uint8Array.from({ length: values }, (_, i) => [200, 3, 50][i % 3] ?? 0),
];

it.each([256, 32, 20])('adds up values and products of images of side %i, exactly', (side) => {
  const values = valuesOf(side);
  const sums = new ImageSums(side);
  const pixels = new Uint32Array(values);
  const channels = [0, 0, 0];
  const products = [0, 0, 0, 0, 0, 0];
  for (const image of imagesOf(values)) {
    sums.add(image);
    for (let i = 0; i < values; i += 3) {
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
    Buffer.from(sums.pixels.buffer, sums.pixels.byteOffset, values * 4).equals(Buffer.from(pixels.buffer)),
  ).toBe(true);
  expect(sums.pixelBytes().readUInt32LE(4)).toBe(pixels[1]);
});

it('refuses an image of another size, and a side that its inner loop does not take', () => {
  expect(() => new ImageSums(30)).toThrow(RangeError);
  expect(() => new ImageSums(32).add(new Uint8Array(valuesOf(32) + 3))).toThrow(RangeError);
  expect(() => new ImageSums(32).add(new Uint8Array(valuesOf(256)))).toThrow(RangeError);
});
