import { stripVTControlCharacters } from 'node:util';

const ESC = '\u001b';
/** New lines, returns, what moves the cursor or erases, and everything in between. */
const PARTS = new RegExp(
  `\\n|\\r|${ESC}\\[\\??\\d*[A-HJKhl]|(?:(?!\\n|\\r|${ESC}\\[\\??\\d*[A-HJKhl])[^])+`,
  'g',
);
const UP = new RegExp(`^${ESC}\\[(\\d+)A$`);
const TO_START: readonly string[] = ['\r', `${ESC}[1G`];

/**
 * For tests and pictures: what stands on a terminal's screen after a text with colours was written to it. A line that is drawn from its
 * beginning replaces what stood there, as progress bars do it.
 */
export function screenOf(written: string): string[] {
  const lines: string[] = [''];
  let row = 0;
  let isFresh = true;
  for (const [part] of written.matchAll(PARTS)) {
    const up = UP.exec(part)?.[1];
    if (up !== undefined) row = Math.max(0, row - Number(up));
    if (part === '\n') lines[++row] ??= '';
    if (part === '\n' || TO_START.includes(part)) isFresh = true;
    if (/^[\n\r]/.test(part) || isMovement(part)) continue;
    // Colours alone replace nothing.
    const replaces = isFresh && stripVTControlCharacters(part).trim() !== '';
    lines[row] = replaces ? part : `${lines[row] ?? ''}${part}`;
    if (replaces) isFresh = false;
  }
  return lines;
}

const isMovement = (part: string): boolean =>
  part.startsWith(`${ESC}[`) && /^.{2}\??\d*[A-HJKhl]$/.test(part);
