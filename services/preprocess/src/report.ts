import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@alexnet/core';
import type { Pipeline } from '@alexnet/pipeline';
import type { Throughput } from './throughput.ts';

const EVERY_MS = 2_000;
/** How often the event loop is looked at. */
const RESOLUTION_MS = 20;

/** Says every two seconds what this worker does, until it is closed: then it is no longer counted as a worker. */
export function reportWork(
  { workers }: Pick<Pipeline, 'workers'>,
  throughput: Throughput,
  { concurrency, log }: { concurrency: number; log: Logger },
): { close: () => void } {
  const worker = { id: randomUUID(), host: hostname(), pid: process.pid, concurrency };
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const closing = new AbortController();
  const warn = (error: unknown): void => log.warn({ error }, 'could not report');
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      const condition = {
        memoryBytes: process.memoryUsage.rss(),
        // The histogram counts the time from one look to the next.
        eventLoopDelaySeconds: Math.max(0, delay.max / 1e9 - RESOLUTION_MS / 1e3),
      };
      delay.reset();
      await workers.write({ ...worker, ...throughput.read(), ...condition }).catch(warn);
      await sleep(EVERY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  };
  void run();
  return {
    close() {
      closing.abort();
      delay.disable();
      // Not waited for: where Redis is away, the lease does the same.
      workers.remove(worker.id).catch(warn);
    },
  };
}
