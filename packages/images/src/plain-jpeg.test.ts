import { spawn } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decodeSquare } from './decode.ts';
import { decodePlainJpeg, isSoundJpeg } from './plain-jpeg.ts';
import { readJpegHead } from './formats/jpeg-head.ts';
import { sharp } from './sharp.ts';
import { imageFile, plainFile, RED, withStrangeJfif } from './testing.ts';
import type { Colour } from './testing.ts';
import { unreadableReason } from './unreadable.ts';

/** Edges in both directions, fine and coarse, in colours of their own. */
const scene = (row: number, column: number): Colour => [
  (row >> 4) & 1 ? 220 : 30,
  128 + 100 * Math.sin(column / 5) * Math.cos(row / 9),
  (row * column) % 251,
];

type Shape = Parameters<typeof imageFile>[0];
const jpeg = async (width: number, height: number, format: Shape['format'] = 'jpeg'): Promise<Buffer> =>
  await imageFile({ width, height, format }, scene);
/** The same whether the thread waits for it or not. */
async function plain(bytes: Buffer, side = 256): Promise<Buffer | undefined> {
  const [square, other] = [
    await decodePlainJpeg(bytes, { side, blocking: true }),
    await decodePlainJpeg(bytes, { side, blocking: false }),
  ].map((pixels) => pixels && Buffer.from(pixels));
  expect(other?.toString('latin1') === square?.toString('latin1')).toBe(true);
  return square;
}

const lanczos = (x: number): number =>
  x === 0
    ? 1
    : Math.abs(x) >= 3
      ? 0
      : (3 * Math.sin(Math.PI * x) * Math.sin((Math.PI * x) / 3)) / (Math.PI * x) ** 2;

/** One output pixel's weights, by the definition: Lanczos 3 around its centre, with the edge pixel repeated without end. */
function weightsOf(length: number, scaled: number, output: number): Map<number, number> {
  const scale = length / scaled;
  const weights = new Map<number, number>();
  let sum = 0;
  for (let input = -50; input < length + 50; input++) {
    const weight = lanczos((input + 0.5) / scale - (output + 0.5));
    const inside = Math.max(0, Math.min(input, length - 1));
    weights.set(inside, (weights.get(inside) ?? 0) + weight);
    sum += weight;
  }
  return new Map([...weights].filter(([, weight]) => weight !== 0).map(([at, weight]) => [at, weight / sum]));
}

/** The square in floating point, straight from the definition, at some of its pixels. */
function reference(pixels: Buffer, width: number, height: number, row: number, column: number): number[] {
  const shorter = Math.min(width, height);
  const along = (length: number, output: number): Map<number, number> => {
    const scaled = Math.round((length * 256) / shorter);
    return weightsOf(length, scaled, output + ((scaled - 256 + 1) >> 1));
  };
  const sums = [0, 0, 0];
  for (const [y, vertical] of along(height, row)) {
    for (const [x, horizontal] of along(width, column)) {
      for (const channel of sums.keys()) {
        const value = pixels[(y * width + x) * 3 + channel] ?? NaN;
        sums[channel] = (sums[channel] ?? 0) + vertical * horizontal * value;
      }
    }
  }
  return sums.map((sum) => Math.max(0, Math.min(255, sum)));
}

const isShown = (bytes: Buffer): boolean => readJpegHead(bytes)?.isShownAsStored === true;

