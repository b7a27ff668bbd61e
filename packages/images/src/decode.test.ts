import { AlexnetError } from '@alexnet/core';
import { describe, expect, it } from 'vitest';
import { decodeSquare, IMAGE_SIDE } from './decode.ts';
import { encodeJpeg, encodePng, rasteriseSvg, renderSvg } from './encode.ts';
import { loadSharp, sharp } from './sharp.ts';
import { BLUE, bombs, brokenImages, imageFile, oddImages, plainFile, RED } from './testing.ts';
import type { Colour, Format } from './testing.ts';
import { unreadableReason } from './unreadable.ts';

const at = (pixels: Uint8Array, row: number, column: number): number[] => [
  ...pixels.subarray((row * IMAGE_SIDE + column) * 3, (row * IMAGE_SIDE + column) * 3 + 3),
];

function expectColour(actual: number[], expected: Colour, tolerance: number): void {
  const distance = Math.max(...expected.map((value, i) => Math.abs(value - (actual[i] ?? NaN))));
  expect(distance, `${actual.join()} is not ${expected.join()} ± ${tolerance}`).toBeLessThanOrEqual(
    tolerance,
  );
}

const gradient = (row: number, column: number): Colour => [column % 256, row % 256, (row * column) % 256];

const odd = await oddImages();
const large = await bombs();
const broken = [...(await brokenImages()), ...large];

describe('decodeSquare', () => {
  it.each(odd)('gets $name right', async ({ bytes, left, right, tolerance }) => {
    const pixels = await decodeSquare(bytes);
    expect(pixels.length).toBe(256 * 256 * 3);
    for (const row of [0, 128, 255]) {
      expectColour(at(pixels, row, 5), left, tolerance);
      expectColour(at(pixels, row, 250), right, tolerance);
    }
  });

  it('is tried on what the fixtures say they are', async () => {
    const file = async (name: string) =>
      await sharp(odd.find((image) => image.name === name)?.bytes).metadata();
    expect(await file('cmyk.jpg')).toMatchObject({ format: 'jpeg', space: 'cmyk' });
    expect(await file('16-bit.png')).toMatchObject({ depth: 'ushort' });
    expect(await file('grey.png')).toMatchObject({ channels: 1 });
    expect(await file('palette.png')).toMatchObject({ isPalette: true });
    expect(await file('animated.gif')).toMatchObject({ format: 'gif', pages: 2 });
    expect(await file('turned.jpg')).toMatchObject({ orientation: 6 });
  });

  it.each(broken)('refuses $name as $reason', async ({ bytes, reason }) => {
    const error: unknown = await decodeSquare(bytes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AlexnetError);
    expect(error).toMatchObject({ code: 'IMAGE_UNREADABLE' });
    expect(unreadableReason(error)).toBe(reason);
  });

  it.each(large.filter(({ reason }) => reason === 'too-many-pixels'))(
    'refuses $name on its first kilobyte, before there are pixels to decode',
    async ({ bytes }) => {
      const error: unknown = await decodeSquare(bytes.subarray(0, 1000)).catch((thrown: unknown) => thrown);
      expect(unreadableReason(error)).toBe('too-many-pixels');
    },
  );

  it('refuses an AVIF whose boxes lead back to themselves', async () => {
    const whole = await plainFile(20, 20, RED, 'avif');
    const at = whole.readUInt32BE(0);
    for (const size of [0n, 7n]) {
      const head = Buffer.from('00000001', 'hex');
      const box = Buffer.concat([head, Buffer.from('meta'), Buffer.alloc(8)]);
      box.writeBigUInt64BE(size, 8);
      const bytes = Buffer.concat([whole.subarray(0, at), box, whole.subarray(at + 16)]);
      const error: unknown = await decodeSquare(bytes).catch((thrown: unknown) => thrown);
      expect(unreadableReason(error)).toBe('corrupt');
    }
  });

  it.each<Format>(['jpeg', 'progressive', 'png', 'gif', 'webp', 'tiff', 'avif'])(
    'reads %s, and calls half of it truncated',
    async (format) => {
      const whole = await imageFile({ width: 300, height: 300, format }, gradient);
      expectColour(at(await decodeSquare(await plainFile(300, 300, RED, format)), 128, 128), RED, 2);
      expect((await decodeSquare(whole)).length).toBe(256 * 256 * 3);
      // A TIFF that lost only values of its directory, at the very end, passes for corrupt.
      const lost = [whole.length >> 1, format === 'tiff' ? 250 : 20];
      for (const length of lost.map((bytes) => whole.length - bytes)) {
        const error: unknown = await decodeSquare(whole.subarray(0, length)).catch(
          (thrown: unknown) => thrown,
        );
        expect(unreadableReason(error)).toBe('truncated');
      }
    },
  );

  it('scales the shorter side to 256 and cuts the middle out of the other', async () => {
    // Three stripes of 256 × 512: scaled to half, the middle stripe is the whole square.
    const stripes: Colour[] = [RED, [0, 255, 0], BLUE];
    const wide = await imageFile({ width: 1536, height: 512 }, (_row, column) => stripes[column >> 9] ?? RED);
    const pixels = await decodeSquare(wide);
    for (const column of [4, 128, 251]) expect(at(pixels, 128, column)).toEqual([0, 255, 0]);
    const tall = await imageFile({ width: 512, height: 1536 }, (row) => stripes[row >> 9] ?? RED);
    const turned = await decodeSquare(tall);
    for (const row of [4, 128, 251]) expect(at(turned, row, 128)).toEqual([0, 255, 0]);
  });

  it('copies a picture of 256 × 256 as it is', async () => {
    const pixels = await decodeSquare(await imageFile({ width: 256, height: 256 }, gradient));
    expect([...pixels]).toEqual(
      Array.from({ length: 256 * 256 }, (_, i) => gradient(i >> 8, i & 255)).flat(),
    );
  });

  it.each([
    [300_000, 1],
    [1, 300_000],
  ])('keeps the middle of a strip of %i × %i', async (width, height) => {
    const half = Math.max(width, height) / 2;
    const strip = await imageFile({ width, height }, (row, column) => (row + column < half ? RED : BLUE));
    const pixels = await decodeSquare(strip);
    // The whole square is the transition between the two middle pixels.
    expectColour(at(pixels, 2, 2), RED, 4);
    expectColour(at(pixels, 253, 253), BLUE, 4);
  });

  it('gives the same bytes however many threads decode', async () => {
    const files = [
      await imageFile({ width: 700, height: 500, format: 'jpeg' }, gradient),
      await imageFile({ width: 500, height: 700, format: 'progressive' }, gradient),
      await imageFile({ width: 333, height: 777, format: 'webp' }, gradient),
    ];
    const before = loadSharp().concurrency();
    try {
      loadSharp().concurrency(1);
      const alone = await Promise.all(files.map(async (file) => await decodeSquare(file)));
      loadSharp().concurrency(4);
      const together = await Promise.all(files.map(async (file) => await decodeSquare(file)));
      for (const [i, pixels] of alone.entries()) expect(together[i]?.equals(pixels)).toBe(true);
    } finally {
      loadSharp().concurrency(before);
    }
  });
});

