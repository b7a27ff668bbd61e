/** Of a character, from top to bottom: the bits of its left dots, and of its right ones. */
const DOTS = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const;
const EMPTY = 0x2800;

/** Dots in a character. */
export const DOTS_ACROSS = 2;
export const DOTS_DOWN = 4;

/**
 * A curve in lines of Braille characters, from top to bottom: one column of dots for each value. Neighbours are connected; a null is a
 * gap.
 * @param range the values at the bottom and at the top; values outside of it are drawn at its edge
 */
export function brailleCurve(
  values: readonly (number | null)[],
  rows: number,
  [low, high]: readonly [number, number],
): string[] {
  const width = Math.ceil(values.length / DOTS_ACROSS);
  const cells = Array.from({ length: rows }, () => new Array<number>(width).fill(EMPTY));
  const height = rows * DOTS_DOWN;
  let before: number | undefined;
  for (const [x, value] of values.entries()) {
    if (value === null) {
      before = undefined;
      continue;
    }
    const y = dotRow(value, height, [low, high]);
    // From next to the dot before, so that a steep curve stays one line.
    const from = before === undefined || before === y ? y : before < y ? before + 1 : before - 1;
    for (let at = Math.min(from, y); at <= Math.max(from, y); at++) {
      const line = cells[Math.floor(at / DOTS_DOWN)];
      const cell = Math.floor(x / DOTS_ACROSS);
      if (line !== undefined) line[cell] = (line[cell] ?? EMPTY) | bitOf(x, at);
    }
    before = y;
  }
  return cells.map((line) => String.fromCodePoint(...line));
}

/** The row of dots of a value, from the top. */
export function dotRow(value: number, height: number, [low, high]: readonly [number, number]): number {
  const share = high > low ? (value - low) / (high - low) : 0;
  return Math.round((1 - Math.min(1, Math.max(0, share))) * (height - 1));
}

const bitOf = (x: number, y: number): number => DOTS[x % DOTS_ACROSS]?.[y % DOTS_DOWN] ?? 0;
