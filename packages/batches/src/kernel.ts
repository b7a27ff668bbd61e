import { compileKernel } from '@alexnet/core';
import { CHANNELS, type Sides } from './augmentation.ts';
import { KERNEL_BINARY } from './kernel-binary.ts';

/** The functions of kernel/kernel.as; their arguments are offsets in the kernel's memory. */
interface Functions {
  crop(source: number, stride: number, target: number, row: number): void;
  cropMirrored(source: number, stride: number, target: number, row: number): void;
  xxh128(input: number, length: number, target: number): void;
}

/** What lies below belongs to the kernel: the constants of its hash, and the digest that it writes. */
const FIRST_FREE = 4_096;
const DIGEST_AT = 0;
const DIGEST_BYTES = 16;
/** A crop may read, and never writes, up to this many bytes past its source. */
const READ_PAST = 16;
/** The hash of fewer bytes has other rules, which are not needed here. */
const LEAST_HASHED_BYTES = 241;

const instantiate = compileKernel<Functions>(KERNEL_BINARY);

/** By their memory. */
const kernels = new WeakMap<ArrayBufferLike, Kernel>();

/** A memory of its own, and the code that crops and hashes in it. */
export class Kernel {
  readonly bytes: number;
  /** The memory that is free for use, `bytes` long. */
  readonly memory: Buffer<ArrayBuffer>;
  readonly #digest: Buffer;
  readonly #functions: Functions;

  constructor(bytes: number) {
    this.bytes = bytes;
    const { functions, memory } = instantiate(FIRST_FREE + bytes + READ_PAST);
    this.#functions = functions;
    this.memory = Buffer.from(memory, FIRST_FREE, bytes);
    this.#digest = Buffer.from(memory, DIGEST_AT, DIGEST_BYTES);
    kernels.set(memory, this);
  }

  /**
   * Copies input×input pixels, mirrored left to right when asked.
   * @param source offset in `memory` of the first one, in rows of as many pixels as are stored
   * @param target offset in `memory` of uint8 [input, input, 3]
   */
  crop(source: number, target: number, { stored, input }: Sides, mirror: boolean): void {
    const [from, to] = [FIRST_FREE + source, FIRST_FREE + target];
    const [stride, row] = [stored * CHANNELS, input * CHANNELS];
    if (mirror) this.#functions.cropMirrored(from, stride, to, row);
    else this.#functions.crop(from, stride, to, row);
  }

  /** XXH3-128 of `length` bytes, at least {@link LEAST_HASHED_BYTES}, from `offset` on, as 32 hexadecimal digits. */
  xxh128(offset: number, length: number): string {
    if (length < LEAST_HASHED_BYTES || offset < 0 || offset + length > this.bytes) {
      throw new RangeError(`cannot hash ${length} bytes from ${offset} on, of ${this.bytes}`);
    }
    this.#functions.xxh128(FIRST_FREE + offset, length, DIGEST_AT);
    return this.#digest.toString('hex');
  }
}

let hasher = new Kernel(LEAST_HASHED_BYTES);

/** The kernel in whose memory these bytes lie. */
export const kernelOf = (bytes: Uint8Array): Kernel | undefined => kernels.get(bytes.buffer);

/** XXH3-128 of at least {@link LEAST_HASHED_BYTES} bytes, as 32 hexadecimal digits; where they lie if in a kernel. */
export function xxh128(bytes: Uint8Array): string {
  const kernel = kernelOf(bytes);
  if (kernel) return kernel.xxh128(bytes.byteOffset - kernel.memory.byteOffset, bytes.length);
  if (hasher.bytes < bytes.length) hasher = new Kernel(bytes.length);
  hasher.memory.set(bytes);
  return hasher.xxh128(0, bytes.length);
}
