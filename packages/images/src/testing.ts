/**
 * Image files for tests, made on the spot: the sound, the odd and the broken ones that real folders hold.
 */
import type { AvifOptions, Sharp } from 'sharp';
import { sharp } from './sharp.ts';
import { TurboJpeg } from './turbojpeg.ts';

export type Colour = readonly [red: number, green: number, blue: number];
export type Format =
  'jpeg' | 'progressive' | 'cmyk jpeg' | 'png' | 'deep png' | 'gif' | 'webp' | 'tiff' | 'big tiff' | 'avif';

export const RED: Colour = [255, 0, 0];
export const BLUE: Colour = [0, 0, 255];

const lossless: AvifOptions = { lossless: true };
const ENCODERS: Record<Format, (image: Sharp) => Sharp> = {
  jpeg: (image) => image.jpeg({ quality: 100, chromaSubsampling: '4:4:4' }),
  progressive: (image) => image.jpeg({ quality: 100, chromaSubsampling: '4:4:4', progressive: true }),
  'cmyk jpeg': (image) => image.toColourspace('cmyk').jpeg({ quality: 100 }),
  png: (image) => image.png(),
  'deep png': (image) => image.toColourspace('rgb16').withIccProfile('p3').png(),
  gif: (image) => image.gif(),
  webp: (image) => image.webp({ lossless: true }),
  tiff: (image) => image.tiff({ compression: 'lzw' }),
  'big tiff': (image) => image.tiff({ compression: 'none', bigtiff: true }),
  avif: (image) => image.avif(lossless),
};

/** An image file whose pixels a function gives, by row and column. */
export async function imageFile(
  { width, height, format = 'png' }: { width: number; height: number; format?: Format },
  pixel: (row: number, column: number) => Colour,
): Promise<Buffer> {
  return await ENCODERS[format](fromPixels(width, height, pixel)).toBuffer();
}

function fromPixels(width: number, height: number, pixel: (row: number, column: number) => Colour): Sharp {
  const pixels = Buffer.alloc(width * height * 3);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) pixels.set(pixel(row, column), (row * width + column) * 3);
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** A file of one colour. */
export async function plainFile(
  width: number,
  height: number,
  colour: Colour,
  format: Format = 'png',
): Promise<Buffer> {
  return await imageFile({ width, height, format }, () => colour);
}

/** A JPEG with a JFIF marker of a version that there is none of: decoders warn about it, and its pixels are whole. */
export function withStrangeJfif(jpeg: Buffer): Buffer {
  const marker = Buffer.from('ffe000104a46494600090100000100010000', 'hex');
  return Buffer.concat([jpeg.subarray(0, 2), marker, jpeg.subarray(2)]);
}

/** A part of a photograph, scaled to a size, as a JPEG like a camera's: baseline, chroma at half the resolution. */
export async function cutPhotograph(
  bytes: Buffer,
  window: { left: number; top: number; width: number; height: number },
  { width, height }: { width: number; height: number },
  quality: number,
): Promise<Buffer> {
  return await sharp(bytes)
    .extract(window)
    .resize(width, height, { fit: 'fill' })
    .jpeg({ quality, chromaSubsampling: '4:2:0' })
    .toBuffer();
}

/**
 * A function that decodes a JPEG, as it is, into a memory that it uses again, and gives its pixels: what
 * `decodeSquare` cannot be faster than.
 */
export function wholeDecoder(): (bytes: Buffer) => Promise<Buffer> {
  const decoder = new TurboJpeg();
  let memory = Buffer.alloc(0);
  return async (bytes) => {
    const size = decoder.readHeader(bytes);
    if (size === undefined) throw new Error('not a JPEG');
    const length = size.width * size.height * 3;
    if (memory.length < length) memory = Buffer.alloc(length);
    if (!(await decoder.decode(bytes, size, 1, memory))) throw new Error('not a sound JPEG');
    return memory.subarray(0, length);
  };
}

export interface OddImage {
  /** A file name that may lie about the format. */
  name: string;
  bytes: Buffer;
  /** What it is after decoding: the colours left and right of the middle, each within `tolerance`. */
  left: Colour;
  right: Colour;
  tolerance: number;
}

const split =
  (middle: number, left: Colour, right: Colour) =>
  (_row: number, column: number): Colour =>
    column < middle ? left : right;

