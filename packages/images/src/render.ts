import type { Metadata, Sharp } from 'sharp';
import { withProfile } from './formats/png.ts';
import type { Frame } from './formats/gif.ts';
import type { Colour } from './formats/icc.ts';
import { sharp } from './sharp.ts';
import { ImageUnreadableError, PIXEL_LIMIT } from './unreadable.ts';

export interface RenderOptions {
  side: number;
  /** Index of the image in the file. */
  page?: number;
  /** The part of the canvas that the image covers; the rest is white. */
  frame?: Frame | undefined;
  /** Of a file that libvips takes for sRGB. */
  colour?: Colour | undefined;
}

/** libvips cannot address the resized long side of a strip much longer than this many times its width. */
const ASPECT_LIMIT = 64;
const WHITE = '#fff';
const ALPHA = 1;

/**
 * A file as libvips reads it, scaled and cut to a square of RGB. Strict: what libvips only warns about is an error.
 * @returns uint8 [side, side, 3]
 * @throws ImageUnreadableError `sample-format` and `channels`; what libvips throws
 */
export async function render(bytes: Buffer, options: RenderOptions): Promise<Buffer> {
  const { side, page = 0, frame, colour } = options;
  const input = { failOn: 'warning', limitInputPixels: PIXEL_LIMIT, page } as const;
  const metadata = await sharp(bytes, input).metadata();
  checkSamples(metadata);
  let image = sharp(bytes, input);
  if (colour !== undefined) image = open(withProfile(await inEightBits(bytes, input, metadata), colour));
  else if (metadata.depth === 'ushort' && metadata.icc !== undefined)
    image = open(await inEightBits(bytes, input, metadata));
  if (frame !== undefined) image = await onCanvas(image, metadata, frame);
  const { width, height } = metadata.autoOrient;
  const { data, info } = await shorten(image.autoOrient(), width, height)
    .resize(side, side, { fit: 'cover' })
    .flatten({ background: WHITE })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw strangeChannels(metadata);
  return data;
}

const open = (bytes: Buffer): Sharp => sharp(bytes, { failOn: 'warning', limitInputPixels: PIXEL_LIMIT });

function checkSamples(metadata: Metadata): void {
  const { depth, channels, hasAlpha, space } = metadata;
  if (depth !== 'uchar' && depth !== 'ushort') {
    throw new ImageUnreadableError('sample-format', {
      expected: 'unsigned samples of 1 to 16 bits',
      actual: `samples of the type ${depth}`,
      remedy: 'Convert the file to an image of 8 or 16 bits, or remove it.',
    });
  }
  const colours = channels - (hasAlpha ? ALPHA : 0);
  if (colours !== (space === 'cmyk' ? 4 : ['b-w', 'grey16'].includes(space) ? 1 : 3))
    throw strangeChannels(metadata);
}

function strangeChannels({ channels, space }: Metadata): ImageUnreadableError {
  return new ImageUnreadableError('channels', {
    expected: 'grey, RGB or CMYK, with or without alpha',
    actual: `${channels} channels of ${space}`,
    remedy: 'Convert the file to RGB, or remove it.',
  });
}

/**
 * The same image in samples of 8 bits, in its own colours and under its own profile. Between deep samples and a profile,
 * sharp works in the colours of Display P3 and never leaves them.
 */
async function inEightBits(bytes: Buffer, input: object, { space }: Metadata): Promise<Buffer> {
  const model = space === 'cmyk' ? 'cmyk' : ['b-w', 'grey16'].includes(space) ? 'b-w' : 'srgb';
  const image = sharp(bytes, { ...input, ignoreIcc: true })
    .toColourspace(model)
    .keepIccProfile()
    .keepExif();
  return await (
    model === 'cmyk' ? image.tiff({ compression: 'none' }) : image.png({ compressionLevel: 0 })
  ).toBuffer();
}

/** What no frame has painted is transparent, and transparent is white. */
async function onCanvas(image: Sharp, { width, height }: Metadata, frame: Frame): Promise<Sharp> {
  const [left, top] = [Math.min(frame.left, width), Math.min(frame.top, height)];
  const area = {
    ...{ left, top },
    width: Math.min(frame.width, width - left),
    height: Math.min(frame.height, height - top),
  };
  const canvas = sharp({ create: { width, height, channels: 3, background: WHITE } });
  if (area.width === 0 || area.height === 0) return canvas;
  const painted = await image
    .extract(area)
    .flatten({ background: WHITE })
    .png({ compressionLevel: 0 })
    .toBuffer();
  const whole = await canvas
    .composite([{ input: painted, left, top }])
    .png({ compressionLevel: 0 })
    .toBuffer();
  return open(whole);
}

/** Cuts the middle out of a very long strip. The centre stays where it is, so the square is the same. */
function shorten(image: Sharp, width: number, height: number): Sharp {
  const limit = ASPECT_LIMIT * Math.min(width, height);
  const cut = Math.floor((Math.max(width, height) - limit) / 2);
  if (cut <= 0) return image;
  return width > height
    ? image.extract({ left: cut, top: 0, width: width - 2 * cut, height })
    : image.extract({ left: 0, top: cut, width, height: height - 2 * cut });
}
