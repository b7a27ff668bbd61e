import { encodePng } from './encode.ts';

const WHITE = 0xff;

/**
 * Squares in rows, as a PNG; shorter rows are filled with white.
 * @param rows of squares of uint8 [side, side, 3] each
 */
export async function contactSheet(rows: readonly (readonly Uint8Array[])[], side: number): Promise<Buffer> {
  const columns = Math.max(1, ...rows.map((row) => row.length));
  const size = { width: columns * side, height: Math.max(1, rows.length) * side, channels: 3 } as const;
  const sheet = Buffer.alloc(size.width * size.height * 3, WHITE);
  for (const [i, row] of rows.entries()) {
    for (const [j, square] of row.entries()) {
      for (let y = 0; y < side; y++)
        sheet.set(
          square.subarray(y * side * 3, (y + 1) * side * 3),
          ((i * side + y) * columns + j) * side * 3,
        );
    }
  }
  return await encodePng(sheet, size);
}
