import { Kernel, kernelOf } from './kernel.ts';

/**
 * Reusable memory for slices that come from Redis. The slices are hashed in place, so each buffer is the memory of a
 * {@link Kernel}.
 */
export class BufferPool {
  /** The smallest first. */
  readonly #free: Kernel[] = [];

  /** A buffer of `bytes` bytes with undefined content. */
  readonly allocate = (bytes: number): Buffer => {
    return (this.#takeFree(bytes) ?? new Kernel(bytes)).memory.subarray(0, bytes);
  };

  /** The smallest free kernel that is large enough. If there is none, drops the smallest, to make room for a new one. */
  #takeFree(bytes: number): Kernel | undefined {
    const fits = this.#free.findIndex((kernel) => kernel.bytes >= bytes);
    if (fits >= 0) return this.#free.splice(fits, 1)[0];
    this.#free.shift();
    return undefined;
  }

  /** Returns a buffer of {@link BufferPool.allocate} that is no longer in use. Other buffers are ignored. */
  release(bytes: Uint8Array): void {
    const kernel = kernelOf(bytes);
    if (kernel === undefined) return;
    const larger = this.#free.findIndex(({ bytes: size }) => size > kernel.bytes);
    this.#free.splice(larger < 0 ? this.#free.length : larger, 0, kernel);
  }
}
