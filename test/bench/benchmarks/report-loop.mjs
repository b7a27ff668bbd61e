/**
 * Loaded into a worker or a trainer before its program: on SIGUSR2 it writes, into a file of the temporary folder, how long
 * the event loop of its main thread was held since the last time, in milliseconds. See loop-delays.ts.
 */
import { openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { createHistogram, monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { isMainThread } from 'node:worker_threads';

const delay = monitorEventLoopDelay({ resolution: 1 });
/** The same less the time in which the thread was ready and had no core, in microseconds. */
const work = createHistogram();
const file = `${tmpdir()}/alexnet-loop-${process.pid}`;

let asked = 0;
let watching = false;

function report() {
  const held = { heldMs: delay.max / 1e6, p999Ms: delay.percentile(99.9) / 1e6 };
  const worked = { workMs: work.max / 1e3, workP999Ms: work.percentile(99.9) / 1e3 };
  // Whoever waits for it reads it whole.
  writeFileSync(`${file}.part`, JSON.stringify({ asked, ...held, ...worked }));
  renameSync(`${file}.part`, file);
  delay.reset();
  work.reset();
}

/** Milliseconds for which the main thread, whose number is the process's, has waited for a core. */
function waitedReader() {
  const schedstat = openSync(`/proc/self/task/${process.pid}/schedstat`, 'r');
  const buffer = Buffer.alloc(128);
  return () => {
    const text = buffer.latin1Slice(0, readSync(schedstat, buffer, 0, buffer.length, 0));
    return Number(text.split(' ')[1]) / 1e6;
  };
}

function watchWork() {
  const waited = waitedReader();
  let before = { at: performance.now(), waited: waited() };
  setInterval(() => {
    const now = { at: performance.now(), waited: waited() };
    const ms = now.at - before.at - (now.waited - before.waited);
    work.record(Math.max(1, Math.round(ms * 1e3)));
    before = now;
  }, 1).unref();
}

// A trainer's engine thread is loaded with it as well, and holds no job.
if (isMainThread) {
  process.on('SIGUSR2', () => {
    asked++;
    report();
    // Its timers are thousands of wake-ups a second: only where somebody asks.
    delay.enable();
    if (!watching) watchWork();
    watching = true;
  });
  process.on('exit', () => rmSync(file, { force: true }));
  // From now on a signal is taken.
  report();
}
