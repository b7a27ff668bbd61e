const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** Values as a row of blocks, from the lowest to the highest of them. Values that are all alike are all low. */
export function sparkline(values: readonly number[]): string {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const last = BLOCKS.length - 1;
  return values
    .map((value) => BLOCKS[high === low ? 0 : Math.round((last * (value - low)) / (high - low))] ?? '')
    .join('');
}
