import { Kernel, kernelOf } from './kernel.ts';

/**
 * Where slices land when they come from Redis: memory in which they are hashed where they lie, and which is used
 * again once it is given back.
 */
export class Landing {
  /** The smallest first. */
  readonly #free: Kernel[] = [];

  readonly allocate = (bytes: number): Buffer => {
    return (this.#take(bytes) ?? new Kernel(bytes)).memory.subarray(0, bytes);
  };

  /** The smallest memory that has room. Where none has, the smallest of all makes room for a new one. */
  #take(bytes: number): Kernel | undefined {
    const fits = this.#free.findIndex((kernel) => kernel.bytes >= bytes);
    if (fits >= 0) return this.#free.splice(fits, 1)[0];
    this.#free.shift();
    return undefined;
  }

  /** Bytes that {@link Landing.allocate} returned and that nobody looks at any more. Others are no matter. */
  giveBack(bytes: Uint8Array): void {
    const kernel = kernelOf(bytes);
    if (kernel === undefined) return;
    const larger = this.#free.findIndex(({ bytes: size }) => size > kernel.bytes);
    this.#free.splice(larger < 0 ? this.#free.length : larger, 0, kernel);
  }
}
