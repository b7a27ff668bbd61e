import { ImageUnreadableError } from '../unreadable.ts';
import { SRGB_PRIMARIES, type Colour, type Primaries, type Transfer } from './icc.ts';

const D65 = SRGB_PRIMARIES.white;
const C = [0.31, 0.316] as const;

/** ITU-T H.273 table 2. */
const PRIMARIES = new Map<number, Primaries>([
  [1, SRGB_PRIMARIES],
  // Unspecified.
  [2, SRGB_PRIMARIES],
  [4, { red: [0.67, 0.33], green: [0.21, 0.71], blue: [0.14, 0.08], white: C }],
  [5, { red: [0.64, 0.33], green: [0.29, 0.6], blue: [0.15, 0.06], white: D65 }],
  [6, { red: [0.63, 0.34], green: [0.31, 0.595], blue: [0.155, 0.07], white: D65 }],
  [7, { red: [0.63, 0.34], green: [0.31, 0.595], blue: [0.155, 0.07], white: D65 }],
  [8, { red: [0.681, 0.319], green: [0.243, 0.692], blue: [0.145, 0.049], white: C }],
  [9, { red: [0.708, 0.292], green: [0.17, 0.797], blue: [0.131, 0.046], white: D65 }],
  [11, { red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06], white: [0.314, 0.351] }],
  [12, { red: [0.68, 0.32], green: [0.265, 0.69], blue: [0.15, 0.06], white: D65 }],
  [22, { red: [0.63, 0.34], green: [0.295, 0.605], blue: [0.155, 0.077], white: D65 }],
]);

/**
 * ITU-T H.273 table 3. The curves of cameras (BT.709 and its like) are shown as sRGB, as browsers do: their screens have
 * that curve.
 */
const TRANSFERS = new Map<number, Transfer>([
  [1, 'srgb'],
  [2, 'srgb'],
  [4, { power: 2.2 }],
  [5, { power: 2.8 }],
  [6, 'srgb'],
  [7, 'srgb'],
  [8, { power: 1 }],
  [13, 'srgb'],
  [14, 'srgb'],
  [15, 'srgb'],
]);
const HIGH_DYNAMIC_RANGE = new Map([
  [16, 'PQ'],
  [18, 'HLG'],
]);

/**
 * The colour that code points describe: `cICP` of a PNG, `nclx` of an AVIF.
 * @throws ImageUnreadableError `colour-space` for high dynamic range, which has no one rendering in 8-bit sRGB, and for
 *   codes that are not known
 */
export function colourOfCodes(primaries: number, transfer: number): Colour {
  const curve = TRANSFERS.get(transfer);
  const points = PRIMARIES.get(primaries);
  if (curve !== undefined && points !== undefined) return { primaries: points, transfer: curve };
  const range = HIGH_DYNAMIC_RANGE.get(transfer);
  throw new ImageUnreadableError('colour-space', {
    expected: 'colours of standard dynamic range, by code points of H.273',
    actual: range ? `${range}, of high dynamic range` : `primaries ${primaries} and transfer ${transfer}`,
    remedy: 'Convert the image to sRGB, or remove it.',
  });
}
