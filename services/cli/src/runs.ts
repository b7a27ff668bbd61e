import pc from 'picocolors';
import {
  bestValidation,
  errorToBeat,
  workersLacking,
  type Baseline,
  type DamagedRun,
  type RunProgress,
  type RunStatus,
} from '@alexnet/pipeline';
import { describeEvaluations, errorsText, type EvaluationSummary } from './evaluation.ts';
import { facts, percent, plural, table, thousands } from './ui/format.ts';
import { sparkline } from './ui/sparkline.ts';

/** The lowest validation error so far, also of an epoch that no checkpoint has yet, and its epoch, counted from 1. */
export function bestSoFar({
  history,
  progress,
}: Pick<RunStatus, 'history' | 'progress'>): { epoch: number; top1Error: number } | undefined {
  const last = progress?.validation;
  const best = bestValidation([...history, ...(last ? [{ epoch: last.epoch, validation: last }] : [])]);
  return best && { epoch: best.epoch + 1, top1Error: best.top1Error };
}

/** What is known of a run besides how it stands. */
export interface RunDetails {
  baseline?: Baseline | undefined;
  /** Of the newest checkpoint that was evaluated. */
  evaluations?: readonly EvaluationSummary[];
  /** Mean losses in nats over the whole run, at equal distances; empty where none is recorded. */
  losses?: readonly number[];
}

/** The fields that other tools may rely on. Epochs are counted from 1. */
export function runSummary(
  status: RunStatus | DamagedRun,
  { baseline, evaluations }: RunDetails = {},
): object {
  const { run, dataset, profile, progress, history, earlyEnd, error, sections, checkpoints } = status;
  return {
    run,
    dataset,
    profile,
    status: status.status,
    step: progress?.step ?? 0,
    steps: progress?.steps ?? null,
    epoch: progress?.epoch ?? 0,
    loss: progress?.loss ?? null,
    top1Error: progress?.top1Error ?? null,
    top5Error: progress?.top5Error ?? null,
    validation: progress?.validation ? countedFromOne(progress.validation) : null,
    best: bestSoFar({ history, progress }) ?? null,
    earlyEnd: earlyEnd && { ...earlyEnd, bestEpoch: earlyEnd.bestEpoch + 1 },
    baseline: baseline ?? null,
    ...(evaluations === undefined ? {} : { evaluations }),
    sections,
    digest: progress?.digest ?? null,
    checkpoint: progress?.checkpoint ?? null,
    checkpoints,
    imagesPerSecond: progress?.imagesPerSecond ?? null,
    dataWaitFraction: progress?.dataWaitFraction ?? null,
    workers: progress?.workers ?? null,
    workersWanted: progress?.workersWanted ?? null,
    parameters: progress?.parameters ?? null,
    device: progress?.device ?? null,
    history: history.map(countedFromOne),
    ...(error === null ? {} : { error: error.toJSON() }),
  };
}

const countedFromOne = <T extends { epoch: number }>(record: T): T => ({
  ...record,
  epoch: record.epoch + 1,
});

/** How a trainer that more workers would feed stands, e.g. "input-bound 41 %: 3 more workers would feed this trainer". */
export function shortOfWorkers(
  progress: Pick<RunProgress, 'dataWaitFraction' | 'workers' | 'workersWanted'>,
): string | undefined {
  const lacking = workersLacking(progress);
  if (lacking === 0) return undefined;
  const share = (100 * progress.dataWaitFraction).toFixed(0);
  return `input-bound ${share} %: ${plural(lacking, 'more worker')} would feed this trainer`;
}

function describeLosses(losses: readonly number[]): [string, string][] {
  const [first, last] = [losses[0], losses.at(-1)];
  if (first === undefined || last === undefined || losses.length < 2) return [];
  return [['loss', `${sparkline(losses)}  from ${first.toFixed(2)} to ${last.toFixed(2)} nats`]];
}

/** Of a run that is under way. */
function describeWorkers({ status, progress }: RunStatus): [string, string][] {
  if (status !== 'running' || progress === null) return [];
  const { workers, workersWanted } = progress;
  const wanted = workersWanted === null ? 'how many are wanted is not known yet' : `${workersWanted} wanted`;
  const short = shortOfWorkers(progress);
  return [['workers', short === undefined ? `${workers}, ${wanted}` : `${workers}; ${short}`]];
}

