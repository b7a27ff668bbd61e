import { Kernel, kernelOf } from './kernel.ts';

/**
 * Where slices land when they come from Redis: memory in which they are hashed where they lie, and which is used
 * again once it is given back.
 */
export class Landing {
  readonly #free: Kernel[] = [];

  readonly allocate = (bytes: number): Buffer => {
    const kernel = this.#free.pop();
    // Slices are of one size, but for the last of a batch.
    return (kernel && kernel.bytes >= bytes ? kernel : new Kernel(bytes)).memory.subarray(0, bytes);
  };

  /** Bytes that {@link Landing.allocate} returned and that nobody looks at any more. Others are no matter. */
  giveBack(bytes: Uint8Array): void {
    const kernel = kernelOf(bytes);
    if (kernel) this.#free.push(kernel);
  }
}