describe('encodeJpeg', () => {
  it('keeps edges between colours sharp: quality 95, no subsampling', async () => {
    const rgb = await decodeSquare(
      await imageFile({ width: 256, height: 256 }, (_row, column) => (column & 1 ? RED : BLUE)),
    );
    const jpeg = await encodeJpeg(rgb);
    expect(await sharp(jpeg).metadata()).toMatchObject({ format: 'jpeg', chromaSubsampling: '4:4:4' });
    const back = await decodeSquare(jpeg);
    expect(back.every((value, i) => Math.abs(value - (rgb[i] ?? NaN)) < 40)).toBe(true);
    expect(jpeg.length).toBeLessThan(rgb.length / 3);
  });
});

describe('renderSvg', () => {
  it('draws on white, fitted and centred', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 1"><path fill="#00f" d="M0 0h2v1H0z"/></svg>';
    const png = await renderSvg(svg, IMAGE_SIDE);
    expect(await sharp(png).metadata()).toMatchObject({
      format: 'png',
      width: 256,
      height: 256,
      channels: 3,
    });
    const pixels = await decodeSquare(png);
    expect(at(pixels, 20, 128)).toEqual([255, 255, 255]);
    expect(at(pixels, 128, 128)).toEqual([0, 0, 255]);
    expect(at(pixels, 235, 128)).toEqual([255, 255, 255]);
  });
});

describe('rasteriseSvg', () => {
  it('has as many pixels a unit as asked, on white, and shows a picture in it pixel by pixel', async () => {
    const rgb = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 8, 7);
    const data = (await encodePng(rgb, { width: 2, height: 2, channels: 3 })).toString('base64');
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="3" height="2"><image x="1" width="1" height="1" xlink:href="data:image/png;base64,${data}"/></svg>`;
    const png = sharp(await rasteriseSvg(svg, 2));
    expect(await png.metadata()).toMatchObject({ format: 'png', width: 6, height: 4, channels: 3 });
    const pixels = await png.raw().toBuffer();
    const pixel = (row: number, column: number): number[] => [
      ...pixels.subarray((row * 6 + column) * 3, (row * 6 + column) * 3 + 3),
    ];
    expect([pixel(0, 2), pixel(0, 3), pixel(1, 2), pixel(1, 3)]).toEqual([RED, [0, 255, 0], BLUE, [9, 8, 7]]);
    expect([pixel(0, 1), pixel(2, 2), pixel(3, 5)]).toEqual(Array(3).fill([255, 255, 255]));
  });
});
