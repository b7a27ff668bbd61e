/** What every picture is drawn in: SVG on white, as text. */

/** The first of these that a machine has. Letters of DejaVu Sans are the widest, so what fits there fits everywhere. */
const FONT = 'DejaVu Sans, Verdana, Helvetica, Arial, sans-serif';
const INK = '#222222';
export const FAINT = '#666666';

/** A drawing of width × height units on white. @param body what is on it, as SVG */
export function drawing(width: number, height: number, body: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${FONT}" font-size="12" fill="${INK}">`,
    rect({ x: 0, y: 0, width, height, fill: '#ffffff' }),
    ...body,
    '</svg>\n',
  ].join('\n');
}

export interface TextOptions {
  x: number;
  /** Of the baseline. */
  y: number;
  size?: number;
  anchor?: 'start' | 'middle' | 'end';
  fill?: string;
  bold?: boolean;
}

export function text(words: string, options: TextOptions): string {
  const { x, y, size = 12, anchor = 'start', fill = INK, bold = false } = options;
  const weight = bold ? ' font-weight="bold"' : '';
  return `<text x="${x}" y="${y}" font-size="${size}" text-anchor="${anchor}" fill="${fill}"${weight}>${escape(words)}</text>`;
}

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

export function rect({ x, y, width, height, fill }: Box & { fill: string }): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${fill}"/>`;
}

/** A straight line. @param dashes lengths of dashes and gaps, e.g. `4 4` */
export function segment(options: {
  x1: number;
  y1: number;
  x2: number;
  y2: number;
  stroke: string;
  dashes?: string;
}): string {
  const { x1, y1, x2, y2, stroke, dashes } = options;
  const pattern = dashes === undefined ? '' : ` stroke-dasharray="${dashes}"`;
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${stroke}"${pattern}/>`;
}

/** A path that is drawn as a line, or filled at a place. */
export function path(
  d: string,
  style: { stroke: string; strokeWidth: number } | { fill: string; x: number; y: number },
): string {
  return 'stroke' in style
    ? `<path d="${d}" fill="none" stroke="${style.stroke}" stroke-width="${style.strokeWidth}" stroke-linejoin="round"/>`
    : `<path d="${d}" fill="${style.fill}" transform="translate(${style.x} ${style.y})"/>`;
}

/** A filled path that lets through what is behind it. @param opacity 0 … 1 */
export const shade = (d: string, fill: string, opacity: number): string =>
  `<path d="${d}" fill="${fill}" fill-opacity="${opacity}"/>`;

/** A thin line around what may be as white as the paper. */
export function frame({ x, y, width, height }: Box): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="none" stroke="#d0d0d0"/>`;
}

/** A PNG or JPEG, inside the drawing. */
export function picture({ x, y, width, height }: Box, type: 'png' | 'jpeg', bytes: Buffer): string {
  const data = `data:image/${type};base64,${bytes.toString('base64')}`;
  // Of the two names the older is the one that every program knows.
  return `<image x="${x}" y="${y}" width="${width}" height="${height}" xlink:href="${data}"/>`;
}

const LETTERS = new Intl.Segmenter('en');

/** At most `length` letters. */
export function shorten(words: string, length: number): string {
  const letters = Array.from(LETTERS.segment(words), ({ segment }) => segment);
  return letters.length <= length ? words : `${letters.slice(0, length - 1).join('')}…`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text for XML, which has no place for control characters. */
function escape(words: string): string {
  return words.replace(/\p{Cc}/gu, ' ').replace(/[&<>"]/g, (letter) => ENTITIES[letter] ?? '');
}
