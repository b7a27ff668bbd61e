import { markdownHead, markdownRow } from '../support/markdown.ts';
import type { Result } from './tally.ts';

const thousands = (count: number): string => count.toLocaleString('en');

const HEAD = ['parser', 'inputs', 'accepted', 'refused', 'crashes', 'hangs'];

/** The first two lines of a Markdown table whose others are {@link tableRow}s. */
export const tableHead = (): string => markdownHead(HEAD);

export function tableRow({ parser, inputs, accepted, refused, crashes, hangs }: Result): string {
  const codes = Object.entries(refused)
    .sort(([, a], [, b]) => b - a)
    .map(([code, count]) => `\`${code}\` ${thousands(count)}`);
  const counts = [inputs, accepted].map(thousands);
  return markdownRow([
    `\`${parser}\``,
    ...counts,
    codes.join(', '),
    String(crashes.length),
    String(hangs.length),
  ]);
}

/** What went wrong, for the person who fixes it. */
export function faults({ parser, crashes, hangs }: Result): string[] {
  return [
    ...crashes.map(
      ({ number, document, what, bytes, begins }) =>
        `${parser}, input ${number} (of document ${document}, ${bytes} bytes): ${what}\n  ${JSON.stringify(begins.slice(0, 300))}`,
    ),
    ...hangs.map((number) => `${parser}, input ${number}: did not come to an end`),
  ];
}
