import { IMAGE_SIDE } from './decode.ts';

/** Side of what the net sees. The paper prints 224; its own arithmetic (55×55 after 11×11/4) needs 227. */
export const CROP_SIDE = 227;

/**
 * Copies a square out of an image, mirrored left to right when asked.
 * @param source uint8 [256, 256, 3]
 * @param top first row, 0 … 256 - size
 * @param left first column, 0 … 256 - size
 * @param target receives uint8 [size, size, 3] from `targetOffset` on
 * @throws RangeError for a square outside the source or the target
 */
export function cropInto(
  source: Uint8Array,
  top: number,
  left: number,
  mirror: boolean,
  target: Uint8Array,
  targetOffset: number,
  size = CROP_SIDE,
): void {
  checkCrop(source, top, left, target, targetOffset, size);
  const stride = IMAGE_SIDE * 3;
  const row = size * 3;
  const first = top * stride + left * 3;
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
  top: number,
  left: number,
  target: Uint8Array,
  targetOffset: number,
  size: number,
): void {
  const inside = (at: number): boolean => Number.isInteger(at) && at >= 0 && at + size <= IMAGE_SIDE;
  if (!inside(top) || !inside(left)) {
    throw new RangeError(`a crop of ${size} at row ${top}, column ${left} leaves the image of ${IMAGE_SIDE}`);
  }
  if (source.length !== IMAGE_SIDE * IMAGE_SIDE * 3) {
    throw new RangeError(`an image has ${IMAGE_SIDE}·${IMAGE_SIDE}·3 bytes, not ${source.length}`);
  }
  if (!(targetOffset >= 0 && targetOffset + size * size * 3 <= target.length)) {
    throw new RangeError(`a crop of ${size} at byte ${targetOffset} leaves the target of ${target.length}`);
  }
}

/**
 * The middle of a mean image, to take out of every crop.
 * @param image float32 [256, 256, 3]
 * @returns float32 [size, size, 3], from row and column ⌊(256 - size) / 2⌋ on
 */
export function cropCentre(image: Float32Array, size = CROP_SIDE): Float32Array {
  if (image.length !== IMAGE_SIDE * IMAGE_SIDE * 3) {
    throw new RangeError(`an image has ${IMAGE_SIDE}·${IMAGE_SIDE}·3 values, not ${image.length}`);
  }
  const margin = Math.floor((IMAGE_SIDE - size) / 2);
  const row = size * 3;
  const centre = new Float32Array(size * row);
  for (let y = 0; y < size; y++) {
    const from = ((margin + y) * IMAGE_SIDE + margin) * 3;
    centre.set(image.subarray(from, from + row), y * row);
  }
  return centre;
}
