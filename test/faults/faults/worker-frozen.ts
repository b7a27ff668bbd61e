import { drawMs, pick, seconds, type Fault } from '../fault.ts';

/** A worker that stands still for longer than its locks last, then wakes up and writes what it had in hand. */
export const workerFrozen: Fault = {
  name: 'worker frozen past its lock',
  during: ['training', 'ingest'],
  mayFail: [],
  inject({ testbed, random }) {
    const worker = pick(random, testbed.workers);
    const holdMs = drawMs(random, 16, 20);
    worker.signal('SIGSTOP');
    return Promise.resolve({
      did: `${worker.name} for ${seconds(holdMs)}`,
      holdMs,
      mend() {
        worker.signal('SIGCONT');
        return Promise.resolve(undefined);
      },
    });
  },
};
