import { cropInto } from '@alexnet/images';
import { describe, expect, it } from 'vitest';
import { IMAGE_BYTES } from './slice.ts';
import { SliceWorkspace } from './workspace.ts';

const image = Uint8Array.from({ length: 256 * 256 * 3 }, (_, i) => (i * 31 + (i >> 8)) & 255);
const TOP = 29;

describe('SliceWorkspace', () => {
  const crops = [0, 1, 14, 29].flatMap((left) => [false, true].map((mirror) => [left, mirror] as const));
  it.each(crops)('crops from column %i, mirrored: %s, and writes nothing beside', (left, mirror) => {
    const workspace = new SliceWorkspace(3, 2);
    const { parts } = workspace.begin(3);
    parts.pixels.fill(77);
    const band = workspace.bands[1] as Buffer;
    band.set(image.subarray(TOP * 768, TOP * 768 + band.length));
    workspace.crop(band, left, mirror, parts.pixels.subarray(IMAGE_BYTES, 2 * IMAGE_BYTES));
    const expected = new Uint8Array(3 * IMAGE_BYTES).fill(77);
    cropInto(image, TOP, left, mirror, expected, IMAGE_BYTES);
    expect(Buffer.from(parts.pixels).equals(expected)).toBe(true);
  });

  it('refuses what would leave the band, the slice or the workspace', () => {
    const workspace = new SliceWorkspace(1, 1);
    const { parts } = workspace.begin(1);
    const band = workspace.bands[0] as Buffer;
    for (const left of [-1, 30, 0.5]) {
      expect(() => workspace.crop(band, left, false, parts.pixels)).toThrow(RangeError);
    }
    expect(() => workspace.crop(band, 0, false, parts.pixels.subarray(1))).toThrow(RangeError);
    expect(() => workspace.begin(2)).toThrow(RangeError);
  });

  it('begins anew each time', () => {
    const used = new SliceWorkspace(2, 1);
    used.begin(2).bytes.fill(255);
    const [again, fresh] = [used, new SliceWorkspace(2, 1)].map((workspace) => {
      const { bytes, parts } = workspace.begin(1);
      for (const part of Object.values(parts)) part.fill(0);
      workspace.seal(bytes);
      return bytes;
    });
    expect(again?.equals(fresh ?? Buffer.alloc(0))).toBe(true);
  });
});
