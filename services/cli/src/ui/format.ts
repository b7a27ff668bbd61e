import { stripVTControlCharacters } from 'node:util';
import pc from 'picocolors';
import prettyBytes from 'pretty-bytes';
import stringWidth from 'string-width';
import wrapAnsi from 'wrap-ansi';
import { printable } from '@alexnet/core';

export const percent = (fraction: number): string => `${(100 * fraction).toFixed(1)} %`;

export const thousands = (n: number): string => n.toLocaleString('en-US');

/** With its sign and one decimal, e.g. "+1.5", "−0.3"; "0.0" has none. */
export function signed(value: number): string {
  const text = Math.abs(value).toFixed(1);
  if (Number(text) === 0) return text;
  return `${value < 0 ? '−' : '+'}${text}`;
}

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

const UNITS = [
  [86_400, 'd'],
  [3_600, 'h'],
  [60, 'min'],
] as const;

/** In the largest unit of which there are two, e.g. "47 min", for a column. */
export function briefDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '–';
  const [size, unit] = UNITS.find(([each]) => seconds >= 2 * each) ?? [1, 's'];
  return `${Math.floor(seconds / size)} ${unit}`;
}

/** Columns of a terminal; wide where there is none, so that a pipe gets whole lines. */
export const terminalWidth = (stream: NodeJS.WriteStream = process.stdout): number =>
  stream.isTTY ? Math.max(MIN_TERMINAL, stream.columns) : Infinity;

const MIN_TERMINAL = 40;

/** Longer words, such as digests and paths, stay where they are: the terminal breaks them, and they can be copied. */
const LONGEST_WORD = 40;

/** Lines broken between words, and not between a number and its percent sign. */
const wrapWords = (text: string, width: number): string[] =>
  wrapAnsi(text.replace(/(\d) %/g, '$1\u00a0%'), width, { trim: false })
    .replaceAll('\u00a0', ' ')
    .split('\n');

/** Text with its lines broken between words where the terminal ends. */
export function toWidth(text: string, stream: NodeJS.WriteStream): string {
  const width = terminalWidth(stream);
  if (width === Infinity) return text;
  return text
    .split('\n')
    .flatMap((line) => (hasLongWord(line) ? [line] : wrapWords(line, width)))
    .join('\n');
}

const hasLongWord = (line: string): boolean =>
  stripVTControlCharacters(line)
    .split(' ')
    .some((word) => word.length > LONGEST_WORD);

/** Text as indented lines that fit the terminal. */
export function wrap(text: string, indent: number, width = terminalWidth()): string[] {
  const lines = width === Infinity ? [text] : wrapAnsi(text, width - indent, { hard: true }).split('\n');
  return lines.map((line) => ' '.repeat(indent) + line);
}

const GAP = '  ';
const MIN_COLUMN = 10;
/** A name in the first column is not wrapped up to this width. */
const MOST_NAME = 32;

/**
 * Columns of text, each as wide as its widest cell; numbers (cells that begin with a digit or are a dash) to the right. On a
 * terminal that is too narrow, columns of text wrap, and when that is not enough, columns are left out from the right.
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width = terminalWidth(),
): string {
  const columns = head.map((title, at) => {
    const cells = rows.map((row) => row[at] ?? '');
    const isNumber = cells.length > 0 && cells.every(looksLikeNumber);
    const natural = Math.max(...[title, ...cells].map((cell) => stringWidth(cell)));
    const least = isNumber ? natural : Math.min(natural, at === 0 ? MOST_NAME : MIN_COLUMN);
    return { natural, least: Math.max(least, stringWidth(title)), isNumber };
  });
  const widths = fitColumns(columns, width);
  const lines = (cells: readonly string[]): string[] => {
    const wrapped = widths.map((room, at) =>
      width === Infinity ? [cells[at] ?? ''] : wrapAnsi(cells[at] ?? '', room, { hard: true }).split('\n'),
    );
    const height = Math.max(...wrapped.map((cell) => cell.length));
    return Array.from({ length: height }, (_, line) =>
      widths
        .map((room, at) => {
          // A dash in a column of text stands where the text would.
          const right =
            columns[at]?.isNumber === true || /^-?\d/.test(stripVTControlCharacters(cells[at] ?? ''));
          return pad(wrapped[at]?.[line] ?? '', room, right);
        })
        .join(GAP)
        .trimEnd(),
    );
  };
  return [...lines(head).map((line) => pc.bold(line)), ...rows.flatMap(lines)].join('\n');
}

/** Whether a table fits a terminal with nothing wrapped or left out. */
export const fits = (
  head: readonly string[],
  rows: readonly (readonly string[])[],
  width = terminalWidth(),
): boolean =>
  table(head, rows, Infinity)
    .split('\n')
    .every((line) => stringWidth(line) <= width);

/** A number with its unit, or the dash that stands for one. */
const looksLikeNumber = (cell: string): boolean => /^(\d|[–-]($|\d))/.test(stripVTControlCharacters(cell));

/** Lines moved to the right, below a title. */
export const indented = (text: string): string =>
  text
    .split('\n')
    .map((line) => `  ${line}`.trimEnd())
    .join('\n');

/** Widths of the columns that are shown. */
function fitColumns(columns: readonly { natural: number; least: number }[], width: number): number[] {
  const widths = columns.map(({ natural }) => natural);
  const total = (): number => widths.reduce((sum, each) => sum + each + GAP.length, -GAP.length);
  while (total() > width && widths.length > 1) {
    const room = widths.map((each, at) => each - (columns[at]?.least ?? 0));
    const most = Math.max(...room);
    const roomiest = room.indexOf(most);
    if (most > 0) widths[roomiest] = (widths[roomiest] ?? 0) - 1;
    else widths.pop();
  }
  return widths;
}

/** Fills text up to so many columns. @param right whether to the left of it */
export function pad(text: string, columns: number, right = false): string {
  const space = ' '.repeat(Math.max(0, columns - stringWidth(text)));
  return right ? space + text : text + space;
}

/** Name and value, aligned. Long values go on below where they begin; what has no spaces, e.g. a digest, stays whole. */
export function facts(pairs: readonly (readonly [string, string])[], width = terminalWidth()): string {
  const nameWidth = Math.max(...pairs.map(([name]) => name.length));
  const indent = nameWidth + 4;
  return pairs
    .flatMap(([name, value]) => {
      const lines =
        width === Infinity ? [value] : wrapWords(value, width - indent).map((line) => line.trim());
      return lines.map((line, at) => `  ${pc.dim((at === 0 ? name : '').padEnd(nameWidth))}  ${line}`);
    })
    .join('\n');
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
