import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageBytes, layOutSlice, parseSlice, sliceBytes } from './slice.ts';
import { SliceWorkspace } from './workspace.ts';

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

function exampleSlice(): Buffer {
  const workspace = new SliceWorkspace(2, { stored: 256, input: 227 }, 1);
  const { bytes, parts } = workspace.begin(2);
  parts.samples.set([7, 9]);
  parts.labels.set([1, 0]);
  parts.lighting.set([0.5, -1, 2, 0, 0, 0]);
  parts.pixels.fill(200, 0, imageBytes(227));
  workspace.seal(bytes);
  return Buffer.from(bytes);
}

function emptySlice(): Buffer {
  const bytes = Buffer.alloc(sliceBytes(0, 227));
  layOutSlice(bytes, 0, 227);
  return bytes;
}

describe('slice', () => {
  it('reads back what was written', () => {
    const slice = parseSlice(exampleSlice(), 227);
    expect([...slice.samples]).toEqual([7, 9]);
    expect([...slice.labels]).toEqual([1, 0]);
    expect([...slice.lighting]).toEqual([0.5, -1, 2, 0, 0, 0]);
    expect(slice.pixels[0]).toBe(200);
    expect(slice.pixels[imageBytes(227)]).toBe(0);
    expect(slice.pixels.length).toBe(2 * 227 * 227 * 3);
    expect(slice.digest).toMatch(/^[0-9a-f]{32}$/);
  });

  it('has the size that the format states', () => {
    expect(sliceBytes(128, 227)).toBe(32 + 128 * (20 + 227 * 227 * 3));
    expect(exampleSlice().length).toBe(sliceBytes(2, 227));
  });

  it('reads from bytes at an odd offset, as they come out of a socket', () => {
    const bytes = exampleSlice();
    const odd = Buffer.concat([Buffer.alloc(1), bytes]).subarray(1);
    expect([...parseSlice(odd, 227).samples]).toEqual([7, 9]);
  });

  it('refuses any byte that changed, wherever it is', () => {
    const whole = exampleSlice();
    for (const at of [0, 4, 6, 8, 12, 16, 31, 32, 40, 60, whole.length - 1]) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      expect(() => parseSlice(bytes, 227), `byte ${at}`).toThrow(
        expect.objectContaining({ code: 'SLICE_CORRUPT' }),
      );
    }
  });

  it('refuses images of another side', () => {
    expect(() => parseSlice(exampleSlice(), 32)).toThrow(/side 32/);
  });

  it('refuses bytes that are cut short, too long, or without samples', () => {
    const whole = exampleSlice();
    for (const bytes of [
      Buffer.alloc(0),
      whole.subarray(0, 20),
      whole.subarray(0, -1),
      Buffer.concat([whole, whole]),
      emptySlice(),
    ]) {
      expect(() => parseSlice(bytes, 227)).toThrow(expect.objectContaining({ code: 'SLICE_CORRUPT' }));
    }
  });

  it('reads back any contents bit for bit', () => {
    const sides = fc.integer({ min: 16, max: 40 });
    const counts = fc.integer({ min: 1, max: 4 });
    fc.assert(
      fc.property(sides, counts, fc.uint8Array({ minLength: 64, maxLength: 64 }), (side, count, values) => {
        const workspace = new SliceWorkspace(4, { stored: 40, input: side }, 1);
        const { bytes, parts } = workspace.begin(count);
        for (const part of Object.values(parts) as ArrayBufferView[]) {
          const target = bytesOf(part);
          for (let i = 0; i < target.length; i++) target[i] = values[i] ?? i;
        }
        workspace.seal(bytes);
        const { digest, side: read, ...slice } = parseSlice(Buffer.from(bytes), side);
        expect(read).toBe(side);
        expect(digest).toBe(bytes.toString('hex', 16, 32));
        for (const [name, part] of Object.entries(parts) as [keyof typeof parts, ArrayBufferView][])
          expect(bytesOf(slice[name]).equals(bytesOf(part)), name).toBe(true);
      }),
      { numRuns: 50 },
    );
  });
});
