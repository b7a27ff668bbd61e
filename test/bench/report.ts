import { cpus, totalmem } from 'node:os';
import { markdownTable } from '../support/markdown.ts';
import { judge, median, ratiosOf } from './arithmetic.ts';
import type { Measured, Ratio, Verdict } from './arithmetic.ts';
import type { Benchmark } from './benchmark.ts';

export interface BenchmarkReport {
  name: string;
  title: string;
  unit: string;
  contenders: (Measured & { median: number })[];
  ratios: Ratio[];
  claims: Verdict[];
}

export interface Report {
  machine: { processor: string; cores: number; memoryGiB: number; node: string; peers: string | undefined };
  rounds: number;
  small: boolean;
  benchmarks: BenchmarkReport[];
}

/** @param peers versions of what is compared with, such as `torch 2.15.0`; undefined without --peers */
export function machineOf(peers: string | undefined): Report['machine'] {
  const processors = cpus();
  return {
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    node: process.version,
    peers,
  };
}

export function machineLine({ processor, cores, memoryGiB, node, peers }: Report['machine']): string {
  const parts = [`${processor}, ${cores} cores, ${memoryGiB} GiB`, `Node ${node}`, peers];
  return parts.filter((part) => part !== undefined).join('; ');
}

export function benchmarkReport(
  { name, title, unit, claims }: Benchmark,
  measured: readonly Measured[],
): BenchmarkReport {
  const ratios = ratiosOf(measured, claims);
  const contenders = measured.map((rates) => ({ ...rates, median: median(rates.rates) }));
  return { name, title, unit, contenders, ratios, claims: judge(claims, measured, ratios) };
}

/** Rates and ratios of a benchmark, row by row; the first row is the heading. */
function rows({ contenders, ratios, unit }: BenchmarkReport): string[][] {
  const ours = contenders.filter(({ role }) => role === 'ours');
  const ratio = (from: string, to: string): string =>
    ratios.find((pair) => pair.ours === from && pair.against === to)?.ratio.toFixed(2) ?? '';
  return [
    ['', 'role', unit, ...ours.map(({ name }) => `${name} /`)],
    ...contenders.map(({ name, role, median: rate }) => [
      name,
      role,
      number(rate),
      ...ours.map((our) => ratio(our.name, name)),
    ]),
  ];
}

/** Three digits or more, thousands apart. */
function number(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}

function claimLine(claim: Verdict): string {
  const said =
    'against' in claim
      ? `${claim.ours} / ${claim.against} ≥ ${claim.atLeast.toFixed(2)}`
      : `${claim.ours}, ${claim.figure} ≤ ${claim.atMost}`;
  if (claim.state === 'skipped') return `skipped  ${said}: not measured`;
  return `${claim.state.padEnd(7)}  ${said}: ${claim.value.toFixed(2)}`;
}

/** Each figure beside the rates, a line each. */
function figureLines({ contenders }: BenchmarkReport): string[] {
  return contenders.flatMap(({ name, figures }) =>
    Object.entries(figures).map(([figure, value]) => `${name}: ${figure}: at most ${number(value)}`),
  );
}

/** For a terminal or a log: columns by spaces, nothing else. */
export function plainTable(report: BenchmarkReport): string {
  const table = rows(report);
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => (row[column] ?? '').length)),
  );
  const lines = table.map((row) =>
    row
      .map((cell, i) => (i < 2 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  return [report.title, ...lines, ...figureLines(report), ...report.claims.map(claimLine)].join('\n');
}

/** For docs/performance.md. */
export function markdownReport(report: BenchmarkReport): string {
  const [heading = [], ...body] = rows(report);
  const figures = figureLines(report);
  return [
    markdownTable(heading, body, (column) => column >= 2),
    ...(figures.length === 0 ? [] : ['', ...figures.map((text) => `- ${text}`)]),
  ].join('\n');
}
