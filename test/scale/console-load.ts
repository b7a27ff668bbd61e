import { readFile } from 'node:fs/promises';
import { get, type ClientRequest } from 'node:http';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import autocannon from 'autocannon';
import { showRun } from '@alexnet/pipeline';
import { drawShapes } from '../support/pictures.ts';
import { assignments, TestPipeline } from '../support/pipeline.ts';

const RUN = 'watched';
const STREAMS = 200;
const REQUESTS_PER_SECOND = 50;
const LOAD_SECONDS = 60;
/** Before a phase is measured: caches fill, and code is compiled. */
const WARM_UP_SECONDS = 10;
/** With the load and without it, in turns, so that what slows the machine down for a while slows down both. */
const ROUNDS = 2;

/** What pages of a run ask for. */
const PATHS = [
  '/api/v1/runs?limit=100',
  `/api/v1/runs/${RUN}`,
  `/api/v1/runs/${RUN}/history?points=1000`,
  `/api/v1/runs/${RUN}/events`,
  '/api/v1/status',
  '/metrics',
];

interface Phase {
  stepsPerSecond: number;
}

interface LoadedPhase extends Phase {
  p50: number;
  p99: number;
  failed: number;
  memoryBefore: number;
  memoryAfter: number;
}

/** How a console answers while 200 pages follow a run and others ask for more, and what that costs the training. */
export async function consoleLoad(): Promise<Record<string, string>> {
  const pipeline = await TestPipeline.start();
  try {
    const pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 200, val: 20 });
    await pipeline.worker();
    await pipeline.trainer();
    await pipeline.json('dataset', 'add', pictures, '--name', 'shapes', '--follow');
    const settings = assignments({ batchSize: 32, sliceSize: 16, epochs: 10_000 });
    await pipeline.json('train', '--dataset', 'shapes', '--run', RUN, '--profile', 'demo', ...settings);
    await pipeline.until(RUN, ({ progress }) => (progress?.step ?? 0) > 20);
    const { address, running } = await pipeline.console();
    const without: Phase[] = [];
    const loaded: LoadedPhase[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      without.push(await timePhase(pipeline, () => sleep(LOAD_SECONDS * 1000)));
      loaded.push(await timeLoad(pipeline, address, running.pid));
    }
    without.push(await timePhase(pipeline, () => sleep(LOAD_SECONDS * 1000)));
    return figuresOf(without, loaded);
  } finally {
    await pipeline.close();
  }
}

async function timePhase(pipeline: TestPipeline, work: () => Promise<unknown>): Promise<Phase> {
  const stepOf = async (): Promise<number> =>
    (await showRun(await pipeline.library(), RUN)).progress?.step ?? NaN;
  const [first, began] = [await stepOf(), performance.now()];
  await work();
  const [last, ended] = [await stepOf(), performance.now()];
  return { stepsPerSecond: (last - first) / ((ended - began) / 1000) };
}

async function timeLoad(pipeline: TestPipeline, address: string, pid: number): Promise<LoadedPhase> {
  const streams = Array.from({ length: STREAMS }, () => openStream(`${address}/api/v1/runs/${RUN}/stream`));
  try {
    await load(address, WARM_UP_SECONDS);
    const memoryBefore = await residentBytes(pid);
    let result: autocannon.Result | undefined;
    const phase = await timePhase(pipeline, async () => {
      result = await load(address, LOAD_SECONDS);
    });
    if (result === undefined) throw new Error('the load was not measured');
    const closed = streams.filter(({ destroyed }) => destroyed).length;
    return {
      ...phase,
      p50: result.latency.p50,
      p99: result.latency.p99,
      failed: result.errors + result.non2xx + closed,
      memoryBefore,
      memoryAfter: await residentBytes(pid),
    };
  } finally {
    for (const stream of streams) stream.destroy();
  }
}

function load(address: string, duration: number): Promise<autocannon.Result> {
  return Promise.resolve(
    autocannon({
      url: address,
      connections: 10,
      overallRate: REQUESTS_PER_SECOND,
      duration,
      requests: PATHS.map((each) => ({ path: each })),
    }),
  );
}

/** Reads a stream and forgets what it says. */
function openStream(address: string): ClientRequest {
  const request = get(address, { agent: false }, (response) => {
    if (response.statusCode !== 200) request.destroy();
    response.on('error', () => undefined).resume();
  });
  return request.on('error', () => undefined);
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return 1024 * Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
}

function figuresOf(without: readonly Phase[], loaded: readonly LoadedPhase[]): Record<string, string> {
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b) / values.length;
  const rate = (phases: readonly Phase[]): number => mean(phases.map(({ stepsPerSecond }) => stepsPerSecond));
  const each = (of: (phase: LoadedPhase) => number, unit: string): string =>
    loaded.map((phase) => `${of(phase).toFixed(0)} ${unit}`).join(', ');
  return {
    'streams open': String(STREAMS),
    'requests per second': String(REQUESTS_PER_SECOND),
    'seconds of load, rounds': `${LOAD_SECONDS}, ${ROUNDS}`,
    'requests that failed, streams that closed': each(({ failed }) => failed, ''),
    'latency, median': each(({ p50 }) => p50, 'ms'),
    'latency, 99 %': each(({ p99 }) => p99, 'ms'),
    'memory of the console before': each(({ memoryBefore }) => memoryBefore / 1e6, 'MB'),
    'memory of the console after': each(({ memoryAfter }) => memoryAfter / 1e6, 'MB'),
    'steps per second without the load': rate(without).toFixed(2),
    'steps per second with the load': rate(loaded).toFixed(2),
    'share of the training speed that is left': (rate(loaded) / rate(without)).toFixed(3),
  };
}
