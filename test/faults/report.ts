import { markdownTable } from '../support/markdown.ts';
import type { Happening } from './chronicle.ts';
import type { Report } from './suite.ts';

/** One line of the table: all faults of a kind. */
interface Row {
  name: string;
  times: number;
  outcomes: string;
  interventions: number;
  longestRecovery: number;
}

function rowsOf(happenings: readonly Happening[]): Row[] {
  const names = [...new Set(happenings.map(({ name }) => name))].sort();
  return names.map((name) => {
    const same = happenings.filter((happening) => happening.name === name);
    const outcomes = [...new Set(same.map(({ outcome }) => outcome))].map(
      (outcome) => `${outcome}: ${same.filter((happening) => happening.outcome === outcome).length}`,
    );
    return {
      name,
      times: same.length,
      outcomes: outcomes.join(', '),
      interventions: same.reduce((sum, { interventions }) => sum + interventions, 0),
      longestRecovery: Math.max(...same.map(({ recovery }) => recovery)),
    };
  });
}

const HEADING = ['fault', 'times', 'outcomes', 'interventions', 'longest recovery'];

function cells({ happenings }: Report): string[][] {
  const rows = rowsOf(happenings);
  return rows.map(({ name, times, outcomes, interventions, longestRecovery }) => [
    ...[name, String(times), outcomes, String(interventions), `${longestRecovery.toFixed(1)} s`],
  ]);
}

function summary({ seed, minutes, runs, datasets, happenings, problems }: Report): string {
  return (
    `${happenings.length} faults in ${minutes} minutes, seed ${seed}: ${runs} runs and ${datasets} datasets, ` +
    (problems.length === 0 ? 'all as undisturbed' : `${problems.length} problems`)
  );
}

/** For a terminal or a log. */
export function plainTable(report: Report): string {
  const table = [HEADING, ...cells(report)];
  const widths = HEADING.map((_, column) => Math.max(...table.map((row) => (row[column] ?? '').length)));
  const lines = table.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const skipped = report.skipped.map(({ name, reason }) => `skipped: ${name}: ${reason}`);
  const problems = report.problems.map((problem) => `PROBLEM: ${problem}`);
  return [...lines, ...skipped, ...problems, summary(report)].join('\n');
}

/** For docs/reliability.md. */
export const markdownReport = (report: Report): string =>
  [
    markdownTable(HEADING, cells(report), (column) => column !== 0 && column !== 2),
    '',
    `${summary(report)}.`,
  ].join('\n');
