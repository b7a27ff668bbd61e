import { monitorEventLoopDelay } from 'node:perf_hooks';
import { resolveProfile, type Profile } from '@alexnet/model';
import { removeRun, resumeRun, startRun, stopRun, type Pipeline } from '@alexnet/pipeline';
import type { Round, Benchmark } from '../benchmark.ts';
import { watchProcesses, type LoopDelay } from './loop-delays.ts';
import { ended, reach } from './reach.ts';
import { DATASET, makeRecords } from './records.ts';
import { startPipeline, startTrainer } from './workers.ts';

const RUN = 'a run with everything in it';
/** What the event loop was held by: by its own work, or by that and waiting for a core. */
const figuresOf = (who: string) => ({
  work: `${who}: own work, p99.9, ms`,
  longest: `${who}: own work, longest, ms`,
  clock: `${who}: by the clock, p99.9, ms`,
});
const TRAINER = figuresOf('trainer');
const WORKERS = figuresOf('workers');
/** A process that does next to nothing: what waiting for a core, and for the machine itself, comes to. */
const BYSTANDER = {
  clock: 'a bystander: by the clock, p99.9, ms',
  longest: 'a bystander: by the clock, longest, ms',
};

/** Besides those at the end of each epoch, and the one at which the run is stopped. */
const CHECKPOINT_EVERY = 8;
const STOP_AT = 11;
const VALIDATION = 0.1;

/** How long jobs' locks cannot be renewed: of every process that holds jobs, while all that it can do is done. */
export const eventLoop: Benchmark = {
  name: 'event-loop',
  title: 'A run of profile paper, one epoch: checkpoints, a stop, a restart, validation; two workers',
  unit: 'images/s',
  claims: [
    { ours: RUN, figure: TRAINER.work, atMost: 50 },
    { ours: RUN, figure: WORKERS.work, atMost: 50 },
  ],
  async open({ small, folder, photographs }) {
    const settings = small ? ['net.width=0.25', 'batchSize=32'] : [];
    const { storeUrl } = await makeRecords(folder, await photographs(), small ? 4 : 14, VALIDATION);
    const { pipeline, environment, workerPids } = await startPipeline({
      storeUrl,
      folder,
      workers: 2,
      workerCores: undefined,
    });
    const trainer = await startTrainer(environment, folder);
    const profile = resolveProfile('paper', [...settings, 'epochs=1', `checkpointEvery=${CHECKPOINT_EVERY}`]);
    return {
      contenders: [
        { name: RUN, role: 'ours', measure: () => watchRun(pipeline, profile, [trainer.pid, ...workerPids]) },
      ],
      close: async () => {
        await trainer.stop();
        await pipeline.lifecycle.close();
      },
    };
  },
};

let runs = 0;

/** @param pids of the trainer, then of the workers */
async function watchRun(pipeline: Pipeline, profile: Profile, pids: readonly number[]): Promise<Round> {
  const run = `loop-${++runs}`;
  const watched = await watchProcesses(pids);
  const bystander = monitorEventLoopDelay({ resolution: 1 });
  bystander.enable();
  const began = performance.now() / 1000;
  await startRun(pipeline, { dataset: DATASET, run, profile, seed: 1, keep: 1 });
  await reach(pipeline, run, STOP_AT);
  await stopRun(pipeline, run);
  await ended(pipeline, run);
  await resumeRun(pipeline, run);
  await ended(pipeline, run);
  const { step, at } = await reach(pipeline, run, 1);
  bystander.disable();
  const [trainer, ...workers] = await watched();
  await removeRun(pipeline, run);
  return {
    rate: (step * profile.batchSize) / (at - began),
    figures: {
      ...worst(TRAINER, trainer === undefined ? [] : [trainer]),
      ...worst(WORKERS, workers),
      [BYSTANDER.clock]: bystander.percentile(99.9) / 1e6,
      [BYSTANDER.longest]: bystander.max / 1e6,
    },
  };
}

const worst = (
  names: ReturnType<typeof figuresOf>,
  delays: readonly LoopDelay[],
): Record<string, number> => ({
  [names.work]: Math.max(...delays.map(({ workP999Ms }) => workP999Ms)),
  [names.longest]: Math.max(...delays.map(({ workMs }) => workMs)),
  [names.clock]: Math.max(...delays.map(({ p999Ms }) => p999Ms)),
});
