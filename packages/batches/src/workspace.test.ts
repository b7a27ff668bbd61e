import { cropInto } from '@alexnet/images';
import { describe, expect, it } from 'vitest';
import { imageBytes } from './slice.ts';
import { SliceWorkspace } from './workspace.ts';

const sides = { stored: 256, input: 227 };

/** An image of this side, in which neighbours differ. */
const imageOf = (side: number): Uint8Array =>
  Uint8Array.from({ length: side * side * 3 }, (_, i) => (i * 31 + (i >> 8)) & 255);

describe('SliceWorkspace', () => {
  // The paper's; rows of whole steps of five pixels, and of one to four more; the least.
  const inputs = [227, 256, 20, 21, 23, 24, 16];
  const crops = inputs.flatMap((input) =>
    [...new Set([0, 1, Math.floor((256 - input) / 2), 256 - input])]
      .filter((left) => left + input <= 256)
      .flatMap((left) => [false, true].map((mirror) => [input, left, mirror] as const)),
  );
  it.each(crops)('crops %i pixels from column %i, mirrored: %s, and writes nothing beside', (...which) => {
    const [input, left, mirror] = which;
    const image = imageOf(256);
    const [top, bytes] = [256 - input, imageBytes(input)];
    const workspace = new SliceWorkspace(3, { stored: 256, input }, 2);
    const { parts } = workspace.begin(3);
    parts.pixels.fill(77);
    const band = workspace.bands[1] as Buffer;
    band.set(image.subarray(top * 768, top * 768 + band.length));
    workspace.crop(band, { left, mirror }, parts.pixels.subarray(bytes, 2 * bytes));
    const expected = new Uint8Array(3 * bytes).fill(77);
    cropInto(image, { side: 256, size: input, top, left, mirror }, expected, bytes);
    expect(Buffer.from(parts.pixels).equals(expected)).toBe(true);
  });

  it('crops the whole of a small image, mirrored', () => {
    const image = imageOf(32);
    const workspace = new SliceWorkspace(1, { stored: 32, input: 32 }, 1);
    const { parts } = workspace.begin(1);
    (workspace.bands[0] as Buffer).set(image);
    workspace.crop(workspace.bands[0] as Buffer, { left: 0, mirror: true }, parts.pixels);
    const expected = new Uint8Array(image.length);
    cropInto(image, { side: 32, size: 32, top: 0, left: 0, mirror: true }, expected, 0);
    expect(Buffer.from(parts.pixels).equals(expected)).toBe(true);
  });

  it('refuses what would leave the band, the slice or the workspace', () => {
    const workspace = new SliceWorkspace(1, sides, 1);
    const { parts } = workspace.begin(1);
    const band = workspace.bands[0] as Buffer;
    for (const left of [-1, 30, 0.5]) {
      expect(() => workspace.crop(band, { left, mirror: false }, parts.pixels)).toThrow(RangeError);
    }
    expect(() => workspace.crop(band, { left: 0, mirror: false }, parts.pixels.subarray(1))).toThrow(
      RangeError,
    );
    expect(() => workspace.begin(2)).toThrow(RangeError);
  });

  it('starts empty each time', () => {
    const used = new SliceWorkspace(2, sides, 1);
    used.begin(2).bytes.fill(255);
    const [again, fresh] = [used, new SliceWorkspace(2, sides, 1)].map((workspace) => {
      const { bytes, parts } = workspace.begin(1);
      for (const part of Object.values(parts)) part.fill(0);
      workspace.seal(bytes);
      return bytes;
    });
    expect(again?.equals(fresh ?? Buffer.alloc(0))).toBe(true);
  });
});
