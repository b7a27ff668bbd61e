import { messageOf } from '@alexnet/core';
import { asStill, avifColour, checkAvif } from './formats/avif.ts';
import { firstGifFrame } from './formats/gif.ts';
import { checkJpeg, cutJpeg, isPlainlyWhole, strippedJpeg } from './formats/jpeg.ts';
import { readJpegHead } from './formats/jpeg-head.ts';
import { strippedPng, withPngColour } from './formats/png.ts';
import { readTiff } from './formats/tiff.ts';
import { checkWebp } from './formats/webp.ts';
import { isTruncated, sniffFormat } from './format.ts';
import type { ImageFormat } from './format.ts';
import { decodePlainJpeg, isSoundJpeg, type DecodeOptions, type Decoding } from './plain-jpeg.ts';
import { render } from './render.ts';
import { ImageUnreadableError, tooManyPixels } from './unreadable.ts';

/** Side of the square that an image becomes unless another is asked for (paper section 2). */
export const IMAGE_SIDE = 256;

/** A decoded image. */
export interface Square {
  /** uint8 [side, side, 3] */
  pixels: Uint8Array;
  /** What a decoder warned about although no pixel is missing or in doubt. */
  warning?: ImageWarning;
}

/** What the warnings of a decoder are about, by format. */
export type ImageWarning = 'jpeg-markers' | 'png-chunks' | 'tiff-tags';

/**
 * An image file as a square of RGB: "we first rescaled the image such that the shorter side was of length 256, and
 * then cropped out the central 256×256 patch from the resulting image" (paper section 2), or of another side. What each
 * kind of file becomes is in docs/images.md. The format is told by the bytes: JPEG, PNG, GIF, WebP, TIFF or AVIF. The same
 * bytes give the same pixels, however many threads decode.
 *
 * @throws IMAGE_UNREADABLE, whose reason is `unreadableReason(error)`: for pixels that are missing or in doubt, and for
 *   images that have no one rendering as 8-bit sRGB
 */
export async function decodeImage(
  bytes: Buffer,
  { side = IMAGE_SIDE, blocking = false, into }: DecodeOptions = {},
): Promise<Square> {
  const format = checkFormat(bytes);
  try {
    const square = await DECODERS[format](bytes, { side, blocking, into });
    if (into === undefined || square.pixels === into) return square;
    into.set(square.pixels);
    return { ...square, pixels: into };
  } catch (error) {
    throw error instanceof ImageUnreadableError ? error : unreadable(format, bytes, error);
  }
}

/** The pixels of {@link decodeImage}. */
export async function decodeSquare(bytes: Buffer, side = IMAGE_SIDE): Promise<Buffer> {
  const { pixels } = await decodeImage(bytes, { side });
  return Buffer.from(pixels.buffer, pixels.byteOffset, pixels.byteLength);
}

/** @throws ImageUnreadableError; what libvips throws */
type Decoder = (bytes: Buffer, options: Decoding) => Promise<Square>;

const DECODERS: Readonly<Record<ImageFormat, Decoder>> = {
  jpeg: async (bytes, options) => {
    const head = readJpegHead(bytes);
    if (head?.isShownAsStored === true && isPlainlyWhole(bytes, head)) {
      const pixels = await decodePlainJpeg(bytes, options);
      if (pixels !== undefined) return { pixels };
    }
    const stripped = (): Buffer | undefined => strippedJpeg(bytes);
    const decode = (file: Buffer): Promise<Uint8Array> => decodeJpeg(file, options);
    if (!checkJpeg(bytes).isPadded) return await strictly(bytes, stripped, 'jpeg-markers', decode);
    const pixels = await decode(stripped() ?? bytes).catch(() => {
      throw cutJpeg('zeros in the place of compressed data, up to the end marker');
    });
    return { pixels, warning: 'jpeg-markers' };
  },
  png: (bytes, { side }) =>
    strictly(
      bytes,
      () => strippedPng(bytes),
      'png-chunks',
      (file) => render(withPngColour(file), { side }),
    ),
  tiff: async (bytes, { side }) => {
    const { page, stripped } = readTiff(bytes);
    return await strictly(bytes, stripped, 'tiff-tags', (file) =>
      render(file, { side, page: file === bytes ? page : 0 }),
    );
  },
  gif: async (bytes, { side }) => ({ pixels: await render(bytes, { side, frame: firstGifFrame(bytes) }) }),
  webp: async (bytes, { side }) => {
    checkWebp(bytes);
    return { pixels: await render(bytes, { side }) };
  },
  avif: async (bytes, { side }) => {
    checkAvif(bytes);
    const colour = avifColour(bytes);
    return { pixels: await render(asStill(bytes), { side, colour }) };
  },
};

async function decodeJpeg(bytes: Buffer, options: Decoding): Promise<Uint8Array> {
  const isPlain = readJpegHead(bytes)?.isShownAsStored === true;
  const plain = isPlain ? await decodePlainJpeg(bytes, options) : undefined;
  if (plain !== undefined) return plain;
  const pixels = await render(bytes, { side: options.side });
  if (!(await isSoundJpeg(bytes))) throw new Error('the decoder warned about compressed data');
  return pixels;
}

/**
 * Decodes a file with every warning taken for an error. If that fails, the same with a copy that has only what pixels depend
 * on: where the copy is sound, the warning was about something else.
 */
async function strictly(
  bytes: Buffer,
  stripped: () => Buffer | undefined,
  warning: ImageWarning,
  decode: (file: Buffer) => Promise<Uint8Array>,
): Promise<Square> {
  try {
    return { pixels: await decode(bytes) };
  } catch (error) {
    const copy = error instanceof ImageUnreadableError ? undefined : stripped();
    if (copy === undefined) throw error;
    // The copy's own failure names what is wrong with the pixels.
    return { pixels: await decode(copy), warning };
  }
}

function checkFormat(bytes: Buffer): ImageFormat {
  const format = sniffFormat(bytes);
  if (format !== undefined) return format;
  if (bytes.length === 0) {
    throw new ImageUnreadableError('empty', {
      expected: 'an image',
      actual: 'a file of 0 bytes',
      remedy: 'Copy the file again, or remove it.',
    });
  }
  throw new ImageUnreadableError('unknown-format', {
    expected: 'JPEG, PNG, GIF, WebP, TIFF or AVIF',
    actual: `a file that begins with ${JSON.stringify(bytes.toString('latin1', 0, 16))}`,
    remedy: 'Convert the file to PNG, or remove it.',
  });
}

function unreadable(format: ImageFormat, bytes: Buffer, cause: unknown): ImageUnreadableError {
  const message = messageOf(cause);
  if (message.includes('exceeds pixel limit')) {
    return tooManyPixels('more', cause);
  }
  if (isTruncated(format, bytes)) {
    return new ImageUnreadableError('truncated', {
      expected: `a whole ${format} image`,
      actual: `one that ends early, after ${bytes.length} bytes`,
      remedy: 'Copy the file again, or remove it.',
      cause,
    });
  }
  return new ImageUnreadableError('corrupt', {
    expected: `a sound ${format} image`,
    actual: message.split('\n', 1)[0] ?? '',
    remedy: 'Replace the file, or remove it.',
    cause,
  });
}
