// The inner loops of making slices, 16 bytes at a time: crop and mirror. AssemblyScript.
// `src/crop-binary.ts` is what it compiles to; after a change run: npm run kernel packages/batches/kernel/crop.as

/**
 * Copies a square of pixels.
 * @param source its first pixel, in rows of `stride` bytes
 * @param target receives rows of `row` bytes
 * @param row 3 bytes for each pixel of its side, 16 at least
 */
export function crop(source: usize, stride: usize, target: usize, row: usize): void {
  for (let end = target + (row / 3) * row; target < end; target += row, source += stride) {
    for (let x: usize = 0; x < row - 16; x += 16) v128.store(target + x, v128.load(source + x));
    v128.store(target + row - 16, v128.load(source + row - 16));
  }
}

/** As `crop`, each row from right to left: five pixels a step, and the last ones one by one. */
export function cropMirrored(source: usize, stride: usize, target: usize, row: usize): void {
  for (let end = target + (row / 3) * row; target < end; target += row, source += stride) {
    let from = source + row - 15;
    let to = target;
    // Each store writes a sixteenth byte, which the next one overwrites.
    for (const last = target + row - 15; to < last; to += 15, from -= 15) {
      const pixels = v128.load(from);
      v128.store(to, v128.shuffle<u8>(pixels, pixels, 12, 13, 14, 9, 10, 11, 6, 7, 8, 3, 4, 5, 0, 1, 2, 15));
    }
    from += 12;
    for (const last = target + row; to < last; to += 3, from -= 3) {
      store<u16>(to, load<u16>(from));
      store<u8>(to + 2, load<u8>(from + 2));
    }
  }
}
