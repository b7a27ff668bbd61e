import type { RunDetails, SystemStatus } from '../../api/types.ts';
import { percent, plural } from '../../format/format.ts';

/** Above this share of its time, a trainer waits noticeably (docs/operations.md, "How many workers"). */
const NOTICEABLE_WAIT = 0.05;
/** Below this share of their time, workers wait noticeably. */
const IDLE = 0.5;

export interface Workers {
  count: number;
  imagesPerSecond: number;
  /** Mean share of the time; null without workers. */
  busy: number | null;
}

export function sumOfWorkers({ workers }: Pick<SystemStatus, 'workers'>): Workers {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return {
    count: workers.length,
    imagesPerSecond: sum(workers.map(({ imagesPerSecond }) => imagesPerSecond)),
    busy: workers.length === 0 ? null : sum(workers.map(({ busy }) => busy)) / workers.length,
  };
}

/** Who holds up a run, and a sentence that says so. */
export interface Flow {
  slowest: 'workers' | 'trainer' | 'redis' | undefined;
  text: string;
}

type FlowingRun = Pick<RunDetails, 'status' | 'dataWait' | 'workersWanted'>;

export function flowOf(run: FlowingRun, workers: Workers): Flow {
  if (run.status === 'queued') return { slowest: 'trainer', text: 'The run waits for a free trainer.' };
  if (run.status !== 'running')
    return {
      slowest: undefined,
      text: `The run ${run.status === 'failed' ? 'has failed' : `is ${run.status}`}: nothing flows.`,
    };
  if (workers.count === 0)
    return { slowest: 'workers', text: 'No worker is alive. Start one: alexnet worker' };
  if (run.dataWait === null) return { slowest: undefined, text: 'Nothing is measured yet.' };
  if (run.dataWait > NOTICEABLE_WAIT) return inputBound(run.dataWait, run, workers);
  return workers.busy !== null && workers.busy < IDLE
    ? {
        slowest: 'trainer',
        text: `The workers wait for the trainer: they are busy for ${percent(workers.busy)} of their time.`,
      }
    : { slowest: undefined, text: 'Workers and trainer keep up with each other.' };
}

function inputBound(wait: number, { workersWanted }: FlowingRun, workers: Workers): Flow {
  const text = `The trainer waits for images for ${percent(wait)} of its time.`;
  // Idle workers and a trainer that waits: what lies between them is slow.
  if (workers.busy !== null && workers.busy < IDLE) {
    return { slowest: 'redis', text: `${text} The workers are idle too: look at Redis and the network.` };
  }
  const more = (workersWanted ?? 0) - workers.count;
  return {
    slowest: 'workers',
    text: more > 0 ? `${text} ${plural(more, 'more worker')} would feed it.` : text,
  };
}

/** Why so many workers are wanted. */
export function wantedText({ workersWanted, status }: FlowingRun, workers: Workers): string {
  if (status !== 'running') return '';
  if (workersWanted === null) return 'How many workers are wanted is known after some steps.';
  if (workersWanted > workers.count)
    return `${plural(workersWanted, 'worker')} wanted: the trainer could use more images.`;
  if (workersWanted < workers.count)
    return `${plural(workersWanted, 'worker')} wanted: fewer would be enough.`;
  return `${plural(workersWanted, 'worker')} wanted, as many as there are.`;
}
