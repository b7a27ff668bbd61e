import { compileKernel } from '@alexnet/core';
import { IMAGE_SIDE } from '@alexnet/images';
import { SUMS_BINARY } from './sums-binary.ts';

interface Functions {
  add(rgb: number, length: number, pixels: number, sums: number): void;
}

const PIXELS = IMAGE_SIDE * IMAGE_SIDE;
export const VALUES = PIXELS * 3;

/** Where things are in the kernel's memory: sums in lanes, one image and the little that is read past it, the sums of pixels. */
const LANES_AT = 0;
const LANES = 8;
const KINDS = 4;
const RGB_AT = 1024;
const PIXELS_AT = RGB_AT + VALUES + 64;
const BYTES = PIXELS_AT + VALUES * 4;

const instantiate = compileKernel<Functions>(SUMS_BINARY);

/**
 * Exact integer sums over images, so that they come out the same in any order: of each value [256, 256, 3], of the
 * channels, and of the products of channels. For a shard of at most 65,536 images all fit in 2⁵³, and the sum of
 * one pixel in 2³².
 */
export class ImageSums {
  readonly pixels: Uint32Array;
  readonly channels = [0, 0, 0];
  /** rr, rg, rb, gg, gb, bb. */
  readonly products = [0, 0, 0, 0, 0, 0];
  readonly #functions: Functions;
  readonly #image: Uint8Array;
  readonly #lanes: Uint32Array;

  constructor() {
    const { functions, memory } = instantiate(BYTES);
    this.#functions = functions;
    this.#image = new Uint8Array(memory, RGB_AT, VALUES);
    this.#lanes = new Uint32Array(memory, LANES_AT, 3 * KINDS * LANES);
    this.pixels = new Uint32Array(memory, PIXELS_AT, VALUES);
  }

  /** @param rgb uint8 [256, 256, 3] @throws RangeError for another size */
  add(rgb: Uint8Array): void {
    if (rgb.length !== VALUES) throw new RangeError(`an image has ${VALUES} values, not ${rgb.length}`);
    this.#image.set(rgb);
    this.#functions.add(RGB_AT, VALUES, PIXELS_AT, LANES_AT);
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

  /** uint32 [256, 256, 3], little-endian. */
  pixelBytes(): Buffer {
    const bytes = Buffer.allocUnsafe(VALUES * 4);
    for (let i = 0; i < VALUES; i++) bytes.writeUInt32LE(this.pixels[i] as number, i * 4);
    return bytes;
  }
}
