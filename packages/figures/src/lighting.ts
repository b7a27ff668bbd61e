import { encodeJpeg, lightingOffset, type LightingMode, type PrincipalComponents } from '@alexnet/images';
import { drawing, FAINT, frame, picture, text } from './svg.ts';

export interface LightingOptions {
  /** uint8 [side, side, 3]. */
  pixels: Uint8Array;
  components: PrincipalComponents;
  mode: LightingMode;
  /** Of the draws, 0.1 in the paper. */
  stddev: number;
  /** What was drawn for this image: three numbers for each time, at most seven times. */
  draws: readonly { label: string; alphas: readonly number[] }[];
}

const DEVIATIONS = [-3, -2, -1, 0, 1, 2, 3];
const SIDE = 108;
const GAP = 8;
const MARGIN = 16;
const HEAD = 70;
const NAMES = 150;
const CAPTION = 18;

/**
 * What the PCA lighting (paper §4.1) does to one image: a row for each component, from three standard deviations of the
 * draw below to three above, and a row of what was drawn. Values that leave 0 … 255 are cut off here, though not for the net.
 */
export async function lightingFigure(title: string, options: LightingOptions): Promise<string> {
  const { components, mode, stddev, draws } = options;
  const along = (component: number): number[][] =>
    DEVIATIONS.map((deviation) => [0, 1, 2].map((i) => (i === component ? deviation * stddev : 0)));
  const heads = DEVIATIONS.map((deviation, column) =>
    text(deviation === 0 ? 'as it is' : `${signed(deviation)} σ`, {
      x: columnX(column) + SIDE / 2,
      y: HEAD - 8,
      size: 11,
      anchor: 'middle',
    }),
  );
  const rows = await Promise.all([
    ...[0, 1, 2].map((component) => row(options, component, along(component))),
    row(
      options,
      3,
      draws.map(({ alphas }) => alphas),
    ),
  ]);
  const names = [0, 1, 2].flatMap((component) => componentName(components, component, mode));
  const captions = draws.map(({ label }, column) =>
    text(label, {
      x: columnX(column) + SIDE / 2,
      y: rowY(3) + SIDE + 14,
      size: 11,
      anchor: 'middle',
      fill: FAINT,
    }),
  );
  return drawing(columnX(DEVIATIONS.length) - GAP + MARGIN, rowY(3) + SIDE + CAPTION + MARGIN, [
    text(title, { x: MARGIN, y: 20, size: 14, bold: true }),
    text(`α of one component at a time, in standard deviations σ = ${stddev}; below, all three as drawn`, {
      x: MARGIN,
      y: 36,
      size: 11,
      fill: FAINT,
    }),
    ...heads,
    ...names,
    text('as drawn', { x: MARGIN, y: rowY(3) + SIDE / 2, bold: true }),
    ...captions,
    ...rows.flat(),
  ]);
}

const columnX = (column: number): number => MARGIN + NAMES + column * (SIDE + GAP);
/** The row of draws stands apart. */
const rowY = (index: number): number => HEAD + index * (SIDE + GAP) + (index === 3 ? 2 * GAP : 0);

function row(
  { pixels, components, mode }: LightingOptions,
  index: number,
  alphas: readonly (readonly number[])[],
): Promise<string[]> {
  return Promise.all(
    alphas.map(async (values, column) => {
      const lit = lighten(pixels, lightingOffset(components, values, mode));
      const box = { x: columnX(column), y: rowY(index), width: SIDE, height: SIDE };
      return picture(box, 'jpeg', await encodeJpeg(lit, Math.sqrt(pixels.length / 3))) + frame(box);
    }),
  );
}

/** The image with [r, g, b] added to each pixel, rounded, within 0 … 255. */
function lighten(pixels: Uint8Array, offset: readonly [number, number, number]): Uint8Array {
  // Clamped arrays round and stay within their range.
  return new Uint8Array(
    Uint8ClampedArray.from(pixels, (value, i) => value + (offset[i % 3] as number)).buffer,
  );
}

function componentName(components: PrincipalComponents, index: number, mode: LightingMode): string[] {
  const y = rowY(index) + SIDE / 2;
  const variance = Math.max(0, components.eigenvalues[index] ?? 0);
  const shift =
    mode === 'eigenvalue' ? `λ = ${variance.toFixed(1)}` : `√λ = ${Math.sqrt(variance).toFixed(1)}`;
  const vector = (components.eigenvectors[index] ?? []).map((value) => signed(value, 2));
  return [
    text(`component ${index + 1}`, { x: MARGIN, y: y - 10, bold: true }),
    text(shift, { x: MARGIN, y: y + 6, size: 11 }),
    text(`(${vector.join(', ')})`, { x: MARGIN, y: y + 21, size: 10, fill: FAINT }),
  ];
}

/** With a sign that is as wide as a digit. */
function signed(value: number, digits = 0): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`;
}
