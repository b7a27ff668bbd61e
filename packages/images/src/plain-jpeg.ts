import pLimit from 'p-limit';
import { columnsOf, Resampler } from './resample.ts';
import type { Size } from './resample.ts';
import { TurboJpeg } from './turbojpeg.ts';
import { PIXEL_LIMIT } from './unreadable.ts';
import type { JpegHeader } from './turbojpeg.ts';

/** Images whose pixels are in memory at a time; more threads than this decode no faster. */
const IN_HAND = 32;
/** Larger ones after the decoder's own scaling, such as long strips, are left to sharp, which streams them. */
const DECODED_LIMIT = 8 * 1024 ** 2;

interface Decoder {
  jpeg: TurboJpeg;
  resampler: Resampler;
}

const idle: Decoder[] = [];
const limit = pLimit(IN_HAND);

export interface DecodeOptions {
  /** Of the square. */
  side?: number;
  /** In this thread where that is quicker, which may take a second. Else the thread never waits for long. */
  blocking?: boolean;
  /** Receives the pixels, uint8 [side, side, 3]; memory of their own unless given. */
  into?: Uint8Array | undefined;
}

/** With every default filled in. */
export type Decoding = Required<Omit<DecodeOptions, 'into'>> & Pick<DecodeOptions, 'into'>;

/**
 * The common case, about twice as fast as libvips: a JPEG whose pixels are RGB, YCbCr or grey, at
 * least as large as the square.
 * @param bytes of a JPEG that is shown as it is stored
 * @returns uint8 [side, side, 3]; undefined for any other file, and for one that the decoder fails at or warns about
 */
export async function decodePlainJpeg(bytes: Buffer, options: Decoding): Promise<Uint8Array | undefined> {
  return await withDecoder((decoder) => decode(decoder, bytes, options));
}

async function withDecoder<T>(use: (decoder: Decoder) => Promise<T>): Promise<T> {
  return await limit(async () => {
    const decoder = idle.pop() ?? { jpeg: new TurboJpeg(), resampler: new Resampler() };
    try {
      return await use(decoder);
    } finally {
      idle.push(decoder);
    }
  });
}

/** The scale that costs least: all compressed data is read at each. */
const COARSEST = 8;

/**
 * Whether the decoder reads all compressed data of a JPEG without a failure or a warning. libvips does not look at what it is
 * warned about in the last rows of an image.
 */
export async function isSoundJpeg(bytes: Buffer): Promise<boolean> {
  return await withDecoder(async ({ jpeg }) => {
    const header = jpeg.readHeader(bytes);
    if (header?.precision !== 8 || header.width * header.height > PIXEL_LIMIT) return false;
    const pixels = header.colourspace === 'cmyk' || header.colourspace === 'ycck' ? 'cmyk' : 'rgb';
    const room = Math.ceil(header.width / COARSEST) * Math.ceil(header.height / COARSEST) * 4;
    return await jpeg.decode(bytes, header, COARSEST, Buffer.allocUnsafe(room), { pixels });
  });
}

async function decode(
  { jpeg, resampler }: Decoder,
  bytes: Buffer,
  { side, blocking, into }: Decoding,
): Promise<Uint8Array | undefined> {
  const header = jpeg.readHeader(bytes);
  if (header === undefined || !isPlain(header, side) || header.width * header.height > PIXEL_LIMIT) {
    return undefined;
  }
  const shrink = shrinkOf(header, side);
  const extent = { width: header.width / shrink, height: header.height / shrink };
  if (extent.width * extent.height * 3 > DECODED_LIMIT) return undefined;
  const columns = jpeg.columnsFor(header, shrink, columnsOf(extent, side));
  const target = resampler.place(extent, columns, side);
  return (await jpeg.decode(bytes, header, shrink, target, { blocking, columns }))
    ? resampler.square(extent, side, into)
    : undefined;
}

function isPlain({ width, height, precision, colourspace }: JpegHeader, side: number): boolean {
  const colour = colourspace === 'rgb' || colourspace === 'ycbcr' || colourspace === 'grey';
  return colour && precision === 8 && Math.min(width, height) >= side;
}

/**
 * The decoder's own scaling costs less than nothing, and is coarse: the filter is left more than half as much again, or
 * twice as much, to do. These are sharp's steps.
 */
function shrinkOf({ width, height }: Size, side: number): number {
  const scale = Math.floor(Math.min(width, height) / side);
  return scale > 8 ? 8 : scale > 4 ? 4 : scale > 2 ? 2 : 1;
}
