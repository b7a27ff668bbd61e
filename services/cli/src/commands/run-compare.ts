import type { Command } from 'commander';
import pc from 'picocolors';
import { AlexnetError } from '@alexnet/core';
import { profileValues } from '@alexnet/model';
import { readRunSpec, showRun, usageOf, type Reading, type RunSpec } from '@alexnet/pipeline';
import { action, withReading, type CommandContext } from '../command.ts';
import { bestSoFar } from '../runs.ts';
import { duration, percent, sizeText, table } from '../ui/format.ts';
import { timesOf, type ListedRun } from './run-list.ts';

export function registerRunCompare(run: Command): void {
  action<[string[]], object>(
    run
      .command('compare')
      .argument('<runs...>', 'two or more')
      .description('runs side by side: the settings in which they differ, and how they ended'),
    'run compare pets-paper-1 pets-small-1',
    compare,
  );
}

interface Compared {
  run: ListedRun;
  spec: RunSpec;
  seconds: number | null;
}

async function compare(context: CommandContext, [names]: [string[]]): Promise<void> {
  const unique = [...new Set(names)];
  if (unique.length < 2) throw tooFew(names);
  await withReading(context, async (reading) => {
    const now = new Date();
    const compared = await Promise.all(unique.map((name) => read(reading, name, now)));
    const settings = differences(compared.map(({ spec }) => settingsOf(spec)));
    const results = compared.map(resultOf);
    context.output.result(
      { runs: unique, settings: Object.fromEntries(settings), results },
      describe(unique, settings, compared),
    );
  });
}

const tooFew = (names: readonly string[]): AlexnetError =>
  new AlexnetError('USAGE', {
    expected: 'two or more different runs',
    actual: names.join(' '),
    remedy: '`alexnet run list` lists the runs.',
  });

async function read(reading: Reading, name: string, now: Date): Promise<Compared> {
  const [spec, status, usage] = await Promise.all([
    readRunSpec(reading.store, name),
    showRun(reading, name),
    usageOf(reading.store, 'runs', name),
  ]);
  const run = { ...status, usage };
  return { run, spec, seconds: timesOf(run, now).durationSeconds };
}

/** Everything that decides what a run computes, by a dotted key. */
function settingsOf({ dataset, profile, seed, init }: RunSpec): Map<string, unknown> {
  return new Map<string, unknown>([
    ['dataset', dataset.name],
    ['dataset digest', dataset.digest.slice(0, DIGEST_DIGITS)],
    ...profileValues(profile).map(({ key, value }): [string, unknown] => [
      key === 'name' ? 'profile' : key,
      value,
    ]),
    ['seed', seed],
    ['initial weights', init === undefined ? 'random' : 'given'],
  ]);
}

const DIGEST_DIGITS = 12;

/** The keys whose values are not all the same, with the value of each; null where a run does not have the key. */
export function differences(settings: readonly Map<string, unknown>[]): [string, unknown[]][] {
  const keys = new Set(settings.flatMap((each) => [...each.keys()]));
  return [...keys]
    .map((key): [string, unknown[]] => [key, settings.map((each) => each.get(key) ?? null)])
    .filter(([, values]) => new Set(values.map((value) => JSON.stringify(value))).size > 1);
}

function resultOf({ run, seconds }: Compared): object {
  const { status, progress, history } = run;
  const best = bestSoFar(run);
  return {
    ...{ run: run.run, status, epochs: progress?.epoch ?? 0, step: progress?.step ?? 0 },
    bestTop1Error: best?.top1Error ?? null,
    bestEpoch: best?.epoch ?? null,
    lastTop1Error: progress?.validation?.top1Error ?? null,
    lastTop5Error: progress?.validation?.top5Error ?? null,
    trainTop1Error: history.at(-1)?.top1Error ?? null,
    loss: history.at(-1)?.loss ?? null,
    ...{ parameters: progress?.parameters ?? null, durationSeconds: seconds, bytes: run.usage.bytes },
    digest: progress?.digest ?? null,
  };
}

/** A column for each run; the lowest error of each row of errors stands out. */
function describe(
  names: readonly string[],
  settings: readonly [string, unknown[]][],
  compared: readonly Compared[],
): string {
  const row = (name: string, value: (each: Compared) => string): string[] => [name, ...compared.map(value)];
  const errors = (name: string, value: (each: Compared) => number | null | undefined): string[] => {
    const values = compared.map((each) => value(each) ?? null);
    const least = Math.min(...values.map((each) => each ?? Infinity));
    return [name, ...values.map((each) => (each === null ? '–' : marked(percent(each), each === least)))];
  };
  const rows = [
    ...settings.map(([key, values]) => [key, ...values.map(textOf)]),
    row('status', ({ run }) => run.status),
    row('epochs', ({ run }) => `${run.progress?.epoch ?? 0}/${run.progress?.epochs ?? '–'}`),
    errors('best val top-1 error', ({ run }) => bestSoFar(run)?.top1Error),
    row('in epoch', ({ run }) => String(bestSoFar(run)?.epoch ?? '–')),
    errors('last val top-1 error', ({ run }) => run.progress?.validation?.top1Error),
    errors('last val top-5 error', ({ run }) => run.progress?.validation?.top5Error),
    errors('last train top-1 error', ({ run }) => run.history.at(-1)?.top1Error),
    row('parameters', ({ run }) => run.progress?.parameters.toLocaleString('en-US') ?? '–'),
    row('took', ({ seconds }) => (seconds === null ? '–' : duration(seconds))),
    row('size', ({ run }) => sizeText(run.usage.bytes)),
  ];
  const note = settings.length === 0 ? 'They have the same settings.' : '';
  return [table(['', ...names], rows), ...(note === '' ? [] : ['', note])].join('\n');
}

const marked = (text: string, isLeast: boolean): string => (isLeast ? pc.green(text) : text);

const textOf = (value: unknown): string =>
  value === null ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
