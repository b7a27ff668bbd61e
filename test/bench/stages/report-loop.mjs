/**
 * Loaded into a worker or a trainer before its program: on SIGUSR2 it writes, into a file of the temporary folder, how long
 * the event loop of its main thread was held since the last time, in milliseconds. See loop-delays.ts.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const delay = monitorEventLoopDelay({ resolution: 1 });
const file = `${tmpdir()}/alexnet-loop-${process.pid}`;

let asked = 0;

function report() {
  const held = { heldMs: delay.max / 1e6, p999Ms: delay.percentile(99.9) / 1e6 };
  // Whoever waits for it reads it whole.
  writeFileSync(`${file}.part`, JSON.stringify({ asked, ...held }));
  renameSync(`${file}.part`, file);
  delay.reset();
}

// A trainer's engine thread is loaded with it as well, and holds no job.
if (isMainThread) {
  process.on('SIGUSR2', () => {
    asked++;
    report();
    // Its timer is a thousand wake-ups a second: only where somebody asks.
    delay.enable();
  });
  process.on('exit', () => rmSync(file, { force: true }));
  // From now on a signal is taken.
  report();
}