describe('decodePlainJpeg', () => {
  it.each([
    [500, 375, 'jpeg'],
    [375, 500, 'progressive'],
    [257, 300, 'jpeg'],
    [511, 256, 'jpeg'],
  ] as const)(
    'scales %i×%i, %s, to within 1 of Lanczos 3 in floating point',
    async (width, height, format) => {
      const bytes = await jpeg(width, height, format);
      const square = await plain(bytes);
      const stored = await sharp(bytes).raw().toBuffer();
      for (let i = 0; i < 60; i++) {
        // The corners, then pixels all over.
        const [row, column] = i < 4 ? [255 * (i & 1), 255 * (i >> 1)] : [(i * 37) % 256, (i * 101) % 256];
        const expected = reference(stored, width, height, row, column);
        for (const [channel, value] of expected.entries()) {
          const actual = square?.[(row * 256 + column) * 3 + channel] ?? NaN;
          expect(Math.abs(actual - value), `row ${row}, column ${column}, channel ${channel}`).toBeLessThan(
            1,
          );
        }
      }
    },
  );

  it.each([
    ['five', 1400, 1300],
    ['nine', 2400, 2500],
  ])(
    'is close to Lanczos 3 where the decoder scales a picture %s times as large',
    async (_, width, height) => {
      const smooth = (row: number, column: number): Colour => [
        128 + 100 * Math.sin(row / 40),
        128 + 100 * Math.sin(column / 50) * Math.cos(row / 90),
        128 + 100 * Math.cos((row + column) / 60),
      ];
      const bytes = await imageFile({ width, height, format: 'jpeg' }, smooth);
      const square = await plain(bytes);
      const stored = await sharp(bytes).raw().toBuffer();
      const differences = Array.from({ length: 60 }, (_, i) => {
        const [row, column] = [(i * 37) % 256, (i * 101) % 256];
        const expected = reference(stored, width, height, row, column);
        return expected.map((value, channel) =>
          Math.abs((square?.[(row * 256 + column) * 3 + channel] ?? NaN) - value),
        );
      }).flat();
      expect(Math.max(...differences)).toBeLessThan(3);
    },
  );

  it('copies a picture that is as large', async () => {
    const bytes = await jpeg(256, 256);
    expect((await plain(bytes))?.equals(await sharp(bytes).raw().toBuffer())).toBe(true);
  });

  it('gives a picture nearly what sharp gives it', async () => {
    const bytes = await jpeg(500, 375);
    const other = await sharp(bytes).resize(256, 256).raw().toBuffer();
    const square = await plain(bytes);
    const differences = other.map((value, i) => Math.abs(value - (square?.[i] ?? NaN)));
    expect(differences.reduce((sum, difference) => sum + difference, 0) / other.length).toBeLessThan(2);
  });

  it('keeps a plain colour as it is, for a side of any length', async () => {
    const bytes = await plainFile(400, 300, RED, 'jpeg');
    const stored = await sharp(bytes).raw().toBuffer();
    for (const side of [256, 227, 33, 1]) {
      const square = await plain(bytes, side);
      expect(square?.length).toBe(side * side * 3);
      for (let i = 0; i < side * side * 3; i++) {
        if (square?.[i] !== stored[i % 3]) expect.fail(`value ${i} of ${side}: ${square?.[i]}`);
      }
    }
  });

  it('reads grey as three equal channels', async () => {
    const bytes = await sharp(await jpeg(300, 300))
      .toColourspace('b-w')
      .jpeg()
      .toBuffer();
    const square = await plain(bytes);
    expect(square?.every((value, i) => value === square[i - (i % 3)])).toBe(true);
    expect(new Set(square).size).toBeGreaterThan(100);
  });

  it('gives each of many at a time what it gives it alone', async () => {
    const sizes = Array.from({ length: 12 }, (_, i) => [256 + 7 * i, 300 + ((i * 53) % 400)] as const);
    const files = await Promise.all(sizes.map(async ([width, height]) => await jpeg(width, height)));
    const alone: (Buffer | undefined)[] = [];
    for (const file of files) alone.push(await plain(file));
    const together = await Promise.all(files.map(async (file) => await plain(file)));
    for (const [i, pixels] of alone.entries()) expect(pixels && together[i]?.equals(pixels)).toBe(true);
  });

  it('gives the same pixels without vector instructions', async () => {
    const bytes = await jpeg(500, 375);
    const script = `import { decodeSquare } from '@alexnet/images';
      const chunks = await process.stdin.toArray();
      process.stdout.write(await decodeSquare(Buffer.concat(chunks)));`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: path.dirname(fileURLToPath(import.meta.url)),
      env: { ...process.env, JSIMD_FORCENONE: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    child.stdin.end(bytes);
    const pixels = Buffer.concat((await child.stdout.toArray()) as Buffer[]);
    expect((await plain(bytes))?.equals(pixels)).toBe(true);
  });

  it('leaves to sharp what is not plain', async () => {
    const whole = await jpeg(400, 300);
    const cmyk = await sharp(whole).toColourspace('cmyk').jpeg().toBuffer();
    const turned = await sharp(whole).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const profiled = await sharp(whole).withIccProfile('p3').jpeg().toBuffer();
    const strip = await plainFile(30_000, 300, RED, 'jpeg');
    for (const bytes of [turned, profiled]) expect(isShown(bytes)).toBe(false);
    for (const bytes of [cmyk, strip, await jpeg(255, 300)]) expect(await plain(bytes)).toBeUndefined();
    for (const bytes of [cmyk, turned, profiled, strip, await jpeg(255, 300)]) {
      expect((await decodeSquare(bytes)).length).toBe(256 * 256 * 3);
    }
  });

  it('turns a large photograph as its orientation says', async () => {
    const stored = await imageFile({ width: 400, height: 300 }, (row) => (row < 150 ? RED : [0, 0, 255]));
    const turned = await sharp(stored).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const pixels = await decodeSquare(turned);
    expect(pixels[128 * 768 + 2]).toBeGreaterThan(200);
    expect(pixels[128 * 768 + 765]).toBeGreaterThan(200);
  });
});

describe('a JPEG that is not sound', () => {
  const reasonOf = async (bytes: Buffer): Promise<string | undefined> =>
    unreadableReason(await decodeSquare(bytes).catch((error: unknown) => error));

  it('is corrupt with bytes missing in the middle', async () => {
    const whole = await sharp(await jpeg(400, 300))
      .jpeg({ quality: 90 })
      .toBuffer();
    const middle = whole.length >> 1;
    const bytes = Buffer.concat([whole.subarray(0, middle), whole.subarray(middle + 4000)]);
    expect(await plain(bytes)).toBeUndefined();
    expect(await reasonOf(bytes)).toBe('corrupt');
  });

  it('is refused on its header alone when it claims too many pixels', async () => {
    const bytes = await jpeg(400, 300);
    const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
    bytes.writeUInt16BE(60_000, frame + 5);
    bytes.writeUInt16BE(60_000, frame + 7);
    expect(await reasonOf(bytes)).toBe('too-many-pixels');
  });
});

describe('readJpegHead', () => {
  it('follows the markers, and distrusts what it cannot follow', async () => {
    const whole = await jpeg(20, 20);
    expect(isShown(whole)).toBe(true);
    const described = sharp(whole)
      .withExif({ IFD0: { Artist: 'x' } })
      .jpeg();
    expect((await described.toBuffer()).indexOf('Exif')).toBeGreaterThan(0);
    expect(isShown(await described.toBuffer())).toBe(true);
    const filled = Buffer.concat([whole.subarray(0, 2), Buffer.from([0xff, 0xff]), whole.subarray(2)]);
    expect(isShown(filled)).toBe(true);
    expect(isShown(whole.subarray(0, 30))).toBe(false);
    expect(isShown(Buffer.concat([whole.subarray(0, 2), Buffer.from('garbage')]))).toBe(false);
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('tells orientation %i, in either order of bytes', (orientation) => {
    for (const little of [true, false]) {
      expect(isShown(withOrientation(orientation, little))).toBe(orientation === 1);
    }
  });
});

/** The head of a JPEG: an EXIF directory of one entry, then a scan. */
function withOrientation(orientation: number, little: boolean): Buffer {
  const words = (...values: number[]): Buffer => {
    const bytes = Buffer.alloc(values.length * 2);
    for (const [i, value] of values.entries()) {
      if (little) bytes.writeUInt16LE(value, i * 2);
      else bytes.writeUInt16BE(value, i * 2);
    }
    return bytes;
  };
  const long = (value: number): number[] => (little ? [value, 0] : [0, value]);
  const directory = words(42, ...long(8), 1, 0x0112, 3, ...long(1), orientation, 0, 0, 0);
  const exif = Buffer.concat([Buffer.from('Exif\0\0'), Buffer.from(little ? 'II' : 'MM'), directory]);
  const length = Buffer.from([0, exif.length + 2]);
  const scan = Buffer.from('ffda0008', 'hex');
  return Buffer.concat([Buffer.from('ffd8ffe1', 'hex'), length, exif, scan]);
}

describe('isSoundJpeg', () => {
  it('sees what is missing in the last rows', async () => {
    const whole = await imageFile({ width: 300, height: 300, format: 'jpeg' }, (row, column) => [
      column % 256,
      row % 256,
      (row * column) % 256,
    ]);
    expect(await isSoundJpeg(whole)).toBe(true);
    expect(await isSoundJpeg(Buffer.concat([whole.subarray(0, -20), Buffer.from('ffd9', 'hex')]))).toBe(
      false,
    );
    const cmyk = await sharp(whole).toColourspace('cmyk').jpeg().toBuffer();
    expect(await isSoundJpeg(cmyk)).toBe(true);
  });

  it('is not impressed by the file before, whose header the decoder warned about', async () => {
    const whole = await jpeg(300, 300);
    const strange = withStrangeJfif(whole);
    for (let i = 0; i < 3; i++) {
      expect(await isSoundJpeg(strange)).toBe(false);
      expect(await isSoundJpeg(whole)).toBe(true);
      expect(await plain(whole)).toBeDefined();
    }
  });
});
