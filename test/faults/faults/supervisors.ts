import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive } from '@alexnet/local';
import { runJobId } from '@alexnet/queues';
import { startInForeground, type Foreground } from '../../support/terminal.ts';
import { drawMs, seconds, type Fault, type Scene } from '../fault.ts';
import type { Service } from '../service.ts';

const program = createRequire(import.meta.url).resolve('@alexnet/cli/main');
/** A trainer or worker that is asked to end, or whose parent is gone, has ended after this. */
const MOST_MS = 30_000;
const START_MS = 60_000;
const POLL_MS = 50;

interface Stood {
  process: Foreground;
  /** Of the service that the command line started. */
  pid: number;
}

/** Ctrl-C in the terminal of `alexnet trainer` or `alexnet worker`: SIGINT to the command and to its service at once. */
function ctrlC(command: 'trainer' | 'worker'): Fault {
  return {
    name: `Ctrl-C to alexnet ${command}`,
    during: ['training'],
    mayFail: [],
    async inject(scene) {
      const { process: foreground } = await standIn(scene, command);
      await work(scene);
      const asked = performance.now();
      foreground.signalGroup('SIGINT');
      const { code } = await within(foreground.exited, `alexnet ${command} after Ctrl-C`);
      if (code !== 0)
        throw new Error(`alexnet ${command} ended with ${String(code)} after Ctrl-C, not with 0`);
      const ended = performance.now();
      if (command === 'trainer') await jobIsReturned(scene);
      return {
        did: `it ended after ${seconds(ended - asked)}`,
        holdMs: 0,
        mend: () => bringBack(scene, command),
      };
    },
  };
}

/** SIGKILL of `alexnet trainer` or `alexnet worker`: its service must not live on, and must give its jobs back. */
function killed(command: 'trainer' | 'worker'): Fault {
  return {
    name: `alexnet ${command} killed`,
    during: ['training'],
    mayFail: [],
    async inject(scene) {
      const { process: foreground, pid } = await standIn(scene, command);
      await work(scene);
      const asked = performance.now();
      process.kill(foreground.pid, 'SIGKILL');
      await untilGone(pid);
      const ended = performance.now();
      if (command === 'trainer') await jobIsReturned(scene);
      return {
        did: `its service ended after ${seconds(ended - asked)}`,
        holdMs: 0,
        mend: () => bringBack(scene, command),
      };
    },
  };
}

export const supervisorFaults: readonly Fault[] = (['trainer', 'worker'] as const).flatMap((command) => [
  ctrlC(command),
  killed(command),
]);

/** Whose place the command takes. */
function placeOf({ testbed }: Scene, command: 'trainer' | 'worker'): Service {
  const service = command === 'trainer' ? testbed.trainer : testbed.workers[0];
  if (service === undefined) throw new Error('there is no worker');
  return service;
}

async function standIn(scene: Scene, command: 'trainer' | 'worker'): Promise<Stood> {
  const service = placeOf(scene, command);
  await service.stop();
  const logFile = path.join(scene.testbed.folder, `alexnet-${command}-${Date.now()}.log`);
  const args = command === 'trainer' ? ['trainer', '--device', 'cpu'] : ['worker'];
  const { env } = service;
  const foreground = await startInForeground(process.execPath, [program, ...args], { env, logFile });
  return { process: foreground, pid: await pidOf(logFile) };
}

/** Waits until the run goes on, so that the process has work in hand. */
async function work({ work, random }: Scene): Promise<void> {
  await work.beyond(work.step, START_MS);
  await work.until(() => false, drawMs(random, 0, 2));
}

async function bringBack(scene: Scene, command: 'trainer' | 'worker'): Promise<undefined> {
  await placeOf(scene, command).revive();
  return undefined;
}

/** The service says its pid in each line of its log. */
async function pidOf(logFile: string): Promise<number> {
  for (const deadline = Date.now() + START_MS; Date.now() < deadline;) {
    const ready = (await readFile(logFile, 'utf8'))
      .split('\n')
      .find((line) => line.includes('"msg":"ready"'));
    if (ready !== undefined) return (JSON.parse(ready) as { pid: number }).pid;
    await sleep(POLL_MS);
  }
  throw new Error(`nothing was ready by ${logFile}`);
}

async function jobIsReturned({ testbed, work: { name } }: Scene): Promise<void> {
  const { state } = await testbed.pipeline.queues.report('runs', runJobId(name));
  if (state === 'active')
    throw new Error(`the job of ${name} is still in the hands of a trainer that is gone`);
}

async function untilGone(pid: number): Promise<void> {
  for (const deadline = Date.now() + MOST_MS; Date.now() < deadline;) {
    if (!isAlive(pid)) return;
    await sleep(POLL_MS);
  }
  throw new Error(`the service ${pid} lives on although what started it was killed`);
}

async function within<T>(ended: Promise<T>, what: string): Promise<T> {
  const late = new AbortController();
  const deadline = sleep(MOST_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error(`${what} is still there after ${seconds(MOST_MS)}`);
  });
  try {
    return await Promise.race([ended, deadline]);
  } finally {
    late.abort();
    deadline.catch(() => undefined);
  }
}
