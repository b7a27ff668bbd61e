import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@alexnet/core';
import type { Pipeline } from '@alexnet/pipeline';
import type { Throughput } from './throughput.ts';

const EVERY_MS = 2_000;

/** Says every two seconds what this worker does, until it is closed: then it is no longer counted as a worker. */
export function reportWork(
  { workers }: Pick<Pipeline, 'workers'>,
  throughput: Throughput,
  { concurrency, log }: { concurrency: number; log: Logger },
): { close: () => void } {
  const worker = { id: randomUUID(), host: hostname(), pid: process.pid, concurrency };
  const closing = new AbortController();
  const warn = (error: unknown): void => log.warn({ error }, 'could not report');
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await workers.write({ ...worker, ...throughput.read() }).catch(warn);
      await sleep(EVERY_MS, undefined, { signal: closing.signal }).catch(() => undefined);
    }
  };
  void run();
  return {
    close() {
      closing.abort();
      // Not waited for: where Redis is away, the lease does the same.
      workers.remove(worker.id).catch(warn);
    },
  };
}
