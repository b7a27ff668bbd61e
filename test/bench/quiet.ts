import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 100;
/** Share of all cores: what the machine does by itself is less. */
const QUIET = 0.15;
const MOST_MS = 10_000;

/** Milliseconds that the cores worked, and in all. */
function processorTimes(): { busy: number; all: number } {
  const sum = { busy: 0, all: 0 };
  for (const { times } of cpus()) {
    const all = Object.values(times).reduce((total, time) => total + time, 0);
    sum.all += all;
    sum.busy += all - times.idle;
  }
  return sum;
}

/**
 * Something to wait for before a round: that the machine is idle. A data loader that has been measured goes on to fill its
 * buffers, which would be at the cost of who is measured next. A machine that is not idle within ten seconds has other
 * work, and is not waited for again.
 */
export function quietMachine(): () => Promise<void> {
  let waitMs = MOST_MS;
  return async () => {
    for (const deadline = performance.now() + waitMs; performance.now() < deadline;) {
      const before = processorTimes();
      await sleep(LOOK_MS);
      const after = processorTimes();
      if (after.busy - before.busy < QUIET * (after.all - before.all)) return;
    }
    waitMs = 0;
  };
}
