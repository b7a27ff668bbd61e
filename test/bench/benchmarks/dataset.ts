import { cp, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { checkSpec, readManifest } from '@alexnet/datasets';
import { addDataset, removeDataset, type Pipeline } from '@alexnet/pipeline';
import { datasetJobId } from '@alexnet/queues';
import { startNode, startPython } from '../child.ts';
import type { Contender, Round, Benchmark } from '../benchmark.ts';
import { openContenders, type Candidate } from './contenders.ts';
import { watchProcesses } from './loop-delays.ts';
import { startPipeline } from './workers.ts';

const TWO = 'two workers';
const ONE = 'one worker';
const WEBDATASET = 'WebDataset';
const MOSAICML = 'MosaicML Streaming';
const LITDATA = 'LitData';
const LIMIT = 'decoded, in memory';
const CORES = 2;
const IDLE = `cores that its workers leave idle, of ${CORES}`;

const OWN_WORK = 'event loops: own work, p99.9, ms';
const CLOCK = 'event loops: by the clock, p99.9, ms';

const COPIES = { all: 48, small: 8 };
const POLL_MS = 50;

/** From a folder of photographs to a finished dataset of 256×256 records, with all cores. */
export const dataset: Benchmark = {
  name: 'dataset',
  title: 'A folder of JPEGs of 500×375 to a dataset, two processes',
  unit: 'images/s',
  claims: [
    ...[WEBDATASET, MOSAICML, LITDATA].map((against) => ({ ours: TWO, against, atLeast: 2 })),
    { ours: ONE, figure: IDLE, atMost: 0.2 },
    { ours: ONE, figure: OWN_WORK, atMost: 50 },
    { ours: TWO, figure: OWN_WORK, atMost: 50 },
  ],
  async open({ peers, small, folder, photographs }) {
    const jpegs = await photographs();
    const source = path.join(folder, 'images');
    const copies = small ? COPIES.small : COPIES.all;
    for (let copy = 0; copy < copies; copy++)
      await cp(jpegs, path.join(source, `class-${String(copy).padStart(2, '0')}`), { recursive: true });
    const pipelines: Pipeline[] = [];
    const ours = async (name: string, workers: number): Promise<Contender> => {
      const own = path.join(folder, `${workers}`);
      const store = path.join(own, 'store');
      await mkdir(store, { recursive: true });
      const started = await startPipeline({
        ...{ storeUrl: pathToFileURL(store).href, folder: own, workers },
        workerCores: undefined,
      });
      pipelines.push(started.pipeline);
      return { name, role: 'ours', measure: () => make(started, source) };
    };
    const candidates: Candidate[] = [
      ...(peers === undefined
        ? []
        : (
            [
              [WEBDATASET, 'webdataset'],
              [MOSAICML, 'mosaicml'],
              [LITDATA, 'litdata'],
            ] as const
          ).map(([name, which]): Candidate => {
            const args = [which, source, path.join(folder, which)];
            return { name, role: 'peer', start: () => startPython('all', peers, 'dataset.py', args) };
          })),
      {
        name: LIMIT,
        role: 'limit',
        start: () =>
          startNode('all', new URL('decode-ours.ts', import.meta.url), [small ? '0.5' : '2', jpegs, 'pool']),
      },
    ];
    const contenders = [await ours(TWO, 2), await ours(ONE, 1)];
    const others = await openContenders(candidates);
    return {
      contenders: [...contenders, ...others.contenders],
      close: async () => {
        await others.close();
        for (const { lifecycle } of pipelines) await lifecycle.close();
      },
    };
  },
};

let made = 0;

/** Makes a dataset of everything in a folder, and removes it. */
async function make(
  { pipeline, workerPids }: Awaited<ReturnType<typeof startPipeline>>,
  source: string,
): Promise<Round> {
  const name = `bench-${++made}`;
  const ended = await watchProcesses(workerPids);
  const before = await processorSeconds(workerPids);
  const began = performance.now();
  const { addition } = await addDataset(pipeline, checkSpec({ name, source, valFraction: 0, seed: 1 }));
  const finish = datasetJobId.finish(name, addition);
  const plan = datasetJobId.plan(name, addition);
  for (;;) {
    const { state } = await pipeline.queues.report('datasets', finish);
    if (state === 'completed') break;
    const failed = [state, (await pipeline.queues.report('datasets', plan)).state].includes('failed');
    if (failed) throw new Error(`${name} failed`);
    await sleep(POLL_MS);
  }
  const seconds = (performance.now() - began) / 1000;
  const used = (await processorSeconds(workerPids)) - before;
  const delays = await ended();
  const { splits } = await readManifest(pipeline.store, name);
  await removeDataset(pipeline, name, () => Promise.resolve([]));
  return {
    rate: splits.train.count / seconds,
    figures: {
      [IDLE]: CORES - used / seconds,
      [OWN_WORK]: Math.max(...delays.map(({ workP999Ms }) => workP999Ms)),
      [CLOCK]: Math.max(...delays.map(({ p999Ms }) => p999Ms)),
    },
  };
}

/** Of Linux, whatever the kernel's own clock. */
const TICKS_A_SECOND = 100;

/** That processes have used so far. */
async function processorSeconds(pids: readonly number[]): Promise<number> {
  let ticks = 0;
  for (const pid of pids) {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1');
    // The second field is the program's name, which may hold anything.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    ticks += Number(fields[11]) + Number(fields[12]);
  }
  return ticks / TICKS_A_SECOND;
}
