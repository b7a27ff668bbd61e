import { createRequire } from 'node:module';
import path from 'node:path';
import { AlexnetError } from '@alexnet/core';
import koffi from 'koffi';
import type { KoffiFunc } from 'koffi';

// Of turbojpeg.h, version 3.
const DECOMPRESS = 1;
const PARAMETER = {
  stopOnWarning: 0,
  subsampling: 4,
  width: 5,
  height: 6,
  precision: 7,
  colourspace: 8,
  scanLimit: 13,
};
const COLOURSPACES = ['rgb', 'ycbcr', 'grey', 'cmyk', 'ycck'] as const;
/** Pixels across that are compressed together, by subsampling: 4:4:4, 4:2:2, 4:2:0, grey, 4:4:0, 4:1:1, 4:4:1. */
const UNIT_WIDTHS = [8, 16, 16, 8, 8, 32, 8] as const;
const PIXELS = { rgb: { format: 0, channels: 3 }, cmyk: { format: 11, channels: 4 } } as const;
/** A progressive JPEG may have very many scans, each of which takes the time of a whole image. libvips has this limit too. */
const SCAN_LIMIT = 100;

export interface JpegHeader {
  width: number;
  height: number;
  /** Bits of a sample. */
  precision: number;
  colourspace: (typeof COLOURSPACES)[number] | undefined;
  /** Pixels across that are compressed together; undefined for an unusual subsampling. */
  unitWidth: number | undefined;
}

/** Of a decoded image. */
export interface Columns {
  first: number;
  count: number;
}

interface JpegDecodeOptions {
  pixels?: keyof typeof PIXELS;
  blocking?: boolean;
  columns?: Columns;
}

type Handle = bigint;

type Decode = (
  handle: Handle,
  bytes: Uint8Array,
  length: number,
  target: Uint8Array,
  pitch: number,
  format: number,
) => number;

/** Where its package has libjpeg-turbo for this system, if it has. */
export function libraryFile(): string {
  const require = createRequire(import.meta.url);
  const folder = path.dirname(require.resolve('@julusian/jpeg-turbo/package.json'));
  return path.join(folder, `prebuilds/jpeg-turbo-${process.platform}-${process.arch}/libturbojpeg.so.0`);
}

/** Loads libjpeg-turbo. @throws PROVISION_FAILED where its package has no build for this system */
function load() {
  const file = libraryFile();
  try {
    const library = koffi.load(file);
    const factor = koffi.struct({ numerator: 'int', denominator: 'int' });
    const region = koffi.struct({ x: 'int', y: 'int', w: 'int', h: 'int' });
    return {
      init: library.func('tj3Init', 'void *', ['int']) as (mode: number) => Handle,
      destroy: library.func('tj3Destroy', 'void', ['void *']) as (handle: Handle) => void,
      set: library.func('tj3Set', 'int', ['void *', 'int', 'int']) as (
        handle: Handle,
        parameter: number,
        value: number,
      ) => number,
      get: library.func('tj3Get', 'int', ['void *', 'int']) as (handle: Handle, parameter: number) => number,
      header: library.func('tj3DecompressHeader', 'int', ['void *', 'void *', 'size_t']) as (
        handle: Handle,
        bytes: Uint8Array,
        length: number,
      ) => number,
      scale: library.func('tj3SetScalingFactor', 'int', ['void *', factor]) as (
        handle: Handle,
        factor: { numerator: number; denominator: number },
      ) => number,
      crop: library.func('tj3SetCroppingRegion', 'int', ['void *', region]) as (
        handle: Handle,
        region: { x: number; y: number; w: number; h: number },
      ) => number,
      decode: library.func('tj3Decompress8', 'int', [
        'void *',
        'void *',
        'size_t',
        'void *',
        'int',
        'int',
      ]) as KoffiFunc<Decode>,
    };
  } catch (cause) {
    throw new AlexnetError('PROVISION_FAILED', {
      expected: `libjpeg-turbo to load from ${file}`,
      actual: cause instanceof Error ? cause.message : String(cause),
      remedy: 'JPEG files are decoded on Linux with glibc, on x86_64 or arm64; run `npm run setup` there.',
      cause,
    });
  }
}

