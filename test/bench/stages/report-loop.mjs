/**
 * Loaded into a worker before its program: on SIGUSR2 it writes, into a file of the temporary folder, how long the event
 * loop was held at most since the last time, in milliseconds. See loop-delays.ts.
 */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 1 });
const file = `${tmpdir()}/alexnet-loop-${process.pid}`;

let asked = 0;

function report() {
  // Whoever waits for it reads it whole.
  writeFileSync(`${file}.part`, JSON.stringify({ asked, heldMs: delay.max / 1e6 }));
  renameSync(`${file}.part`, file);
  delay.reset();
}

process.on('SIGUSR2', () => {
  asked++;
  report();
  // Its timer is a thousand wake-ups a second: only where somebody asks.
  delay.enable();
});
process.on('exit', () => rmSync(file, { force: true }));
// From now on a signal is taken.
report();
