import pc from 'picocolors';
import prettyBytes from 'pretty-bytes';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { printable } from '@alexnet/core';

export const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;

export const thousands = (n: number): string => n.toLocaleString('en-US');

/** A count with its noun, e.g. "1 image", "1,200 images". */
export const plural = (count: number, noun: string): string =>
  `${thousands(count)} ${noun}${count === 1 ? '' : 's'}`;

/** Numbers by name, e.g. "2 hidden, 1 thumbnails". */
export const counted = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${thousands(count)} ${printable(name)}`)
    .join(', ');

/** A number of bytes in decimal units, e.g. "1.2 GB". */
export const sizeText = (bytes: number): string => prettyBytes(bytes, { maximumFractionDigits: 1 });

/** e.g. "3 min 20 s". */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  if (hours >= 48) return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${rest} s` : `${rest} s`;
}

/** Columns of the terminal; wide where there is none, so that a pipe gets whole lines. */
const terminalWidth = (): number =>
  process.stdout.isTTY ? Math.max(MIN_TERMINAL, process.stdout.columns) : Infinity;

const MIN_TERMINAL = 40;

/** Text as indented lines that fit the terminal. */
export function wrap(text: string, indent: number, width = terminalWidth()): string[] {
  const lines = width === Infinity ? [text] : wrapAnsi(text, width - indent, { hard: true }).split('\n');
  return lines.map((line) => ' '.repeat(indent) + line);
}

const GAP = '  ';
const MIN_COLUMN = 10;

/**
 * Columns of text, each as wide as its widest cell; numbers (cells that begin with a digit) to the right. On a terminal
 * that is too narrow, the widest columns wrap, and when that is not enough, columns are left out from the right.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width = terminalWidth(),
): string {
  const widths = fitColumns(
    head.map((_, column) => Math.max(...[head, ...rows].map((row) => stringWidth(row[column] ?? '')))),
    width,
  );
  const lines = (cells: readonly string[]): string[] => {
    const wrapped = widths.map((columns, at) =>
      width === Infinity ? [cells[at] ?? ''] : wrapAnsi(cells[at] ?? '', columns, { hard: true }).split('\n'),
    );
    const height = Math.max(...wrapped.map((cell) => cell.length));
    return Array.from({ length: height }, (_, line) =>
      widths
        .map((columns, at) => pad(wrapped[at]?.[line] ?? '', columns, /^[\d–-]/.test(cells[at] ?? '')))
        .join(GAP)
        .trimEnd(),
    );
  };
  return [...lines(head).map((line) => pc.bold(line)), ...rows.flatMap(lines)].join('\n');
}

/** Widths of the columns that are shown. */
function fitColumns(natural: readonly number[], width: number): number[] {
  const widths = [...natural];
  const total = (): number => widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length);
  while (total() > width && widths.length > 1) {
    const widest = Math.max(...widths);
    if (widest > MIN_COLUMN) widths[widths.indexOf(widest)] = widest - 1;
    else widths.pop();
  }
  return widths;
}

/** Fills text up to so many columns. @param right whether to the left of it */
export function pad(text: string, columns: number, right = false): string {
  const space = ' '.repeat(Math.max(0, columns - stringWidth(text)));
  return right ? space + text : text + space;
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
