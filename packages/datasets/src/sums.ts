import { compileKernel } from '@alexnet/core';
import { SUMS_BINARY } from './sums-binary.ts';

interface Functions {
  add(rgb: number, length: number, pixels: number, sums: number): void;
}

/** Values of a square RGB image. */
export const valuesOf = (side: number): number => side * side * 3;

/** Where things are in the kernel's memory: sums in lanes, one image and the little that is read past it, the sums of pixels. */
const LANES_AT = 0;
const LANES = 8;
const KINDS = 4;
const RGB_AT = 1024;
const READ_PAST = 64;
/** The kernel goes through an image by so many values. */
const PERIOD = 24;

const instantiate = compileKernel<Functions>(SUMS_BINARY);

/**
 * Exact integer sums over images, so that they come out the same in any order: of each value [side, side, 3], of the
 * channels, and of the products of channels. For a shard of at most 65,536 images of 512×512 all fit in 2⁵³, and the sum
 * of one pixel in 2³².
 */
export class ImageSums {
  readonly pixels: Uint32Array;
  readonly channels = [0, 0, 0];
  /** rr, rg, rb, gg, gb, bb. */
  readonly products = [0, 0, 0, 0, 0, 0];
  readonly #functions: Functions;
  readonly #image: Uint8Array;
  readonly #lanes: Uint32Array;

  /** @param side of the images, a multiple of 4 */
  constructor(side: number) {
    const values = valuesOf(side);
    if (values % PERIOD !== 0) throw new RangeError(`a side of ${side} is no multiple of 4`);
    const pixelsAt = RGB_AT + values + READ_PAST;
    const { functions, memory } = instantiate(pixelsAt + values * 4);
    this.#functions = functions;
    const { buffer } = memory;
    this.#image = new Uint8Array(buffer, RGB_AT, values);
    this.#lanes = new Uint32Array(buffer, LANES_AT, 3 * KINDS * LANES);
    this.pixels = new Uint32Array(buffer, pixelsAt, values);
  }

  /** @param rgb uint8 [side, side, 3] @throws RangeError for another size */
  add(rgb: Uint8Array): void {
    const { length } = this.#image;
    if (rgb.length !== length) throw new RangeError(`an image has ${length} values, not ${rgb.length}`);
    this.#image.set(rgb);
    this.#functions.add(RGB_AT, length, this.pixels.byteOffset, LANES_AT);
    for (let phase = 0; phase < 3; phase++) {
      for (let lane = 0; lane < LANES; lane++) {
        const at = phase * KINDS * LANES + lane;
        this.#addLane((phase * LANES + lane) % 3, (kind) => this.#lanes[at + kind * LANES] ?? NaN);
      }
    }
  }

  /** The kinds: values, squares, products with the next value, with the one after that. Past blue is another pixel. */
  #addLane(channel: number, kind: (kind: number) => number): void {
    const { channels, products } = this;
    const add = (sums: number[], at: number, sum: number): void => void (sums[at] = (sums[at] ?? NaN) + sum);
    add(channels, channel, kind(0));
    add(products, [0, 3, 5][channel] ?? NaN, kind(1));
    if (channel < 2) add(products, [1, 4][channel] ?? NaN, kind(2));
    if (channel === 0) add(products, 2, kind(3));
  }

  /** uint32 [side, side, 3], little-endian. */
  pixelBytes(): Buffer {
    const bytes = Buffer.allocUnsafe(this.pixels.byteLength);
    for (let i = 0; i < this.pixels.length; i++) bytes.writeUInt32LE(this.pixels[i] as number, i * 4);
    return bytes;
  }
}
