import { compileKernel } from '@alexnet/core';
import { ROWS_BINARY } from './rows-binary.ts';

/** Bytes of a perceptual hash. */
export const HASH_BYTES = 32;

/** How far apart the hashes of two near copies are at most: bits that differ, in the first 128 and in all 256. */
export const NEAR = { coarse: 36, most: 80 } as const;

/** Cells across the square, whose mean luminance is transformed; fewer where the square has fewer pixels. */
const GRID = 32;
/** Those of the cosines that are used, each way, from 0 on. */
const FREQUENCIES = 18;
const COSINE_SCALE = 1 << 12;
const LUMINANCE = { red: 77, green: 150, blue: 29, scale: 256 };

/** A coefficient smaller than this, in grey levels, may have the other sign in a copy. */
const SMALL = 0.2;
/** An image with fewer larger coefficients has too little structure: others are like it without being copies. */
const LARGE_LEAST = 192;

type Frequency = readonly [down: number, across: number];

/** Those of the hash, low ones first. The mean is none of them. */
const LOWEST = lowest(HASH_BYTES * 8);

/**
 * The signs of the 256 coefficients of lowest frequency in the discrete cosine transform of a square's luminance: near
 * copies have most of them in common. Computed in whole numbers, so that the same pixels give the same hash on every machine.
 * @param rgb uint8 [side, side, 3], side 16 at least
 * @returns 32 bytes, a bit a coefficient; undefined for an image with too little structure, such as a plain colour or a drawing
 *   that is the same on the left and on the right
 */
export function perceptualHash(rgb: Uint8Array, side: number): Buffer | undefined {
  const grid = Math.min(GRID, side);
  const across = transformRows(cellMeans(rgb, side, grid), grid);
  const cosines = cosinesOf(grid);
  const small = (SMALL * LUMINANCE.scale * COSINE_SCALE ** 2 * grid ** 2) / 4;
  const hash = Buffer.alloc(HASH_BYTES);
  let large = 0;
  for (let bit = 0; bit < LOWEST.length; bit++) {
    const [down, right] = LOWEST[bit] as Frequency;
    const sum = product(across, right * grid, cosines, down * grid, grid);
    if (sum > 0) hash[bit >> 3] = (hash[bit >> 3] as number) | (1 << (bit & 7));
    if (Math.abs(sum) >= small) large++;
  }
  return large < LARGE_LEAST ? undefined : hash;
}

/** The bits in which two hashes differ, where they are those of near copies; else undefined. */
export function nearDistance(a: Uint8Array, b: Uint8Array): number | undefined {
  const coarse = differing(a, b, 0, HASH_BYTES / 2);
  const distance = coarse + differing(a, b, HASH_BYTES / 2, HASH_BYTES);
  return coarse <= NEAR.coarse && distance <= NEAR.most ? distance : undefined;
}

function differing(a: Uint8Array, b: Uint8Array, from: number, to: number): number {
  let bits = 0;
  for (let i = from; i < to; i++)
    for (let rest = (a[i] as number) ^ (b[i] as number); rest !== 0; rest &= rest - 1) bits++;
  return bits;
}

/** Mean luminance of the cells, float64 [grid, grid], whole numbers on the scale 0–65,280. */
function cellMeans(rgb: Uint8Array, side: number, grid: number): Float64Array {
  const edges = Int32Array.from({ length: grid + 1 }, (_, cell) => Math.ceil((cell * side) / grid));
  const means = new Float64Array(grid * grid);
  const rows = rowAdder(rgb, side);
  for (let row = 0; row < grid; row++) {
    const top = edges[row] as number;
    const bottom = edges[row + 1] as number;
    const sums = rows.add(top * side * 3, bottom - top, side * 3);
    for (let column = 0; column < grid; column++) {
      const left = edges[column] as number;
      const right = edges[column + 1] as number;
      let [red, green, blue] = [0, 0, 0];
      for (let at = left * 3; at < right * 3; at += 3) {
        red += sums[at] as number;
        green += sums[at + 1] as number;
        blue += sums[at + 2] as number;
      }
      const luminance = red * LUMINANCE.red + green * LUMINANCE.green + blue * LUMINANCE.blue;
      means[row * grid + column] = Math.round(luminance / ((bottom - top) * (right - left)));
    }
  }
  return means;
}

interface RowFunctions {
  addRows(source: number, rows: number, width: number, sums: number): void;
}

const instantiate = compileKernel<RowFunctions>(ROWS_BINARY);
/** What the kernel reads and writes beyond what it is given. */
const PAST = 32;

let kernel: ReturnType<typeof instantiate> | undefined;

/** Sums of rows of an image, which is used until the next one. */
function rowAdder(
  image: Uint8Array,
  side: number,
): { add: (first: number, rows: number, width: number) => Uint16Array } {
  const sumsAt = (image.length + PAST + 1) & ~1;
  const bytes = sumsAt + 2 * side * 3 + PAST;
  if (kernel === undefined || kernel.memory.buffer.byteLength < bytes) kernel = instantiate(bytes);
  const { functions, memory } = kernel;
  new Uint8Array(memory.buffer).set(image);
  const sums = new Uint16Array(memory.buffer, sumsAt);
  return {
    add(first, rows, width) {
      functions.addRows(first, rows, width, sumsAt);
      return sums;
    },
  };
}

/** The transform of each row: float64 [frequencies, grid]. */
function transformRows(means: Float64Array, grid: number): Float64Array {
  const cosines = cosinesOf(grid);
  const rows = new Float64Array(FREQUENCIES * grid);
  for (let y = 0; y < grid; y++) {
    for (let frequency = 0; frequency < FREQUENCIES; frequency++) {
      rows[frequency * grid + y] = product(means, y * grid, cosines, frequency * grid, grid);
    }
  }
  return rows;
}

/** Of `length` numbers from a place in each on. */
function product(a: Float64Array, fromA: number, b: Float64Array, fromB: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += (a[fromA + i] as number) * (b[fromB + i] as number);
  return sum;
}

const cosines = new Map<number, Float64Array>();

/** [frequencies, grid], scaled to whole numbers. */
function cosinesOf(grid: number): Float64Array {
  let table = cosines.get(grid);
  if (table === undefined) {
    table = Float64Array.from({ length: FREQUENCIES * grid }, (_, i) => {
      const frequency = Math.floor(i / grid);
      return Math.round(COSINE_SCALE * Math.cos((Math.PI * frequency * ((i % grid) + 0.5)) / grid));
    });
    cosines.set(grid, table);
  }
  return table;
}

function lowest(count: number): Frequency[] {
  const all = Array.from({ length: FREQUENCIES ** 2 }, (_, i): Frequency => [
    Math.floor(i / FREQUENCIES),
    i % FREQUENCIES,
  ]);
  const height = ([down, across]: Frequency): number => down ** 2 + across ** 2;
  return all
    .slice(1)
    .sort((a, b) => height(a) - height(b) || a[0] - b[0])
    .slice(0, count);
}
