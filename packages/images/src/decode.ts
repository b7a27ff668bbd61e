import { messageOf } from '@alexnet/core';
import type { Sharp } from 'sharp';
import { isTruncated, sniffFormat } from './format.ts';
import type { ImageFormat } from './format.ts';
import { decodePlainJpeg } from './jpeg.ts';
import { sharp } from './sharp.ts';
import { ImageUnreadableError } from './unreadable.ts';

/** Side of the square that an image becomes unless another is asked for (paper section 2). */
export const IMAGE_SIDE = 256;

/**
 * Images of more pixels are refused on their header alone. ImageNet's largest have about 60 million; an image of
 * this size that must be held whole (progressive, or turned by EXIF) takes 300 MB.
 */
export const PIXEL_LIMIT = 100_000_000;

/** libvips cannot address the resized long side of a strip much longer than this many times its width. */
const ASPECT_LIMIT = 64;

/**
 * An image file as a square of RGB: "we first rescaled the image such that the shorter side was of length 256, and
 * then cropped out the central 256×256 patch from the resulting image" (paper section 2), or of another side. The EXIF orientation is
 * applied, CMYK, grey, 16-bit and palette images become 8-bit sRGB, transparency becomes white, and of an animation
 * the first frame is taken. The format is told by the bytes: JPEG, PNG, GIF, WebP, TIFF or AVIF. The same bytes
 * give the same pixels, however many threads decode.
 *
 * @returns uint8 [side, side, 3]
 * @throws IMAGE_UNREADABLE, whose reason is `unreadableReason(error)`. Strict: an image that its decoder only warns
 *   about (a JPEG with bytes missing in the middle) is unreadable too.
 */
export async function decodeSquare(bytes: Buffer, side = IMAGE_SIDE): Promise<Buffer> {
  const format = checkFormat(bytes);
  if (format === 'jpeg') {
    const pixels = await decodePlainJpeg(bytes, side, PIXEL_LIMIT);
    if (pixels !== undefined) return pixels;
  }
  try {
    const image = sharp(bytes, { failOn: 'warning', limitInputPixels: PIXEL_LIMIT });
    const { width, height } = (await image.metadata()).autoOrient;
    return await shorten(image.autoOrient(), width, height)
      .resize(side, side, { fit: 'cover' })
      .flatten({ background: '#fff' })
      .toColourspace('srgb')
      .raw({ depth: 'uchar' })
      .toBuffer();
  } catch (error) {
    throw unreadable(format, bytes, error);
  }
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
    return new ImageUnreadableError('too-many-pixels', {
      expected: `at most ${PIXEL_LIMIT} pixels`,
      actual: 'more',
      remedy: 'Scale the image down; the net sees 256×256 pixels of it.',
      cause,
    });
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
