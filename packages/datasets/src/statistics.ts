import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import type { Manifest } from './manifest-schema.ts';
import type { ShardResult } from './shard-format.ts';
import { valuesOf } from './sums.ts';

type Triple<T = number> = [T, T, T];

/** Adds up the exact sums of shards, in any order, and derives the statistics. */
export class StatisticsReducer {
  /** Exact up to 2⁵³, that is for 35 million million images. */
  readonly #pixels: Float64Array;
  readonly #pixelsEach: bigint;
  readonly #channels = [0n, 0n, 0n];
  readonly #products = [0n, 0n, 0n, 0n, 0n, 0n];
  count = 0;

  /** @param side of the images */
  constructor(side: number) {
    this.#pixels = new Float64Array(valuesOf(side));
    this.#pixelsEach = BigInt(side * side);
  }

  /** @param pixels uint32 [side, side, 3], little-endian */
  add(count: number, sums: NonNullable<ShardResult['sums']>, pixels: Buffer): void {
    this.count += count;
    for (let i = 0; i < this.#pixels.length; i++)
      this.#pixels[i] = (this.#pixels[i] as number) + pixels.readUInt32LE(i * 4);
    addTo(this.#channels, sums.channels);
    addTo(this.#products, sums.products);
  }

  /** float32 [side, side, 3]. */
  meanImage(): Float32Array {
    return Float32Array.from(this.#pixels, (sum) => sum / this.count);
  }

  statistics(): Omit<Manifest['statistics'], 'meanImage'> {
    const n = BigInt(this.count) * this.#pixelsEach;
    const covariance = this.#covariance(n);
    return {
      count: this.count,
      mean: triple((i) => ratio(this.#channels[i] ?? 0n, n)),
      covariance,
      ...eigen(covariance),
    };
  }

  /** (n·Σxy - Σx·Σy) / n², in integers up to the division, so nothing is lost between nearly equal numbers. */
  #covariance(n: bigint): Triple<Triple> {
    const [r = 0n, g = 0n, b = 0n] = this.#channels;
    const [rr = 0n, rg = 0n, rb = 0n, gg = 0n, gb = 0n, bb = 0n] = this.#products;
    const of = (product: bigint, x: bigint, y: bigint): number => ratio(n * product - x * y, n * n);
    const [vrg, vrb, vgb] = [of(rg, r, g), of(rb, r, b), of(gb, g, b)];
    return [
      [of(rr, r, r), vrg, vrb],
      [vrg, of(gg, g, g), vgb],
      [vrb, vgb, of(bb, b, b)],
    ];
  }
}

function addTo(totals: bigint[], sums: readonly number[]): void {
  for (const [i, sum] of sums.entries()) totals[i] = (totals[i] ?? 0n) + BigInt(sum);
}

/** Eigenvalues in descending order with their unit vectors. The sign of a vector is free: its largest component is made positive. */
function eigen(covariance: Triple<Triple>): { eigenvalues: Triple; eigenvectors: Triple<Triple> } {
  const decomposition = new EigenvalueDecomposition(new Matrix(covariance), { assumeSymmetric: true });
  const order = [0, 1, 2].sort((a, b) => value(b) - value(a));
  function value(i: number): number {
    return decomposition.realEigenvalues[i] ?? NaN;
  }
  return {
    eigenvalues: triple((i) => value(order[i] ?? 0)),
    eigenvectors: triple((i) => {
      const vector = decomposition.eigenvectorMatrix.getColumn(order[i] ?? 0);
      const largest = vector.reduce(
        (best, component) => (Math.abs(component) > Math.abs(best) ? component : best),
        0,
      );
      // Adding 0 turns -0 into 0, which JSON would do too.
      return triple((j) => Math.sign(largest) * (vector[j] ?? NaN) + 0);
    }),
  };
}

function triple<T>(value: (i: number) => T): Triple<T> {
  return [value(0), value(1), value(2)];
}

/** The quotient of two big integers as the double next to it, within some 2⁻⁵². */
function ratio(numerator: bigint, denominator: bigint): number {
  const scale = 2n ** 80n;
  return Number((numerator * scale) / denominator) / 2 ** 80;
}
