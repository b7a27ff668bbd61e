import { compileKernel } from './kernel.ts';
import { NORMALS_BINARY } from './normals-binary.ts';
import { PURPOSES, type Purpose } from './random.ts';

/** The function of kernel/normals.as; `target` is an offset in the kernel's memory. */
interface Functions {
  normals(
    target: number,
    groups: number,
    stddev: number,
    seed: number,
    purpose: number,
    a: number,
    b: number,
    first: number,
  ): void;
}

/** Values that the kernel makes at once, from four blocks of four. */
const GROUP = 16;
const BLOCKS_OF_GROUP = 4;
/** Small enough to stay in a core's second-level cache. */
const CHUNK_VALUES = 32_768;

const instantiate = compileKernel<Functions>(NORMALS_BINARY);
let kernel: ReturnType<typeof instantiate> | undefined;

/** Of a random stream, as `RandomStream` takes it: unsigned 32-bit integers. */
export interface StreamKey {
  seed: number;
  purpose: Purpose;
  a?: number;
  b?: number;
}

/**
 * Fills an array with N(0, stddev²): the numbers that a new `RandomStream` of this key gives by `normal()`, times `stddev`,
 * rounded to float32, about ten times as fast.
 */
export function fillNormals(
  values: Float32Array,
  stddev: number,
  { seed, purpose, a = 0, b = 0 }: StreamKey,
): void {
  kernel ??= instantiate(CHUNK_VALUES * Float32Array.BYTES_PER_ELEMENT);
  const { functions, memory } = kernel;
  for (let start = 0; start < values.length; start += CHUNK_VALUES) {
    const count = Math.min(CHUNK_VALUES, values.length - start);
    const groups = Math.ceil(count / GROUP);
    const firstBlock = (start / GROUP) * BLOCKS_OF_GROUP;
    functions.normals(0, groups, stddev, seed, PURPOSES[purpose], a, b, firstBlock);
    values.set(new Float32Array(memory.buffer, 0, count), start);
  }
}
