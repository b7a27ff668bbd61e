// The inner loop of shrinking an image: rows of bytes added up. AssemblyScript.
// `src/rows-binary.ts` is what it compiles to; after a change run: node infra/kernel.mjs packages/images/kernel/rows.as

/**
 * @param source uint8 [rows, width]; 15 bytes past its end are read
 * @param rows at most 257, so that sums fit
 * @param sums receives uint16 [width]; 30 bytes past its end are written
 */
export function addRows(source: usize, rows: usize, width: usize, sums: usize): void {
  for (let x: usize = 0; x < width; x += 16) {
    let low = i16x8.splat(0);
    let high = i16x8.splat(0);
    let at = source + x;
    for (let row: usize = 0; row < rows; row++) {
      const values = v128.load(at);
      low = i16x8.add(low, i16x8.extend_low_i8x16_u(values));
      high = i16x8.add(high, i16x8.extend_high_i8x16_u(values));
      at += width;
    }
    v128.store(sums + x * 2, low);
    v128.store(sums + x * 2 + 16, high);
  }
}
