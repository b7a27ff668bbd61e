/** Bytes of a perceptual hash. */
export const HASH_BYTES = 32;

/** How far apart the hashes of two near copies are at most: bits that differ, in the first 128 and in all 256. */
export const NEAR = { coarse: 36, most: 80 } as const;

/** Of the picture that the waves are measured in, in cells; less where the square has fewer pixels. */
const GRID = 32;
/** Waves that cross the square at most this many half times each way. */
const FREQUENCIES = 18;
const COSINE_SCALE = 1 << 12;
const LUMINANCE = { red: 77, green: 150, blue: 29, scale: 256 };

/**
 * A wave this weak may have the other sign in a copy. Grey levels.
 * @see STRONG_LEAST
 */
const WEAK = 0.2;
/** An image with fewer strong waves says too little of itself: others are like it without being copies. */
const STRONG_LEAST = 192;

type Wave = readonly [halfPeriodsDown: number, halfPeriodsAcross: number];

/** The waves of the hash, slow ones first. The mean is none of them. */
const WAVES = slowest(HASH_BYTES * 8);

/**
 * The signs of the 256 slowest waves (of the discrete cosine transform) in the luminance of a square: near copies have most
 * of them in common. Computed in whole numbers, so that the same pixels give the same hash on every machine.
 * @param rgb uint8 [side, side, 3], side 16 at least
 * @returns 32 bytes, a bit a wave; undefined for an image with too little structure, such as a plain colour or a drawing
 *   that is the same on the left and on the right
 */
export function perceptualHash(rgb: Uint8Array, side: number): Buffer | undefined {
  const grid = Math.min(GRID, side);
  const across = rowWaves(cellMeans(rgb, side, grid), grid);
  const cosines = cosinesOf(grid);
  const weak = (WEAK * LUMINANCE.scale * COSINE_SCALE ** 2 * grid ** 2) / 4;
  const hash = Buffer.alloc(HASH_BYTES);
  let strong = 0;
  for (let bit = 0; bit < WAVES.length; bit++) {
    const [down, right] = WAVES[bit] as Wave;
    let wave = 0;
    for (let y = 0; y < grid; y++)
      wave += (across[right * grid + y] as number) * (cosines[down * grid + y] as number);
    if (wave > 0) hash[bit >> 3] = (hash[bit >> 3] as number) | (1 << (bit & 7));
    if (Math.abs(wave) >= weak) strong++;
  }
  return strong < STRONG_LEAST ? undefined : hash;
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
  for (let row = 0; row < grid; row++) {
    const top = edges[row] as number;
    const bottom = edges[row + 1] as number;
    for (let column = 0; column < grid; column++) {
      const left = edges[column] as number;
      const right = edges[column + 1] as number;
      let [red, green, blue] = [0, 0, 0];
      for (let y = top; y < bottom; y++) {
        const end = (y * side + right) * 3;
        for (let at = (y * side + left) * 3; at < end; at += 3) {
          red += rgb[at] as number;
          green += rgb[at + 1] as number;
          blue += rgb[at + 2] as number;
        }
      }
      const luminance = red * LUMINANCE.red + green * LUMINANCE.green + blue * LUMINANCE.blue;
      means[row * grid + column] = Math.round(luminance / ((bottom - top) * (right - left)));
    }
  }
  return means;
}

/** How strong each wave is in each row: float64 [frequencies, grid]. */
function rowWaves(means: Float64Array, grid: number): Float64Array {
  const cosines = cosinesOf(grid);
  const waves = new Float64Array(FREQUENCIES * grid);
  for (let y = 0; y < grid; y++) {
    for (let frequency = 0; frequency < FREQUENCIES; frequency++) {
      let wave = 0;
      for (let x = 0; x < grid; x++)
        wave += (means[y * grid + x] as number) * (cosines[frequency * grid + x] as number);
      waves[frequency * grid + y] = wave;
    }
  }
  return waves;
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

function slowest(count: number): Wave[] {
  const waves = Array.from({ length: FREQUENCIES ** 2 }, (_, i): Wave => [
    Math.floor(i / FREQUENCIES),
    i % FREQUENCIES,
  ]);
  const speed = ([down, across]: Wave): number => down ** 2 + across ** 2;
  return waves
    .slice(1)
    .sort((a, b) => speed(a) - speed(b) || a[0] - b[0])
    .slice(0, count);
}
