import { compileKernel } from '@alexnet/core';
import { lanczosFilter } from './filter.ts';
import type { Filter } from './filter.ts';
import { RESAMPLE_BINARY } from './resample-binary.ts';
import type { Columns } from './turbojpeg.ts';

/** The functions of kernel/resample.as; what is a place is an offset in the memory. */
interface Functions {
  reduceRows(
    source: number,
    stride: number,
    values: number,
    starts: number,
    weights: number,
    taps: number,
    target: number,
    targetStride: number,
    count: number,
  ): void;
  reduceColumns(
    source: number,
    stride: number,
    starts: number,
    weights: number,
    taps: number,
    target: number,
    count: number,
  ): void;
}

/** The functions read and write up to this many bytes past what is theirs. */
const PAST = 32;

const instantiate = compileKernel<Functions>(RESAMPLE_BINARY);

export interface Size {
  width: number;
  height: number;
}

/** Scales RGB images to squares, one at a time, in a memory of its own that only grows. */
export class Resampler {
  #memory: ArrayBuffer = new ArrayBuffer(0);
  #functions: Functions | undefined;
  #used = 0;
  #columns: Columns = { first: 0, count: 0 };

  /**
   * Where the next image is to be written: uint8 [⌈height⌉, columns, 3]. What was in it is lost.
   * @param extent of the image; where the last row or column is there in part, not a whole number
   * @param columns those of it that are written, at least {@link columnsOf} it
   * @param side of the square that it will be scaled to, at most the shorter side of the image
   */
  place(extent: Size, columns: Columns, side: number): Buffer {
    const [width, height] = [Math.ceil(extent.width), Math.ceil(extent.height)];
    this.#columns = columns;
    if (side > Math.min(extent.width, extent.height)) {
      throw new RangeError(`${width}×${height} is smaller than ${side}`);
    }
    const longest = Math.max(width, height);
    // The filters, the columns reduced, the square.
    const filters = 2 * (side * 4 + side * 2 * (6 * Math.ceil(longest / side) + 4) + PAST);
    const work = wholeRows(side) * (longest * 6 + 2 * PAST + side * 3) + 2 * PAST;
    const image = columns.count * height * 3;
    const bytes = image + filters + work + PAST;
    if (this.#memory.byteLength < bytes) {
      const { functions, memory } = instantiate(bytes);
      this.#memory = memory.buffer;
      this.#functions = functions;
    }
    return Buffer.from(this.#memory, 0, image);
  }

  /**
   * The image that was written to its place, scaled so that its shorter side is `side`, and of that the middle.
   * @param into receives uint8 [side, side, 3]
   * @returns it
   */
  square(extent: Size, side: number, into: Uint8Array = Buffer.allocUnsafe(side * side * 3)): Uint8Array {
    if (this.#functions === undefined) throw new Error('no image has a place');
    const shorter = Math.min(extent.width, extent.height);
    const rows = middle(extent.height, shorter, side);
    const columns = middle(extent.width, shorter, side);
    const { first: left, count: used } = columnsOf(extent, side);
    const width = this.#columns.count;
    this.#used = width * Math.ceil(extent.height) * 3 + PAST;
    const rowStarts = this.#write(rows.starts);
    const rowWeights = this.#write(rows.weights);
    const columnStarts = this.#write(columns.starts.map((start) => start - left));
    const columnWeights = this.#write(columns.weights);
    const stride = align(used * 6) + PAST;
    const reduced = this.#take(wholeRows(side) * stride);
    const square = this.#take(wholeRows(side) * side * 3 + PAST);
    this.#functions.reduceRows(
      ...([(left - this.#columns.first) * 3, width * 3, used * 3] as const),
      ...([rowStarts, rowWeights, rows.taps] as const),
      ...([reduced, stride, side] as const),
    );
    this.#functions.reduceColumns(reduced, stride, columnStarts, columnWeights, columns.taps, square, side);
    into.set(new Uint8Array(this.#memory, square, side * side * 3));
    return into;
  }

  #write(values: Int16Array | Int32Array): number {
    const at = this.#take(values.byteLength);
    Buffer.from(this.#memory, at).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return at;
  }

  #take(bytes: number): number {
    const at = align(this.#used);
    this.#used = at + bytes;
    if (this.#used > this.#memory.byteLength) throw new RangeError('the memory is too small');
    return at;
  }
}

/** The columns of an image that its square is made of. */
export function columnsOf(extent: Size, side: number): Columns {
  const { starts, taps } = middle(extent.width, Math.min(extent.width, extent.height), side);
  const first = starts[0] ?? 0;
  return { first, count: (starts.at(-1) ?? 0) + taps - first };
}

/** Rows are made four at a time. */
function wholeRows(side: number): number {
  return (side + 3) & ~3;
}

function align(bytes: number): number {
  return (bytes + 15) & ~15;
}

/** How one side is scaled by side/shorter, of which the middle is kept: as sharp's fit "cover" rounds. */
function middle(extent: number, shorter: number, side: number): Filter {
  const scaled = Math.round((extent * side) / shorter);
  return lanczosFilter(extent, scaled, (scaled - side + 1) >> 1, side);
}
