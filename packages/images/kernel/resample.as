// The inner loops of scaling an RGB image with a separable filter: first the columns, then the rows. AssemblyScript.
// `src/resample-binary.ts` is what it compiles to; after a change run: node infra/kernel.mjs packages/images/kernel/resample.as
//
// Weights are int16 that sum to 2^14, for each output row or column `taps` of them, an even number. Reads and writes
// may go 32 bytes past the end of what they are for.

/**
 * Output rows of int16 in 1/64, from input rows of uint8.
 * @param source first value of the input that is used; @param stride bytes from one input row to the next
 * @param values of each row; @param starts int32, for each output row the first input row
 * @param target rows of int16, `targetStride` bytes apart
 */
export function reduceRows(
  source: usize,
  stride: usize,
  values: usize,
  starts: usize,
  weights: usize,
  taps: usize,
  target: usize,
  targetStride: usize,
  count: usize,
): void {
  const half = i32x4.splat(1 << 7);
  for (let row: usize = 0; row < count; row++) {
    const first = source + <usize>load<i32>(starts + row * 4) * stride;
    for (let x: usize = 0; x < values; x += 16) {
      let acc0 = half;
      let acc1 = half;
      let acc2 = half;
      let acc3 = half;
      let from = first + x;
      for (let w = weights, end = weights + taps * 2; w < end; w += 4) {
        const a = v128.load(from);
        const b = v128.load(from + stride);
        const weight = v128.load32_splat(w);
        const low = v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        const high = v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
        acc0 = i32x4.add(acc0, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(low), weight));
        acc1 = i32x4.add(acc1, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(low), weight));
        acc2 = i32x4.add(acc2, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(high), weight));
        acc3 = i32x4.add(acc3, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(high), weight));
        from += stride * 2;
      }
      const to = target + x * 2;
      v128.store(to, i16x8.narrow_i32x4_s(i32x4.shr_s(acc0, 8), i32x4.shr_s(acc1, 8)));
      v128.store(to + 16, i16x8.narrow_i32x4_s(i32x4.shr_s(acc2, 8), i32x4.shr_s(acc3, 8)));
    }
    weights += taps * 2;
    target += targetStride;
  }
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function add(acc: v128, from: usize, weight: v128): v128 {
  // Red with red, green with green, blue with blue of two pixels: an interleaving is one instruction, others are not.
  const pairs = v128.shuffle<u16>(v128.load(from), v128.load(from + 6), 0, 8, 1, 9, 2, 10, 3, 11);
  return i32x4.add(acc, i32x4.dot_i16x8_s(pairs, weight));
}

// @ts-ignore: a decorator of AssemblyScript
@inline
function storePixel(target: usize, acc: v128): void {
  const wide = i16x8.narrow_i32x4_s(i32x4.shr_s(acc, 20), acc);
  const bytes = i8x16.narrow_i16x8_u(wide, wide);
  v128.store_lane<u16>(target, bytes, 0);
  v128.store_lane<u8>(target + 2, bytes, 2);
}

/**
 * Rows of `count` RGB pixels of uint8, packed, from what reduceRows wrote: four rows at a time, so `count` is taken as
 * the next multiple of four for the rows.
 * @param starts int32, for each output column the first input column
 */
export function reduceColumns(
  source: usize,
  stride: usize,
  starts: usize,
  weights: usize,
  taps: usize,
  target: usize,
  count: usize,
): void {
  const half = i32x4.splat(1 << 19);
  const row = count * 3;
  for (let y: usize = 0; y < count; y += 4) {
    let w = weights;
    let to = target;
    for (let column: usize = 0; column < count; column++) {
      let from = source + <usize>load<i32>(starts + column * 4) * 6;
      let acc0 = half;
      let acc1 = half;
      let acc2 = half;
      let acc3 = half;
      for (const end = w + taps * 2; w < end; w += 4) {
        const weight = v128.load32_splat(w);
        acc0 = add(acc0, from, weight);
        acc1 = add(acc1, from + stride, weight);
        acc2 = add(acc2, from + 2 * stride, weight);
        acc3 = add(acc3, from + 3 * stride, weight);
        from += 12;
      }
      storePixel(to, acc0);
      storePixel(to + row, acc1);
      storePixel(to + 2 * row, acc2);
      storePixel(to + 3 * row, acc3);
      to += 3;
    }
    source += 4 * stride;
    target += 4 * row;
  }
}
