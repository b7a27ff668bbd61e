/** `pnpm bench [BENCHMARK…] [--peers] [--rounds N] [--small] [--json FILE] [--check FILE] [--list]` */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '@alexnet/core';
import { compare, readCommitted } from './check.ts';
import type { Committed } from './check.ts';
import { parseOptions } from './options.ts';
import type { Options } from './options.ts';
import { preparePeers } from './peers.ts';
import type { Peers } from './peers.ts';
import { photographs } from './photographs.ts';
import { machineLine, machineOf, markdownReport, plainTable, benchmarkReport } from './report.ts';
import { quietMachine } from './quiet.ts';
import type { Report, BenchmarkReport } from './report.ts';
import { measureRounds } from './rounds.ts';
import type { Benchmark } from './benchmark.ts';
import { BENCHMARKS } from './benchmarks.ts';
import { setExitCode } from '../support/program.ts';

const progress = (line: string): void => console.error(line);

/** @returns the exit code */
async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2), BENCHMARKS);
  if (options.list) {
    for (const { name, title, unit } of BENCHMARKS) console.log(`${name.padEnd(12)} ${title} (${unit})`);
    return 0;
  }
  const committed = options.check === undefined ? undefined : await readCommitted(options.check);
  const { cacheDir } = loadConfig();
  const peers = options.peers ? await preparePeers(cacheDir, progress) : undefined;
  const machine = machineOf(peers?.versions);
  console.log(machineLine(machine));
  const report: Report = { machine, rounds: options.rounds, small: options.small, benchmarks: [] };
  for (const benchmark of options.benchmarks) {
    const result = await runBenchmark(benchmark, options, peers, cacheDir);
    report.benchmarks.push(result);
    console.log(`\n${plainTable(result)}\n\n${markdownReport(result)}`);
  }
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  return committed === undefined || checkAgainst(committed, report) ? 0 : 1;
}

async function runBenchmark(
  benchmark: Benchmark,
  { rounds, small }: Options,
  peers: Peers | undefined,
  cacheDir: string,
): Promise<BenchmarkReport> {
  const folder = await mkdtemp(path.join(tmpdir(), 'alexnet-bench-'));
  try {
    const open = await benchmark.open({
      peers: peers?.python,
      small,
      folder,
      photographs: () => photographs(cacheDir, progress),
    });
    try {
      const onProgress = (line: string): void => progress(`${benchmark.name}  ${line}`);
      const measured = await measureRounds(open.contenders, rounds, onProgress, quietMachine());
      const result = benchmarkReport(benchmark, measured);
      // A quick look says nothing about what is claimed of the real sizes.
      return small ? { ...result, claims: [] } : result;
    } finally {
      await open.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Whether every ratio that could be compared was kept. */
function checkAgainst(committed: Committed, report: Report): boolean {
  const { fallen, kept, skipped } = compare(committed, report);
  console.log();
  for (const line of kept) console.log(`kept     ${line}`);
  for (const line of skipped) console.log(`skipped  ${line}: not measured here`);
  for (const line of fallen) console.log(`fallen   ${line}`);
  if (fallen.length > 0) console.error('Ratios fell by more than a third: see "fallen" above.');
  return fallen.length === 0;
}

await setExitCode(main);
// A library may keep a thread or a socket open.
process.exit();
