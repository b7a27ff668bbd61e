const CHANNELS = 3;

/** A square of an image that is square itself. */
export interface Crop {
  /** Of the image. */
  side: number;
  /** Of the crop. */
  size: number;
  /** First row and column, 0 … side - size. */
  top: number;
  left: number;
  /** Whether it is reflected left to right. */
  mirror: boolean;
}

/** Where the crop in the middle begins: row and column ⌊(side - size) / 2⌋. */
export const centreOf = (side: number, size: number): number => Math.floor((side - size) / 2);

/**
 * Copies a square out of an image, mirrored left to right when asked.
 * @param source uint8 [side, side, 3]
 * @param target receives uint8 [size, size, 3] from `targetOffset` on
 * @throws RangeError for a square outside the source or the target
 */
export function cropInto(source: Uint8Array, crop: Crop, target: Uint8Array, targetOffset: number): void {
  checkCrop(source, crop, target, targetOffset);
  const { side, size, top, left, mirror } = crop;
  const stride = side * CHANNELS;
  const row = size * CHANNELS;
  const first = top * stride + left * CHANNELS;
  for (let y = 0; y < size; y++) {
    const from = first + y * stride;
    const to = targetOffset + y * row;
    if (mirror) mirrorRow(source, from, target, to, row);
    else target.set(source.subarray(from, from + row), to);
  }
}

/** `row` is a length in bytes, a multiple of 3. */
function mirrorRow(source: Uint8Array, from: number, target: Uint8Array, to: number, row: number): void {
  const end = to + row;
  for (let pixel = from + row - 3; to < end; to += 3, pixel -= 3) {
    target[to] = source[pixel] as number;
    target[to + 1] = source[pixel + 1] as number;
    target[to + 2] = source[pixel + 2] as number;
  }
}

function checkCrop(
  source: Uint8Array,
  { side, size, top, left }: Crop,
  target: Uint8Array,
  targetOffset: number,
): void {
  const inside = (at: number): boolean => Number.isInteger(at) && at >= 0 && at + size <= side;
  if (!inside(top) || !inside(left)) {
    throw new RangeError(`a crop of ${size} at row ${top}, column ${left} leaves the image of ${side}`);
  }
  if (source.length !== side * side * CHANNELS) {
    throw new RangeError(`an image has ${side}·${side}·3 bytes, not ${source.length}`);
  }
  if (!(targetOffset >= 0 && targetOffset + size * size * CHANNELS <= target.length)) {
    throw new RangeError(`a crop of ${size} at byte ${targetOffset} leaves the target of ${target.length}`);
  }
}

/**
 * The middle of a mean image, to take out of every crop.
 * @param image float32 [side, side, 3]
 * @returns float32 [size, size, 3], from where {@link centreOf} says
 * @throws RangeError for an image that is no square or smaller
 */
export function cropCentre(image: Float32Array, size: number): Float32Array {
  const side = Math.sqrt(image.length / CHANNELS);
  if (!Number.isInteger(side) || side < size) {
    throw new RangeError(`${image.length} values are no square image of at least ${size}·${size}·3`);
  }
  const margin = centreOf(side, size);
  const row = size * CHANNELS;
  const centre = new Float32Array(size * row);
  for (let y = 0; y < size; y++) {
    const from = ((margin + y) * side + margin) * CHANNELS;
    centre.set(image.subarray(from, from + row), y * row);
  }
  return centre;
}