/** Files that decode, though a careless decoder gets them wrong. */
export async function oddImages(): Promise<OddImage[]> {
  const plain = (colour: Colour): Sharp => fromPixels(30, 20, () => colour);
  const one = (name: string, bytes: Buffer, colour: Colour, tolerance = 0): OddImage => ({
    name,
    bytes,
    left: colour,
    right: colour,
    tolerance,
  });
  const halfRed = { r: 255, g: 0, b: 0, alpha: 0.5 };
  const translucent = sharp({ create: { width: 30, height: 20, channels: 4, background: halfRed } });
  const frames = [plain(RED), plain(BLUE)].map(async (frame) => await frame.png().toBuffer());
  const animation = sharp(await Promise.all(frames), { join: { animated: true } });
  // Red above blue, marked to be turned a quarter clockwise: blue is left and red is right when shown.
  const turned = fromPixels(20, 30, (row) => (row < 15 ? RED : BLUE));
  const panorama = fromPixels(12_000, 40, split(6000, RED, BLUE));
  return [
    one('cmyk.jpg', await plain(RED).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer(), [232, 0, 0], 4),
    one('really-a-png.JPEG', await plain([10, 200, 30]).png().toBuffer(), [10, 200, 30]),
    one('16-bit.png', await plain([128, 64, 32]).toColourspace('rgb16').png().toBuffer(), [128, 64, 32], 1),
    one('grey.png', await plain([77, 77, 77]).toColourspace('b-w').png().toBuffer(), [77, 77, 77]),
    one('palette.png', await plain(BLUE).png({ palette: true }).toBuffer(), BLUE),
    one('translucent.png', await translucent.png().toBuffer(), [255, 127, 127], 1),
    one('animated.gif', await animation.gif({ delay: [100, 100] }).toBuffer(), RED),
    one('1x1.png', await plainFile(1, 1, [1, 2, 3]), [1, 2, 3]),
    one('name with spaces – 日本語.png', await plainFile(40, 40, [9, 8, 7]), [9, 8, 7]),
    {
      name: 'turned.jpg',
      bytes: await turned
        .withMetadata({ orientation: 6 })
        .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
        .toBuffer(),
      left: BLUE,
      right: RED,
      tolerance: 3,
    },
    { name: 'panorama.png', bytes: await panorama.png().toBuffer(), left: RED, right: BLUE, tolerance: 0 },
  ];
}

/** Files that do not decode, with the reason that they must be refused for. */
export async function brokenImages(): Promise<{ name: string; bytes: Buffer; reason: string }[]> {
  const noise = (row: number, column: number): Colour => [
    (row * 97) % 256,
    (column * 31) % 256,
    (row * column) % 256,
  ];
  const whole = await imageFile({ width: 200, height: 200, format: 'jpeg' }, noise);
  const png = await imageFile({ width: 200, height: 200 }, noise);
  const flipped = Buffer.from(png);
  flipped.fill(0x55, png.length >> 1, (png.length >> 1) + 40);
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
  return [
    { name: 'truncated.jpg', bytes: whole.subarray(0, whole.length >> 1), reason: 'truncated' },
    { name: 'corrupt.png', bytes: flipped, reason: 'corrupt' },
    { name: 'empty.jpg', bytes: Buffer.alloc(0), reason: 'empty' },
    { name: 'text.jpg', bytes: Buffer.from('no image at all'), reason: 'unknown-format' },
    { name: 'drawing.svg', bytes: Buffer.from(svg), reason: 'unknown-format' },
    { name: 'bomb.png', bytes: pngHeader(50_000, 50_000), reason: 'too-many-pixels' },
  ];
}

/** Small files of very many pixels, of every format that can claim them, and one that takes very long. */
export async function bombs(): Promise<{ name: string; bytes: Buffer; reason: string }[]> {
  const plain = (format: Format): Promise<Buffer> => plainFile(300, 300, RED, format);
  const claims = async (format: Format, write: (bytes: Buffer) => void): Promise<Buffer> => {
    const bytes = await plain(format);
    write(bytes);
    return bytes;
  };
  const frameOf = (bytes: Buffer, marker: number): number => bytes.indexOf(Buffer.of(0xff, marker));
  const claimJpeg = (marker: number) => (bytes: Buffer) => {
    bytes.writeUInt16BE(65_000, frameOf(bytes, marker) + 5);
    bytes.writeUInt16BE(65_000, frameOf(bytes, marker) + 7);
  };
  const claimGif = (bytes: Buffer): void => {
    const frame = bytes.indexOf(0x2c, 13 + 3 * 2 ** ((bytes.readUInt8(10) & 7) + 1));
    for (const at of [6, 8, frame + 5, frame + 7]) bytes.writeUInt16LE(65_000, at);
  };
  const whole = sharp({ create: { width: 11_000, height: 11_000, channels: 3, background: '#fff' } });
  const many = 'too-many-pixels';
  return [
    { name: 'claim.png', bytes: pngHeader(60_000, 60_000), reason: many },
    { name: 'whole.png', bytes: await whole.toColourspace('b-w').png().toBuffer(), reason: many },
    { name: 'claim.jpg', bytes: await claims('jpeg', claimJpeg(0xc0)), reason: many },
    { name: 'progressive.jpg', bytes: await claims('progressive', claimJpeg(0xc2)), reason: many },
    { name: 'claim.gif', bytes: await claims('gif', claimGif), reason: many },
    { name: 'scans.jpg', bytes: manyScans(await plain('progressive'), 5_000), reason: 'corrupt' },
  ];
}

