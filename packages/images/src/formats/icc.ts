/** Chromaticities x, y of the primaries and of white (CIE 1931). */
export interface Primaries {
  red: readonly [number, number];
  green: readonly [number, number];
  blue: readonly [number, number];
  white: readonly [number, number];
}

const D65 = [0.3127, 0.329] as const;
export const SRGB_PRIMARIES: Primaries = {
  ...{ red: [0.64, 0.33], green: [0.3, 0.6], blue: [0.15, 0.06], white: D65 },
};

/** How samples become light: the curve of sRGB, or a power of them. */
export type Transfer = 'srgb' | { power: number };

/** A colour description that is none of ICC's: as PNG and AVIF carry them. */
export interface Colour {
  primaries: Primaries;
  transfer: Transfer;
}

type Vector = readonly [number, number, number];
type Matrix = readonly [Vector, Vector, Vector];

const SAME_PRIMARY = 0.005;
const SAME_POWER = 0.02;
const SRGB_POWER = 2.2;

/** Whether a description means sRGB, within what writers round to. A power of 2.2 is how PNG's gAMA says sRGB (PNG §4.3). */
export function isSrgb({ primaries, transfer }: Colour): boolean {
  const isCurve = transfer === 'srgb' || Math.abs(transfer.power - SRGB_POWER) < SAME_POWER;
  return (
    isCurve &&
    (['red', 'green', 'blue', 'white'] as const).every((name) =>
      [0, 1].every(
        (axis) => Math.abs((primaries[name][axis] ?? 0) - (SRGB_PRIMARIES[name][axis] ?? 0)) < SAME_PRIMARY,
      ),
    )
  );
}

/** Whether the primaries span a triangle with white inside, so that there is a matrix for them. */
export function isColour({ primaries: { red, green, blue, white }, transfer }: Colour): boolean {
  const all = [red, green, blue, white].flat();
  if (!all.every((value) => Number.isFinite(value) && value >= -0.2 && value <= 1.2) || white[1] <= 0)
    return false;
  if (transfer !== 'srgb' && !(transfer.power > 0.1 && transfer.power < 10)) return false;
  try {
    return toXyz({ red, green, blue, white }).flat().every(Number.isFinite);
  } catch {
    return false;
  }
}

const multiply = (matrix: Matrix, [x, y, z]: Vector): Vector =>
  matrix.map(([a, b, c]) => a * x + b * y + c * z) as unknown as Vector;

const product = (a: Matrix, b: Matrix): Matrix => {
  const columns = transposed(b).map((column) => multiply(a, column)) as unknown as Matrix;
  return transposed(columns);
};

const transposed = (matrix: Matrix): Matrix =>
  [0, 1, 2].map((column) => matrix.map((row) => row[column] ?? 0)) as unknown as Matrix;

function inverse(matrix: Matrix): Matrix {
  const [[a, b, c], [d, e, f], [g, h, i]] = matrix;
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  if (Math.abs(determinant) < 1e-6) throw new RangeError('primaries on one line');
  return [
    [(e * i - f * h) / determinant, (c * h - b * i) / determinant, (b * f - c * e) / determinant],
    [(f * g - d * i) / determinant, (a * i - c * g) / determinant, (c * d - a * f) / determinant],
    [(d * h - e * g) / determinant, (b * g - a * h) / determinant, (a * e - b * d) / determinant],
  ];
}

const xyzOf = ([x, y]: readonly [number, number]): Vector => [x / y, 1, (1 - x - y) / y];
const D50: Vector = [0.9642, 1, 0.8249];
/** Cone responses of Bradford, in which ICC adapts white to D50 (ICC.1:2022 annex E). */
const BRADFORD: Matrix = [
  [0.8951, 0.2664, -0.1614],
  [-0.7502, 1.7135, 0.0367],
  [0.0389, -0.0685, 1.0296],
];

