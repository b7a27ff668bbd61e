import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Round } from '../benchmark.ts';

/** The longest that an event loop was held in a round: the worst of this process and the workers. */
export const LOOP_HELD = 'event loop held, ms';

const MOST_TRIES = 4000;

const own = monitorEventLoopDelay({ resolution: 1 });

/**
 * Begins to watch this process and workers that report-loop.mjs is loaded into.
 * @returns ends it
 */
export async function watchLoops(workers: readonly number[]): Promise<() => Promise<Round['figures']>> {
  const ended = await watchProcesses(workers);
  own.enable();
  own.reset();
  return async () => {
    const here = own.max / 1e6;
    return { [LOOP_HELD]: Math.max(here, ...(await ended()).map(({ heldMs }) => heldMs)) };
  };
}

/**
 * How long the event loop of a process was held, in milliseconds, at most, and in all but a thousandth of the cases: by the
 * clock, and by its own work, without the time in which it was ready and had no core.
 */
export interface LoopDelay {
  heldMs: number;
  p999Ms: number;
  workMs: number;
  workP999Ms: number;
}

/**
 * Begins to watch processes that report-loop.mjs is loaded into.
 * @returns ends it, and gives the delays of each
 */
export async function watchProcesses(pids: readonly number[]): Promise<() => Promise<LoopDelay[]>> {
  await Promise.all(pids.map(ask));
  return () => Promise.all(pids.map(ask));
}

type LoopReport = LoopDelay & { asked: number };

/** The delays of a process since it was asked last. */
async function ask(pid: number): Promise<LoopDelay> {
  const { asked } = await nextReport(pid, 0);
  process.kill(pid, 'SIGUSR2');
  return await nextReport(pid, asked + 1);
}

/** The report of a process that was asked so many times. @throws Error when it does not come */
async function nextReport(pid: number, asked: number): Promise<LoopReport> {
  const file = `${tmpdir()}/alexnet-loop-${pid}`;
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const text = await readFile(file, 'utf8').catch(() => undefined);
    const report = text === undefined ? undefined : (JSON.parse(text) as LoopReport);
    if (report !== undefined && report.asked >= asked) return report;
    await sleep(5);
  }
  throw new Error(`process ${pid} does not say how long its event loop was held`);
}
