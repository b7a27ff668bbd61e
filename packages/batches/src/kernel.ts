import { compileKernel, hashIn, xxh128 as hashCopy, XXH3_FIRST_FREE, type HashInMemory } from '@alexnet/core';
import { CHANNELS } from './augmentation.ts';
import type { Sides } from './augmentations/kind.ts';
import { CROP_BINARY } from './crop-binary.ts';

/** The functions of kernel/crop.as; their arguments are offsets in the kernel's memory. */
interface Functions {
  crop(source: number, stride: number, target: number, row: number): void;
  cropMirrored(source: number, stride: number, target: number, row: number): void;
}

/** A crop may read, and never writes, up to this many bytes past its source. */
const READ_PAST = 16;

const instantiate = compileKernel<Functions>(CROP_BINARY);

/** By their memory. */
const kernels = new WeakMap<ArrayBufferLike, Kernel>();

/** A memory of its own, and the code that crops and hashes in it. */
export class Kernel {
  readonly bytes: number;
  /** The memory that is free for use, `bytes` long. */
  readonly memory: Buffer<ArrayBuffer>;
  readonly #functions: Functions;
  readonly #hash: HashInMemory;

  constructor(bytes: number) {
    this.bytes = bytes;
    const { functions, memory } = instantiate(XXH3_FIRST_FREE + bytes + READ_PAST);
    this.#functions = functions;
    this.#hash = hashIn(memory);
    this.memory = Buffer.from(memory.buffer, XXH3_FIRST_FREE, bytes);
    kernels.set(memory.buffer, this);
  }

  /**
   * Copies input×input pixels, mirrored left to right when asked.
   * @param source offset in `memory` of the first one, in rows of as many pixels as are stored
   * @param target offset in `memory` of uint8 [input, input, 3]
   */
  crop(source: number, target: number, { stored, input }: Sides, mirror: boolean): void {
    const [from, to] = [XXH3_FIRST_FREE + source, XXH3_FIRST_FREE + target];
    const [stride, row] = [stored * CHANNELS, input * CHANNELS];
    if (mirror) this.#functions.cropMirrored(from, stride, to, row);
    else this.#functions.crop(from, stride, to, row);
  }

  /** XXH3-128 of `length` bytes, more than 240, from `offset` on, as 32 hexadecimal digits. @throws RangeError */
  xxh128(offset: number, length: number): string {
    if (offset < 0 || offset + length > this.bytes)
      throw new RangeError(`cannot hash ${length} bytes from ${offset} on, of ${this.bytes}`);
    return this.#hash(XXH3_FIRST_FREE + offset, length);
  }
}

/** The kernel in whose memory these bytes lie. */
export const kernelOf = (bytes: Uint8Array): Kernel | undefined => kernels.get(bytes.buffer);

/** XXH3-128 of more than 240 bytes, as 32 hexadecimal digits; where they lie if in a kernel. */
export function xxh128(bytes: Uint8Array): string {
  const kernel = kernelOf(bytes);
  return kernel === undefined
    ? hashCopy(bytes)
    : kernel.xxh128(bytes.byteOffset - kernel.memory.byteOffset, bytes.length);
}
