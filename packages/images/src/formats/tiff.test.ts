import { describe, expect, it } from 'vitest';
import { imageFile, type Colour } from '../testing.ts';
import { TiffFile } from './tiff-directory.ts';
import { readTiff } from './tiff.ts';

const gradient = (row: number, column: number): Colour => [row, column, 7];
const plain = await imageFile({ width: 40, height: 30, format: 'tiff' }, gradient);
const big = await imageFile({ width: 40, height: 30, format: 'big tiff' }, gradient);

describe('readTiff', () => {
  it.each([plain, big])('finds the image, and makes a copy that has nothing else', (bytes) => {
    expect(readTiff(bytes).page).toBe(0);
    const copy = readTiff(bytes).stripped();
    const [before] = new TiffFile(bytes).directories();
    const [after, ...others] = new TiffFile(copy).directories();
    expect(others).toEqual([]);
    expect(after?.tags.length).toBeLessThan(before?.tags.length ?? 0);
    expect(after?.tags).toEqual([...(after?.tags ?? [])].sort((a, b) => a - b));
    expect(readTiff(copy).page).toBe(0);
  });

  it('does not follow directories in a circle', () => {
    const bytes = Buffer.from(plain);
    const at = bytes.readUInt32LE(4);
    bytes.writeUInt32LE(at, at + 2 + 12 * bytes.readUInt16LE(at));
    expect(() => readTiff(bytes)).toThrow('circle');
  });

  it('does not believe a directory of more entries than the file has room for', () => {
    const bytes = Buffer.from(big);
    bytes.writeBigUInt64LE(2n ** 60n, Number(bytes.readBigUInt64LE(8)));
    expect(() => readTiff(bytes)).toThrow(RangeError);
  });
});