let loaded: ReturnType<typeof load> | undefined;

/**
 * One decoder of libjpeg-turbo, for one image at a time, through its C interface. The library comes with
 * @julusian/jpeg-turbo, whose own addon asks for the fast, inexact DCT and cannot scale. The DCT used here is exact: the
 * same bytes give the same pixels on every processor.
 */
export class TurboJpeg {
  readonly #library = (loaded ??= load());
  #handle = this.#open();

  #open(): Handle {
    const handle = this.#library.init(DECOMPRESS);
    this.#library.set(handle, PARAMETER.stopOnWarning, 1);
    this.#library.set(handle, PARAMETER.scanLimit, SCAN_LIMIT);
    return handle;
  }

  /** One that was stopped by a warning is still in the midst of that image, and fails at every other. */
  #renew(): void {
    this.#library.destroy(this.#handle);
    this.#handle = this.#open();
  }

  #inPool(call: Parameters<Decode>): Promise<number> {
    return new Promise<number>((resolve, reject) => {
      this.#library.decode.async(...call, (error: unknown, result) => {
        if (error === null || error === undefined) resolve(result);
        else reject(error instanceof Error ? error : new Error('libjpeg-turbo was not called'));
      });
    });
  }

  /** What the file says of its image, or undefined where the decoder does not understand it. */
  readHeader(bytes: Uint8Array): JpegHeader | undefined {
    if (this.#library.header(this.#handle, bytes, bytes.length) !== 0) {
      this.#renew();
      return undefined;
    }
    const { width, height, precision, colourspace, subsampling } = PARAMETER;
    return {
      width: this.#library.get(this.#handle, width),
      height: this.#library.get(this.#handle, height),
      precision: this.#library.get(this.#handle, precision),
      colourspace: COLOURSPACES[this.#library.get(this.#handle, colourspace)],
      unitWidth: UNIT_WIDTHS[this.#library.get(this.#handle, subsampling)],
    };
  }

  /**
   * The columns to decode for some that are wanted: whole units from the left on, and one more to each side, since colour that is
   * stored at half the width is interpolated between neighbours.
   * @param shrink as for {@link decode}; @param wanted of the image that this gives
   */
  columnsFor({ width, unitWidth }: JpegHeader, shrink: number, wanted: Columns): Columns {
    const all = Math.ceil(width / shrink);
    if (unitWidth === undefined) return { first: 0, count: all };
    const unit = Math.ceil(unitWidth / shrink);
    const first = Math.max(0, Math.floor(wanted.first / unit) - 1) * unit;
    return { first, count: Math.min(all, wanted.first + wanted.count + unit) - first };
  }

  /**
   * Decodes the image whose header was read, in libuv's thread pool or, `blocking`, in this thread.
   * @param shrink 1, 2, 4 or 8: decodes to ⌈width / shrink⌉ × ⌈height / shrink⌉
   * @param target receives uint8 [height, width, 3], or 4 for CMYK
   * @param columns of it, as {@link columnsFor} gives them; all unless given
   * @returns false where the decoder failed or warned
   * @throws RangeError for a target that is too small
   */
  async decode(
    bytes: Uint8Array,
    { width, height }: { width: number; height: number },
    shrink: number,
    target: Uint8Array,
    { pixels = 'rgb', blocking = false, columns }: JpegDecodeOptions = {},
  ): Promise<boolean> {
    const { format, channels } = PIXELS[pixels];
    const all = Math.ceil(width / shrink);
    const { first, count } = columns ?? { first: 0, count: all };
    const room = count * Math.ceil(height / shrink) * channels;
    if (target.length < room) throw new RangeError(`${room} bytes do not fit into ${target.length}`);
    this.#library.scale(this.#handle, { numerator: 1, denominator: shrink });
    // Of the scaled image; zeros stand for everything.
    this.#library.crop(this.#handle, { x: first, y: 0, w: count === all ? 0 : count, h: 0 });
    const call: Parameters<Decode> = [this.#handle, bytes, bytes.length, target, count * channels, format];
    const isSound = (blocking ? this.#library.decode(...call) : await this.#inPool(call)) === 0;
    if (!isSound) this.#renew();
    return isSound;
  }
}
