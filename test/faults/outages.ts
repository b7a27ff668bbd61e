/**
 * `npm run outages -- [--minutes M]`: takes Redis, the store and both away for minutes, while a run is trained, and counts
 * what each process writes into its log meanwhile. docs/reliability.md has the table.
 */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod';
import { parseArguments, usage } from '../support/command-line.ts';
import { markdownTable } from '../support/markdown.ts';
import { drawShapes } from '../support/pictures.ts';
import { setExitCode } from '../support/program.ts';
import { Chronicle } from './chronicle.ts';
import { seconds } from './fault.ts';
import { datasetSpec, ingest } from './ingest.ts';
import type { Server } from './links.ts';
import type { Service } from './service.ts';
import { startTestbed, type Testbed } from './testbed.ts';
import { DATASET, faultsOf, train } from './training.ts';
import { Work } from './work.ts';

/** What each process may write in ten minutes without a server. */
const MOST_LINES_IN_TEN_MINUTES = 200;
const SHARD_SIZE = 48;
const EPOCHS = 40;
const RECOVERY_MS = 180_000;

const OUTAGES: Readonly<Record<string, readonly Server[]>> = {
  Redis: ['queues', 'slices'],
  store: ['store'],
  both: ['queues', 'slices', 'store'],
};

interface Row {
  outage: string;
  process: string;
  lines: number;
  recoverySeconds: number;
}

/** pino's number of a warning. */
const WARNING = 40;
const Line = z.object({ level: z.number(), msg: z.string() });
const Caused = z.object({ error: z.object({ code: z.string(), message: z.string(), stack: z.string() }) });

/** What is wrong with a line of a log: nothing, or that it is no JSON, or a warning that does not say its cause. */
function faultOf(text: string): string | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return `no JSON: ${text.slice(0, 200)}`;
  }
  const line = Line.safeParse(json);
  if (!line.success) return `no line of the logger: ${text.slice(0, 200)}`;
  const needsCause = line.data.level >= WARNING;
  return needsCause && !Caused.safeParse(json).success
    ? `a warning without code and stack: ${text.slice(0, 300)}`
    : undefined;
}

async function linesSince({ logFile }: Service, offset: number): Promise<string[]> {
  const text = (await readFile(logFile)).subarray(offset).toString('utf8');
  return text.split('\n').filter((line) => line !== '');
}

async function takeAway(
  testbed: Testbed,
  work: Work,
  { outage, minutes, chronicle }: { outage: string; minutes: number; chronicle: Chronicle },
): Promise<Row[]> {
  const services = [...testbed.workers, ...testbed.trainers];
  const offsets = await Promise.all(services.map(async ({ logFile }) => (await stat(logFile)).size));
  const links = (OUTAGES[outage] ?? []).flatMap((server) => [
    testbed.links.workers[server],
    testbed.links.trainers[server],
  ]);
  for (const link of links) await link.enable(false);
  chronicle.note(`${outage}: away for ${minutes} minutes`);
  await sleep(minutes * 60_000);
  const logs = await Promise.all(services.map((service, i) => linesSince(service, offsets[i] ?? 0)));
  for (const link of links) await link.enable(true);
  const back = performance.now();
  if (!(await work.beyond(work.step, RECOVERY_MS))) {
    chronicle.problem(`${outage}: the run does not go on ${seconds(RECOVERY_MS)} after it`);
  }
  const recoverySeconds = (performance.now() - back) / 1000;
  return services.map(({ name }, i) => {
    const lines = logs[i] ?? [];
    for (const fault of new Set(lines.flatMap((line) => faultOf(line) ?? []))) {
      chronicle.problem(`${outage}, ${name}: ${fault}`);
    }
    if (lines.length >= MOST_LINES_IN_TEN_MINUTES * Math.max(1, minutes / 10)) {
      chronicle.problem(`${outage}, ${name}: ${lines.length} lines in ${minutes} minutes`);
    }
    return { outage, process: name, lines: lines.length, recoverySeconds };
  });
}

/** @returns the exit code */
async function main(): Promise<number> {
  const { values } = parseArguments(process.argv.slice(2), '[--minutes M]', {
    minutes: { type: 'string', default: '10' },
  });
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= 60))
    throw usage('--minutes to be more than 0 and at most 60', values.minutes);
  const chronicle = new Chronicle((line) => console.error(line));
  const testbed = await startTestbed({
    workers: 2,
    note: (line) => chronicle.problem(line),
  });
  const rows: Row[] = [];
  try {
    const pictures = await drawShapes(path.join(testbed.folder, 'few'), { train: 32, val: 6 });
    await testbed.startServices();
    const { pipeline } = testbed;
    await ingest(
      pipeline,
      new Work('ingest', DATASET),
      datasetSpec(DATASET, pictures, SHARD_SIZE),
      chronicle,
    );
    const how = { epochs: EPOCHS, chronicle };
    const reference = await train(pipeline, new Work('training', 'undisturbed'), how);
    for (const outage of Object.keys(OUTAGES)) {
      const work = new Work('training', `without-${outage.toLowerCase()}`);
      const trained = train(pipeline, work, how);
      // What it fails with is seen below.
      trained.catch(() => undefined);
      await work.beyond(EPOCHS, RECOVERY_MS);
      rows.push(...(await takeAway(testbed, work, { outage, minutes, chronicle })));
      const outcome = await trained;
      for (const fault of await faultsOf(pipeline, work.name, outcome, reference)) chronicle.problem(fault);
    }
  } finally {
    const keep = chronicle.problems.length > 0;
    if (keep) chronicle.note(`logs are kept in ${testbed.folder}`);
    await testbed.close(keep);
  }
  const cells = rows.map(({ outage, process: name, lines, recoverySeconds }) => [
    ...[outage, name, String(lines), `${recoverySeconds.toFixed(1)} s`],
  ]);
  const heads = ['away', 'process', `log lines in ${minutes} minutes`, 'until the run went on'];
  console.log(markdownTable(heads, cells, (column) => column > 1));
  for (const problem of chronicle.problems) console.log(`PROBLEM: ${problem}`);
  return chronicle.problems.length === 0 ? 0 : 1;
}

await setExitCode(main);
// A library may keep a socket open.
process.exit();