/** From linear RGB to XYZ of D50. */
function toXyz({ red, green, blue, white }: Primaries): Matrix {
  const columns = transposed([
    [red[0], red[1], 1 - red[0] - red[1]],
    [green[0], green[1], 1 - green[0] - green[1]],
    [blue[0], blue[1], 1 - blue[0] - blue[1]],
  ]);
  const source = xyzOf(white);
  const scale = multiply(inverse(columns), source);
  const matrix = columns.map((row) => row.map((value, i) => value * (scale[i] ?? 0))) as unknown as Matrix;
  const [from, to] = [multiply(BRADFORD, source), multiply(BRADFORD, D50)];
  const gains: Matrix = [
    [to[0] / from[0], 0, 0],
    [0, to[1] / from[1], 0],
    [0, 0, to[2] / from[2]],
  ];
  return product(product(inverse(BRADFORD), product(gains, BRADFORD)), matrix);
}

const CURVE_POINTS = 1024;

const light = (transfer: Transfer, value: number): number => {
  if (transfer !== 'srgb') return value ** transfer.power;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};

function curve(transfer: Transfer): Buffer {
  const tag = Buffer.alloc(12 + 2 * CURVE_POINTS);
  tag.write('curv', 0, 'latin1');
  tag.writeUInt32BE(CURVE_POINTS, 8);
  for (let i = 0; i < CURVE_POINTS; i++)
    tag.writeUInt16BE(Math.round(light(transfer, i / (CURVE_POINTS - 1)) * 65_535), 12 + 2 * i);
  return tag;
}

function xyz(vector: Vector): Buffer {
  const tag = Buffer.alloc(20);
  tag.write('XYZ ', 0, 'latin1');
  vector.forEach((value, i) => tag.writeInt32BE(Math.round(value * 65_536), 8 + 4 * i));
  return tag;
}

function text(type: 'desc' | 'text', value: string): Buffer {
  if (type === 'text') return Buffer.concat([Buffer.from('text\0\0\0\0'), Buffer.from(`${value}\0`)]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length + 1);
  return Buffer.concat([Buffer.from('desc\0\0\0\0'), length, Buffer.from(`${value}\0`), Buffer.alloc(78)]);
}

/**
 * An ICC profile (version 2, display) that means the same as a colour description.
 * @param model of the image that it is for: a grey one has a curve and no primaries
 */
export function iccProfile({ primaries, transfer }: Colour, model: 'rgb' | 'grey'): Buffer {
  const tags: [string, Buffer][] = [
    ['desc', text('desc', 'alexnet')],
    ['cprt', text('text', 'none')],
    ['wtpt', xyz(D50)],
  ];
  if (model === 'grey') tags.push(['kTRC', curve(transfer)]);
  else {
    const [red, green, blue] = transposed(toXyz(primaries));
    tags.push(['rXYZ', xyz(red)], ['gXYZ', xyz(green)], ['bXYZ', xyz(blue)]);
    for (const name of ['rTRC', 'gTRC', 'bTRC']) tags.push([name, curve(transfer)]);
  }
  const table = Buffer.alloc(4 + 12 * tags.length);
  table.writeUInt32BE(tags.length, 0);
  let at = 128 + table.length;
  const bodies = tags.map(([name, body], i) => {
    const padded = Buffer.concat([body, Buffer.alloc(-body.length & 3)]);
    table.write(name, 4 + 12 * i, 'latin1');
    table.writeUInt32BE(at, 8 + 12 * i);
    table.writeUInt32BE(body.length, 12 + 12 * i);
    at += padded.length;
    return padded;
  });
  const header = Buffer.alloc(128);
  header.writeUInt32BE(at, 0);
  header.writeUInt32BE(0x02400000, 8);
  header.write(`mntr${model === 'grey' ? 'GRAY' : 'RGB '}XYZ `, 12, 'latin1');
  header.write('acsp', 36, 'latin1');
  D50.forEach((value, i) => header.writeInt32BE(Math.round(value * 65_536), 68 + 4 * i));
  return Buffer.concat([header, table, ...bodies]);
}
