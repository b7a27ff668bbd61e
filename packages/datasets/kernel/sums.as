// The inner loop of adding an image to the sums of its shard. AssemblyScript.
// `src/sums-binary.ts` is what it compiles to; after a change run: node infra/kernel.mjs packages/datasets/kernel/sums.as

/** Lanes that are added up side by side, and how many of them the three channels come round in. */
const LANES: usize = 8;
const PERIOD: usize = 3 * LANES;

/**
 * @param rgb uint8; two bytes past its end are read
 * @param length of it, a multiple of 24
 * @param pixels uint32, to each of which a value is added
 * @param sums receives uint32 [3, 4, 8]: of the values at 8·i, 8·i + 1, … within each 24, their sums, the sums of their
 *   squares, and of their products with the next value and with the one after that; each must stay below 2^32
 */
export function add(rgb: usize, length: usize, pixels: usize, sums: usize): void {
  for (let phase: usize = 0; phase < PERIOD; phase += LANES) {
    let valueLow = i32x4.splat(0);
    let valueHigh = i32x4.splat(0);
    let squareLow = i32x4.splat(0);
    let squareHigh = i32x4.splat(0);
    let nextLow = i32x4.splat(0);
    let nextHigh = i32x4.splat(0);
    let afterLow = i32x4.splat(0);
    let afterHigh = i32x4.splat(0);
    for (let at = phase; at < length; at += PERIOD) {
      const values = v128.load_ext<u8>(rgb + at);
      const low = i32x4.extend_low_i16x8_u(values);
      const high = i32x4.extend_high_i16x8_u(values);
      const pixel = pixels + at * 4;
      v128.store(pixel, i32x4.add(v128.load(pixel), low));
      v128.store(pixel + 16, i32x4.add(v128.load(pixel + 16), high));
      valueLow = i32x4.add(valueLow, low);
      valueHigh = i32x4.add(valueHigh, high);
      // A product of two bytes fits into 16 bits.
      const square = i16x8.mul(values, values);
      squareLow = i32x4.add(squareLow, i32x4.extend_low_i16x8_u(square));
      squareHigh = i32x4.add(squareHigh, i32x4.extend_high_i16x8_u(square));
      const next = i16x8.mul(values, v128.load_ext<u8>(rgb + at + 1));
      nextLow = i32x4.add(nextLow, i32x4.extend_low_i16x8_u(next));
      nextHigh = i32x4.add(nextHigh, i32x4.extend_high_i16x8_u(next));
      const after = i16x8.mul(values, v128.load_ext<u8>(rgb + at + 2));
      afterLow = i32x4.add(afterLow, i32x4.extend_low_i16x8_u(after));
      afterHigh = i32x4.add(afterHigh, i32x4.extend_high_i16x8_u(after));
    }
    v128.store(sums, valueLow);
    v128.store(sums + 16, valueHigh);
    v128.store(sums + 32, squareLow);
    v128.store(sums + 48, squareHigh);
    v128.store(sums + 64, nextLow);
    v128.store(sums + 80, nextHigh);
    v128.store(sums + 96, afterLow);
    v128.store(sums + 112, afterHigh);
    sums += 128;
  }
}