/** A progressive JPEG whose last scan is there very often: each takes as long as a whole image. */
function manyScans(bytes: Buffer, times: number): Buffer {
  const scan = bytes.subarray(bytes.lastIndexOf(Buffer.of(0xff, 0xda)), -2);
  return Buffer.concat([bytes.subarray(0, -2), ...new Array<Buffer>(times).fill(scan), bytes.subarray(-2)]);
}

/** A PNG that claims a size and has no pixels. */
function pngHeader(width: number, height: number): Buffer {
  const header = Buffer.from('89504e470d0a1a0a0000000d4948445200000000000000000802000000', 'hex');
  header.writeUInt32BE(width, 16);
  header.writeUInt32BE(height, 20);
  return Buffer.concat([
    header,
    Buffer.alloc(4),
    Buffer.from('0000000049444154000000000000000049454e44ae426082', 'hex'),
  ]);
}

/**
 * A picture with the spectrum of a photograph: clouds of all sizes with shapes before them, as a JPEG of 400×300.
 * @param seed which one; each has its own
 */
export async function sceneFile(seed: number): Promise<Buffer> {
  const draw = (place: number, most: number): number =>
    ((seed * 7919 + place * 104_729) * 2_654_435_761) % most;
  const shapes = Array.from({ length: 6 }, (_, i) => {
    const fill = `hsl(${draw(i, 360)} ${20 + draw(i + 10, 60)}% ${15 + draw(i + 20, 70)}%)`;
    const [x, y] = [draw(i + 30, 400), draw(i + 40, 300)];
    const [width, height] = [20 + draw(i + 50, 120), 20 + draw(i + 60, 120)];
    return i % 2 === 0
      ? `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}" opacity="0.7"/>`
      : `<ellipse cx="${x}" cy="${y}" rx="${width / 2}" ry="${height / 2}" fill="${fill}" opacity="0.7"/>`;
  });
  const noise = `type="fractalNoise" numOctaves="6" baseFrequency="0.008" seed="${seed}"`;
  const opaque = '<feColorMatrix values="2 0 0 0 -0.5  0 2 0 0 -0.5  0 0 2 0 -0.5  0 0 0 0 1"/>';
  const filter = `<filter id="f" x="0" y="0" width="100%" height="100%"><feTurbulence ${noise}/>${opaque}</filter>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300">${filter}<rect width="400" height="300" filter="url(#f)"/>${shapes.join('')}</svg>`;
  return await sharp(Buffer.from(svg)).flatten({ background: '#fff' }).jpeg({ quality: 92 }).toBuffer();
}

/** What people make of a picture without making another one of it. */
export const COPIES = {
  're-encoded': (image: Sharp) => image.jpeg({ quality: 60 }),
  'as WebP': (image: Sharp) => image.webp({ quality: 80 }),
  'resized by 10 %': (image: Sharp, { width, height }: Size) =>
    image.resize(Math.round(width * 0.9), Math.round(height * 0.9), { fit: 'fill' }).jpeg({ quality: 90 }),
  halved: (image: Sharp, { width, height }: Size) =>
    image.resize(Math.round(width / 2), Math.round(height / 2), { fit: 'fill' }).jpeg({ quality: 90 }),
  'cropped by 3 %': (image: Sharp, size: Size) => cropped(image, size, { each: 0.015 }),
  'cropped by 3 % at one side': (image: Sharp, size: Size) => cropped(image, size, { left: 0.03 }),
  'cropped by 3 % at each side': (image: Sharp, size: Size) => cropped(image, size, { each: 0.03 }),
  'cropped by 3 % in a corner': (image: Sharp, size: Size) => cropped(image, size, { left: 0.03, top: 0.03 }),
} as const;
export type CopyKind = keyof typeof COPIES;

/** A near copy of an image file. */
export async function copyFile(bytes: Buffer, kind: CopyKind): Promise<Buffer> {
  const upright = sharp(bytes).autoOrient();
  const { width, height } = (await sharp(bytes).metadata()).autoOrient;
  return await COPIES[kind](upright, { width, height }).toBuffer();
}

interface Size {
  width: number;
  height: number;
}

/** @param edges how much of the width and height is cut off at each of them, or at all four */
function cropped(
  image: Sharp,
  { width, height }: Size,
  { each = 0, left = each, top = each }: { each?: number; left?: number; top?: number },
): Sharp {
  const window = {
    left: Math.round(width * left),
    top: Math.round(height * top),
    width: Math.floor(width * (1 - left - each)),
    height: Math.floor(height * (1 - top - each)),
  };
  return image.extract(window).jpeg({ quality: 90 });
}