/** What a net has to beat, and whether it does. */
function describeBaseline(baseline: Baseline, { progress, history }: RunStatus): [string, string][] {
  const { chance, mostFrequent } = baseline;
  const answers = [
    ...(mostFrequent === null
      ? []
      : [`${percent(mostFrequent.top1Error)} by always answering ${mostFrequent.class}`]),
    `${percent(chance)} by guessing`,
  ];
  const least = bestSoFar({ history, progress })?.top1Error;
  const verdict =
    least !== undefined && least >= errorToBeat(baseline)
      ? [['', pc.yellow('so far the net is no better than answers that do not look at the image')] as const]
      : [];
  return [
    ['top-1 to beat', answers.join(', ')],
    ...verdict.map(([name, text]): [string, string] => [name, text]),
  ];
}

/** How the learning rate changed, and why a run ended before its last epoch. */
const describeSchedule = (status: RunStatus): [string, string][] => [
  ...describeRate(status.history),
  ...describeEarlyEnd(status.earlyEnd),
];

/** Changes of the rate that are told one by one; a rate that changes in every epoch is in the table of epochs. */
const CHANGES_TOLD = 5;

function describeRate(history: RunStatus['history']): [string, string][] {
  const changes = history.flatMap(({ epoch, learningRate }, at) => {
    const before = history[at - 1]?.learningRate ?? learningRate;
    const how = learningRate < before ? 'lowered' : 'raised';
    return learningRate === before ? [] : [{ epoch, learningRate, how }];
  });
  const [first, last] = [history[0], history.at(-1)];
  if (changes.length > CHANGES_TOLD && first !== undefined && last !== undefined)
    return [
      ['rate', `changed ${changes.length} times, from ${rateText(first)} at first to ${rateText(last)} now`],
    ];
  return changes.map((change) => [
    'rate',
    `${change.how} to ${rateText(change)} from epoch ${change.epoch + 1} on`,
  ]);
}

const rateText = ({ learningRate }: { learningRate: number }): string => learningRate.toPrecision(2);

function describeEarlyEnd(earlyEnd: RunStatus['earlyEnd']): [string, string][] {
  if (earlyEnd === null) return [];
  const { reason, epochs, of, bestEpoch } = earlyEnd;
  const why = {
    plateau: 'the validation error no longer improved at the lowest rate',
    earlyStop: 'the validation error no longer improved, and earlyStop ends the run then',
  }[reason];
  return [['ended early', `after epoch ${epochs} of ${of}: ${why}; the best epoch is ${bestEpoch + 1}`]];
}

export function describeRun(
  status: RunStatus,
  { baseline, evaluations = [], losses = [] }: RunDetails = {},
): string {
  const { run, dataset, profile, progress, history, error, checkpoints } = status;
  const head = `${run}  ${status.status}`;
  const lines: [string, string][] = [
    ['dataset', dataset],
    ['profile', profile],
  ];
  if (progress !== null) {
    const { validation } = progress;
    lines.push(
      [
        'progress',
        `step ${thousands(progress.step)} of ${thousands(progress.steps)}, epoch ${progress.epoch} of ${progress.epochs}`,
      ],
      ['net', `${thousands(progress.parameters)} parameters, on the ${progress.device}`],
      [
        'speed',
        `${progress.imagesPerSecond.toFixed(0)} images/s, waiting for data ${percent(progress.dataWaitFraction)}`,
      ],
      ...describeLosses(losses),
      ...describeWorkers(status),
      ['validation', validation === null ? 'none yet' : errorsText(validation)],
      ...(baseline === undefined ? [] : describeBaseline(baseline, status)),
      ...describeEvaluations(evaluations),
      ...describeSchedule(status),
      ['checkpoint', progress.checkpoint ?? 'none yet'],
      ...(checkpoints.length > 1
        ? [['to resume from', `steps ${checkpoints.join(', ')}`] as [string, string]]
        : []),
      ...status.sections.map(({ epochs, digest }): [string, string] => [
        'extended',
        `after epoch ${epochs}, digest ${digest}`,
      ]),
      ['digest', progress.digest],
    );
  }
  if (error !== null) lines.push(['error', `${error.code}: ${error.actual}. ${error.remedy}`]);
  const epochs = history.map(({ epoch, loss, top1Error, top5Error, learningRate, validation }) => [
    ...[String(epoch + 1), loss.toFixed(3), percent(top1Error), percent(top5Error)],
    ...[
      validation === null ? '–' : percent(validation.top1Error),
      validation === null ? '–' : percent(validation.top5Error),
    ],
    learningRate.toPrecision(2),
  ]);
  const heads = ['epoch', 'loss', 'top-1 err', 'top-5 err', 'val top-1', 'val top-5', 'rate'];
  return [head, facts(lines), ...(epochs.length > 0 ? ['', table(heads, epochs)] : [])].join('\n');
}
