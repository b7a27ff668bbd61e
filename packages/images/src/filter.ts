import { LRUCache } from 'lru-cache';

/** Weights are whole numbers that sum to this. */
const WEIGHT_SUM = 1 << 14;
/** Half the width of the kernel, in output pixels. */
const LOBES = 3;

/** How one side of an image is scaled down: each output pixel is a weighted sum of `taps` input pixels in a row. */
export interface Filter {
  /** An even number. */
  taps: number;
  /** The first input pixel of each output pixel. */
  starts: Int32Array;
  /** [outputs, taps] */
  weights: Int16Array;
}

const filters = new LRUCache<string, Filter>({ max: 256 });

/**
 * Lanczos with three lobes, widened by the scale so that it does not alias, as libvips' resize has it; beyond the
 * edges the outermost pixel goes on.
 * @param extent of the side, in pixels; where the last one is there in part, not a whole number
 * @param scaled what it becomes; at most `extent`
 * @param first @param count which of the scaled pixels are wanted
 */
export function lanczosFilter(extent: number, scaled: number, first: number, count: number): Filter {
  const key = `${extent} ${scaled} ${first} ${count}`;
  let filter = filters.get(key);
  if (filter === undefined) {
    filter = makeFilter(extent, scaled, first, count);
    filters.set(key, filter);
  }
  return filter;
}

function makeFilter(extent: number, scaled: number, first: number, count: number): Filter {
  const length = Math.ceil(extent);
  const scale = extent / scaled;
  const support = LOBES * scale;
  const taps = 2 * Math.ceil((Math.floor(2 * support) + 1) / 2);
  const starts = new Int32Array(count);
  const weights = new Int16Array(count * taps);
  for (let i = 0; i < count; i++) {
    const centre = (first + i + 0.5) * scale;
    const from = Math.ceil(centre - support - 0.5);
    const start = Math.max(0, Math.min(from, length - taps));
    const exact = new Float64Array(taps);
    for (let input = from; input < from + taps; input++) {
      const inside = Math.max(0, Math.min(input, length - 1)) - start;
      exact[inside] = (exact[inside] ?? 0) + lanczos((input + 0.5 - centre) / scale);
    }
    starts[i] = start;
    weights.set(wholeWeights(exact), i * taps);
  }
  return { taps, starts, weights };
}

function lanczos(x: number): number {
  if (x === 0) return 1;
  if (Math.abs(x) >= LOBES) return 0;
  const angle = Math.PI * x;
  return (LOBES * Math.sin(angle) * Math.sin(angle / LOBES)) / (angle * angle);
}

/** What rounding leaves goes to the largest weight, so that a plain colour stays as it is. */
function wholeWeights(exact: Float64Array): Int16Array {
  const sum = exact.reduce((total, weight) => total + weight, 0);
  const whole = Int16Array.from(exact, (weight) => Math.round((weight / sum) * WEIGHT_SUM));
  const left = WEIGHT_SUM - whole.reduce((total, weight) => total + weight, 0);
  const largest = whole.indexOf(Math.max(...whole));
  whole[largest] = (whole[largest] ?? 0) + left;
  return whole;
}
