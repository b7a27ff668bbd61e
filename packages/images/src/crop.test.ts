import { describe, expect, it } from 'vitest';
import { cropCentre, cropInto } from './crop.ts';

const image = Uint8Array.from({ length: 256 * 256 * 3 }, (_, i) => (i * 31 + (i >> 8)) & 255);

function naiveCrop(top: number, left: number, mirror: boolean, size: number): number[] {
  const out: number[] = [];
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const column = left + (mirror ? size - 1 - x : x);
      for (let channel = 0; channel < 3; channel++) {
        out.push(image[((top + y) * 256 + column) * 3 + channel] ?? NaN);
      }
    }
  }
  return out;
}

describe('cropInto', () => {
  const corners = [
    [0, 0],
    [0, 29],
    [29, 0],
    [29, 29],
    [14, 14],
  ] as const;
  it.each(corners.flatMap(([top, left]) => [false, true].map((mirror) => [top, left, mirror] as const)))(
    'copies the crop at row %i, column %i, mirrored: %s',
    (top, left, mirror) => {
      const size = 227 * 227 * 3;
      const target = new Uint8Array(size + 20).fill(123);
      cropInto(image, { side: 256, size: 227, top, left, mirror }, target, 10);
      expect(
        Buffer.from(target.subarray(10, 10 + size)).equals(Buffer.from(naiveCrop(top, left, mirror, 227))),
      ).toBe(true);
      expect([...target.subarray(0, 10), ...target.subarray(10 + size)]).toEqual(Array(20).fill(123));
    },
  );

  it('mirrors the whole of an image', () => {
    const target = new Uint8Array(256 * 256 * 3);
    cropInto(image, { side: 256, size: 256, top: 0, left: 0, mirror: true }, target, 0);
    expect(Buffer.from(target).equals(Buffer.from(naiveCrop(0, 0, true, 256)))).toBe(true);
  });

  it('refuses what would leave the image or the target', () => {
    const target = new Uint8Array(227 * 227 * 3);
    const crop = { side: 256, size: 227, top: 0, left: 0, mirror: false };
    expect(() => cropInto(image, { ...crop, top: 30 }, target, 0)).toThrow(RangeError);
    expect(() => cropInto(image, { ...crop, left: -1 }, target, 0)).toThrow(RangeError);
    expect(() => cropInto(image, { ...crop, left: 0.5 }, target, 0)).toThrow(RangeError);
    expect(() => cropInto(image, crop, target, 1)).toThrow(RangeError);
    expect(() => cropInto(image.subarray(3), crop, target, 0)).toThrow(RangeError);
    expect(() => cropInto(image, { ...crop, side: 255 }, target, 0)).toThrow(RangeError);
  });
});

describe('cropCentre', () => {
  it('begins at row and column 14', () => {
    const centre = cropCentre(Float32Array.from(image), 227);
    expect(centre.length).toBe(227 * 227 * 3);
    expect([...centre].every((value, i) => value === naive[i])).toBe(true);
  });

  it('takes the whole of an image, and refuses one that is smaller or no square', () => {
    const small = Float32Array.from({ length: 12 }, (_, i) => i);
    expect(cropCentre(small, 2)).toEqual(small);
    expect(() => cropCentre(small, 3)).toThrow(RangeError);
    expect(() => cropCentre(small.subarray(3), 1)).toThrow(RangeError);
  });
  const naive = naiveCrop(14, 14, false, 227);
});
