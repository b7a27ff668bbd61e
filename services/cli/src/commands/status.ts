import { statSync } from 'node:fs';
import path from 'node:path';
import type { Command } from 'commander';
import pc from 'picocolors';
import type { RedisMemory } from '@alexnet/redis';
import {
  EvaluationProgress,
  readPipelineStatus,
  RunProgress,
  type OpenReading,
  type PipelineStatus,
} from '@alexnet/pipeline';
import { action, withReading, type CommandContext } from '../command.ts';
import { runSummary } from '../runs.ts';
import { loginLink } from '../stack/console.ts';
import { findStackOf } from '../stack/stack-file.ts';
import {
  duration,
  facts,
  indented,
  percent,
  sizeText,
  table,
  terminalWidth,
  thousands,
} from '../ui/format.ts';
import { datasetTable, listDatasetsWithUsage, summaryOf, type ListedDataset } from './dataset-show.ts';
import { listWithUsage, runTable, sortRuns, type ListedRun } from './run-list.ts';

/** Runs that the text shows; `run list` has them all. */
const RUNS_SHOWN = 10;

export function register(command: Command): void {
  action<[], object>(command, 'status', status);
}

/** A stack that runs on this machine. */
interface RunningStack {
  folder: string;
  pid: number;
  /** How long it has been running. */
  seconds: number;
  /** The link that lets a browser see and change things; undefined without a console. */
  console: string | undefined;
}

interface Status {
  stack: RunningStack | undefined;
  url: string;
  /** Undefined where Redis could not be asked. */
  pipeline: PipelineStatus | undefined;
  datasets: ListedDataset[];
  runs: ListedRun[];
}

async function status(context: CommandContext): Promise<void> {
  await withReading(context, async (reading) => {
    const [pipeline, datasets, runs] = await Promise.all([
      readPipeline(context, reading),
      listDatasetsWithUsage(reading),
      listWithUsage(reading),
    ]);
    const found: Status = { stack: findStack(context), url: reading.store.url, pipeline, datasets, runs };
    context.output.result(asJson(found, reading), describe(found));
  });
}

async function readPipeline(
  { config }: CommandContext,
  { redis, queues }: OpenReading,
): Promise<PipelineStatus | undefined> {
  return redis && queues && (await readPipelineStatus(config, { redis, queues }));
}

