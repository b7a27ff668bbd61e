import type { Result } from './tally.ts';

const thousands = (count: number): string => count.toLocaleString('en');

/** A Markdown table, a parser a row. */
export function table(results: readonly Result[]): string {
  const rows = results.map(({ parser, inputs, accepted, refused, crashes, hangs }) => {
    const codes = Object.entries(refused)
      .sort(([, a], [, b]) => b - a)
      .map(([code, count]) => `\`${code}\` ${thousands(count)}`);
    const counts = [inputs, accepted].map(thousands);
    return [`\`${parser}\``, ...counts, codes.join(', '), String(crashes.length), String(hangs.length)];
  });
  const head = ['parser', 'inputs', 'accepted', 'refused', 'crashes', 'hangs'];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** What went wrong, for whoever mends it. */
export function faults({ parser, crashes, hangs }: Result): string[] {
  return [
    ...crashes.map(
      ({ number, document, what, bytes, begins }) =>
        `${parser}, input ${number} (of document ${document}, ${bytes} bytes): ${what}\n  ${JSON.stringify(begins.slice(0, 300))}`,
    ),
    ...hangs.map((number) => `${parser}, input ${number}: did not come to an end`),
  ];
}
