import type { AblationSummary, VariantSummary } from '@alexnet/pipeline';
import { percent } from './ui/format.ts';

const NONE = '–';

/** The table of an ablation: its heads, and a row for each variant. */
export function ablationTable({ threshold, variants }: AblationSummary): {
  head: string[];
  rows: string[][];
} {
  return {
    head: [
      ...['variant', 'val top-1', 'val top-5', 'vs full', 'best top-1', 'best top-5'],
      ...['train loss', 'train top-1', `epochs to ${threshold === null ? NONE : percent(threshold)}`],
    ],
    rows: variants.map(row),
  };
}

function row(summary: VariantSummary): string[] {
  const { variant, outcome, epochs, final, best, trainingLoss, trainingTop1Error } = summary;
  return [
    outcome === 'done' ? variant : `${variant} (broke down in epoch ${epochs + 1})`,
    ...[orNone(final?.top1Error), orNone(final?.top5Error), points(summary.difference)],
    ...[orNone(best?.top1Error), orNone(best?.top5Error)],
    ...[trainingLoss === null ? NONE : trainingLoss.toFixed(3), orNone(trainingTop1Error)],
    summary.epochsToThreshold === null ? NONE : String(summary.epochsToThreshold),
  ];
}

const orNone = (share: number | null | undefined): string => (share == null ? NONE : percent(share));

/** A difference in percentage points, with its sign. */
function points(difference: number | null): string {
  if (difference === null) return NONE;
  const rounded = (100 * Math.abs(difference)).toFixed(1);
  return rounded === '0.0' ? rounded : `${difference < 0 ? '−' : '+'}${rounded}`;
}

/** A table in Markdown: the first column to the left, the others to the right. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}