/** The local stack, where it is the pipeline that this command asks. */
function findStack({ config }: CommandContext): RunningStack | undefined {
  const stack = findStackOf(config.redisUrl);
  if (stack === undefined) return undefined;
  const { folder, pid, console } = stack;
  const since = statSync(path.join(folder, 'stack.json'), { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
  return { folder, pid, seconds: (Date.now() - since) / 1000, console: console && loginLink(console) };
}

const bytesOf = (listed: readonly (ListedDataset | ListedRun)[]): number =>
  listed.reduce((sum, { usage }) => sum + usage.bytes, 0);

function asJson({ stack, url, pipeline, datasets, runs }: Status, { redisError }: OpenReading): object {
  return {
    stack: stack ?? null,
    store: { url, datasetBytes: bytesOf(datasets), runBytes: bytesOf(runs) },
    ...(redisError === undefined ? {} : { redisError: redisError.toJSON() }),
    pipeline: pipeline ?? null,
    datasets: datasets.map((each) => ({ ...summaryOf(each), bytes: each.usage.bytes })),
    runs: runs.map((each) => ({ ...runSummary(each), bytes: each.usage.bytes })),
  };
}

function describe({ stack, url, pipeline, datasets, runs }: Status): string {
  const now = new Date();
  const newest = sortRuns(runs, 'age').slice(0, RUNS_SHOWN);
  const more = runs.length - newest.length;
  return [
    facts([
      ['stack', stack === undefined ? 'none on this machine' : stackText(stack)],
      ...(stack?.console === undefined ? [] : [['console', stack.console] as [string, string]]),
      ['store', url],
      ['disk', storeText(datasets, runs)],
      ...(pipeline === undefined ? [] : pipelineFacts(pipeline)),
    ]),
    ...(pipeline === undefined ? [] : section('Workers', workerText(pipeline))),
    ...(pipeline === undefined ? [] : section('Trainers', trainerText(pipeline))),
    ...section('Datasets', datasets.length === 0 ? 'none yet' : datasetTable(datasets, now, sectionWidth())),
    ...section('Runs', runs.length === 0 ? 'none yet' : runTable(newest, now, sectionWidth())),
    ...(more > 0 ? [`  … and ${thousands(more)} older: alexnet run list`] : []),
  ].join('\n');
}

const section = (title: string, text: string): string[] => ['', pc.bold(title), indented(text)];

/** Of the tables, which are indented. */
const sectionWidth = (): number => terminalWidth() - 2;

const stackText = ({ folder, pid, seconds }: RunningStack): string =>
  `${folder}, running for ${duration(seconds)} (pid ${pid})`;

const storeText = (datasets: readonly ListedDataset[], runs: readonly ListedRun[]): string =>
  `${sizeText(bytesOf(datasets))} of datasets, ${sizeText(bytesOf(runs))} of runs`;

const memoryText = ({ used, limit }: RedisMemory): string =>
  `${sizeText(used)}${limit === null ? '' : ` of ${sizeText(limit)}`}`;

function pipelineFacts({ redis, workerJobs: { slices, datasets } }: PipelineStatus): [string, string][] {
  const jobs = ({ active, waiting }: { active: number; waiting: number }): string =>
    `${thousands(active)} in hand, ${thousands(waiting)} waiting`;
  return [
    ...redis.map(({ address, uses, memory }): [string, string] => [
      'redis',
      `${address} (${uses})  ${memory === null ? 'away' : memoryText(memory)}`,
    ]),
    ['slices', jobs(slices)],
    ['ingest', jobs(datasets)],
  ];
}

function workerText({ workers }: PipelineStatus): string {
  if (workers.length === 0) return 'none is connected';
  return table(
    ['host', 'pid', 'slices at once', 'busy', 'images/s'],
    workers.map(({ host, pid, concurrency, busyFraction, imagesPerSecond }) => [
      ...[host, String(pid), String(concurrency)],
      ...[percent(busyFraction), thousands(Math.round(imagesPerSecond))],
    ]),
    sectionWidth(),
  );
}

function trainerText({ trainers, trainerJobs }: PipelineStatus): string {
  const count = trainers === 0 ? 'none is connected' : `${trainers ?? 'an unknown number'} connected`;
  const waiting = trainerJobs.filter(({ state }) => state === 'waiting');
  return [
    count,
    ...trainerJobs.filter(({ state }) => state === 'active').map(jobText),
    ...waiting.map(({ run, job }, at) => `${at + 1}. in the queue: ${job} ${run}`),
  ].join('\n');
}

/** What a trainer does, e.g. "trains pets-1: epoch 3/30, 123 images/s, 4 min 5 s left". */
function jobText({ run, job, progress }: PipelineStatus['trainerJobs'][number]): string {
  if (job === 'evaluate') {
    const seen = EvaluationProgress.safeParse(progress).data;
    const done = seen && `${thousands(seen.done)} of ${thousands(seen.total)} images`;
    return `evaluates ${run}: ${done ?? 'starting'}`;
  }
  const seen = RunProgress.safeParse(progress).data;
  if (seen === undefined) return `trains ${run}: starting`;
  const { epoch, epochs, imagesPerSecond, secondsLeft, phase } = seen;
  const parts = [
    `epoch ${Math.min(epoch + 1, epochs)}/${epochs}${phase === 'validate' ? ', validating' : ''}`,
    `${thousands(Math.round(imagesPerSecond))} images/s`,
    ...(secondsLeft === null ? [] : [`${duration(secondsLeft)} left`]),
  ];
  return `trains ${run}: ${parts.join(', ')}`;
}
