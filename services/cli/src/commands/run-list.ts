import { Option, type Command } from 'commander';
import { AlexnetError } from '@alexnet/core';
import { showRuns, usageOf, type DamagedRun, type RunStatus, type Usage } from '@alexnet/pipeline';
import { action, withReading, type CommandContext } from '../command.ts';
import { bestSoFar, runSummary } from '../runs.ts';
import { briefDuration, percent, sizeText, table } from '../ui/format.ts';

const STATUSES = ['queued', 'running', 'stopped', 'failed', 'done', 'damaged'] as const;
type Status = (typeof STATUSES)[number];

const SORTS = ['name', 'age', 'best', 'size'] as const;
type Sort = (typeof SORTS)[number];

interface ListOptions {
  sort: Sort;
  status?: Status[];
}

/** A run with what it takes up in the store. */
export type ListedRun = (RunStatus | DamagedRun) & { usage: Usage };

export function registerRunList(run: Command): void {
  action<[], ListOptions>(
    run
      .command('list')
      .description('list the runs in the store')
      .addOption(
        new Option('--sort <by>', 'name; age: newest first; best: lowest error first; size: largest first')
          .choices(SORTS)
          .default('name'),
      )
      .addOption(
        new Option('--status <list>', `only these, with commas: ${STATUSES.join(', ')}`).argParser(
          parseStatuses,
        ),
      ),
    'run list --status running,queued --sort age',
    list,
  );
}

/** @throws USAGE */
function parseStatuses(text: string): Status[] {
  const names = text.split(',');
  const unknown = names.find((name) => !STATUSES.includes(name as Status));
  if (unknown === undefined) return names as Status[];
  throw new AlexnetError('USAGE', {
    expected: `--status with names out of ${STATUSES.join(', ')}`,
    actual: unknown === '' ? 'an empty name' : unknown,
    remedy: 'E.g. --status running,queued.',
  });
}

async function list(context: CommandContext, _: [], { sort, status }: ListOptions): Promise<void> {
  await withReading(context, async (reading) => {
    const all = await listWithUsage(reading);
    const runs = sortRuns(
      all.filter((run) => status === undefined || status.includes(run.status)),
      sort,
    );
    const now = new Date();
    const nothing =
      all.length === 0
        ? 'No runs yet. `alexnet train` starts one.'
        : `None of the ${all.length} runs is ${status?.join(' or ') ?? ''}.`;
    context.output.result(
      runs.map((run) => ({ ...runSummary(run), ...timesOf(run, now), bytes: run.usage.bytes })),
      runs.length === 0 ? nothing : runTable(runs, now),
    );
  });
}

/** Every run with its usage. */
export async function listWithUsage(reading: Parameters<typeof showRuns>[0]): Promise<ListedRun[]> {
  const runs = await showRuns(reading);
  return await Promise.all(
    runs.map(async (run) => ({ ...run, usage: await usageOf(reading.store, 'runs', run.run) })),
  );
}

const newest = ({ usage }: ListedRun): number => usage.firstWritten?.getTime() ?? 0;

/** In the order of {@link SORTS}; equal ones by name. */
const COMPARE: Record<Sort, (a: ListedRun, b: ListedRun) => number> = {
  name: () => 0,
  age: (a, b) => newest(b) - newest(a),
  best: (a, b) => (bestSoFar(a)?.top1Error ?? 2) - (bestSoFar(b)?.top1Error ?? 2),
  size: (a, b) => b.usage.bytes - a.usage.bytes,
};

export const sortRuns = (runs: readonly ListedRun[], sort: Sort): ListedRun[] =>
  [...runs].sort((a, b) => COMPARE[sort](a, b) || a.run.localeCompare(b.run));

/** Seconds since a run was created; and from then to its newest object, or to now for one that is under way. */
export function timesOf(
  { status, usage: { firstWritten, lastWritten } }: ListedRun,
  now: Date,
): { createdAt: string | null; ageSeconds: number | null; durationSeconds: number | null } {
  if (firstWritten === null || lastWritten === null)
    return { createdAt: null, ageSeconds: null, durationSeconds: null };
  const seconds = (until: Date): number => Math.max(0, (until.getTime() - firstWritten.getTime()) / 1000);
  const underWay = status === 'running' || status === 'queued';
  return {
    createdAt: firstWritten.toISOString(),
    ageSeconds: seconds(now),
    durationSeconds: seconds(underWay ? now : lastWritten),
  };
}

export function runTable(runs: readonly ListedRun[], now: Date, width?: number): string {
  const rows = runs.map((each) => {
    const { run, dataset, status, progress, usage } = each;
    const times = timesOf(each, now);
    const best = bestSoFar(each);
    return [
      run,
      status,
      progress === null ? '–' : `${progress.epoch}/${progress.epochs}`,
      best === undefined ? '–' : percent(best.top1Error),
      briefDuration(times.ageSeconds ?? NaN),
      briefDuration(times.durationSeconds ?? NaN),
      sizeText(usage.bytes),
      dataset ?? '–',
    ];
  });
  return table(['run', 'status', 'epoch', 'best err', 'age', 'took', 'size', 'dataset'], rows, width);
}
