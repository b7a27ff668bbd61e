import pc from 'picocolors';
import { printable } from '@alexnet/core';

export const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;

export const thousands = (n: number): string => n.toLocaleString('en-US');

/** Numbers by name, e.g. "2 hidden, 1 thumbnails". */
export const counted = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${thousands(count)} ${printable(name)}`)
    .join(', ');

/** e.g. "3 min 20 s". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${rest} s` : `${rest} s`;
}

/** Columns of text, each as wide as its widest cell; numbers (cells that begin with a digit) to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        /^[\d–-]/.test(cell) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [pc.bold(line(head)), ...rows.map(line)].join('\n');
}

/** Name and value, aligned. */
export function facts(pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(...pairs.map(([name]) => name.length));
  return pairs.map(([name, value]) => `  ${pc.dim(name.padEnd(width))}  ${value}`).join('\n');
}

const BAR_CELLS = 20;
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar of up to 20 cells for a fraction from 0 to 1, in eighths of a cell. */
export function fractionBar(fraction: number): string {
  const eighths = Math.round(Math.max(0, Math.min(1, fraction)) * BAR_CELLS * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + (EIGHTHS[eighths % 8] ?? '');
}

/** A class, with what it is called in words: `n02012849 (crane)`. Of several names the first is shown. */
export function classText(name: string, words = ''): string {
  const [first = ''] = words.split(',');
  return first === '' ? printable(name) : `${printable(name)} (${printable(first)})`;
}
