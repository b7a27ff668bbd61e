import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import path from 'node:path';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CheckpointReader } from '@alexnet/checkpoints';
import { isAlive } from '@alexnet/local';
import { drawShapes } from '../support/pictures.ts';
import { assignments, TestPipeline } from '../support/pipeline.ts';
import { startInForeground, type Foreground } from '../support/terminal.ts';

const HOW = [
  ...['--profile', 'demo'],
  ...assignments({ 'net.width': 0.1, batchSize: 12, sliceSize: 4, epochs: 500, checkpointEvery: 5 }),
];
const CLI = createRequire(import.meta.url).resolve('@alexnet/cli/main');
/** Runs a command in a terminal, which it closes at the end of its input. */
const TERMINAL = `
import os, pty, select, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
while True:
    ready = select.select([0, terminal], [], [])[0]
    if 0 in ready: break
    os.read(terminal, 4096)
os.close(terminal)
os.waitpid(pid, 0)
`;
const DONE = { code: 0, signal: null };

let pipeline: TestPipeline;
let logFile: string;
const started: Foreground[] = [];

beforeAll(async () => {
  pipeline = await TestPipeline.start();
  pipeline.environment['ALEXNET_WINDOW_BYTES'] = String(8 * 1024 ** 2);
  const pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 32, val: 6 });
  await pipeline.worker();
  await pipeline.json('dataset', 'add', pictures, '--name', 'shapes', '--shard-size', '20', '--follow');
});
afterEach(() => {
  for (const command of started.splice(0)) {
    try {
      command.signalGroup('SIGKILL');
    } catch {
      // It has ended.
    }
  }
});
afterAll(() => pipeline.close());

/** A service as a person starts it in a terminal. */
async function inTerminal(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Foreground> {
  logFile = path.join(pipeline.folder, `terminal-${args[0] ?? ''}-${process.hrtime.bigint()}.log`);
  const command = await startInForeground(process.execPath, [CLI, ...args], {
    env: { ...pipeline.environment, ...env },
    logFile,
    cwd: pipeline.folder,
  });
  started.push(command);
  return command;
}

const said = (): Promise<string> => readFile(logFile, 'utf8');
const isReady = (): Promise<void> => expect.poll(said).toContain('"ready"');

/** A trainer in the middle of a run. */
async function training(run: string): Promise<Foreground> {
  const trainer = await inTerminal(['trainer', '--device', 'cpu']);
  await trainAtLeast(run);
  return trainer;
}

async function trainAtLeast(run: string): Promise<void> {
  await pipeline.json('train', '--dataset', 'shapes', '--run', run, ...HOW);
  await pipeline.until(run, ({ progress }) => (progress?.step ?? 0) >= 7);
}

/** The job is back in the queue, and the newest checkpoint is that of the moment in which the trainer was stopped. */
async function expectLeft(run: string): Promise<void> {
  const { progress } = await pipeline.until(run, ({ status }) => status === 'queued');
  const { store } = await pipeline.library();
  const { step } = await new CheckpointReader(store, run).manifest('latest');
  expect(step).toBeGreaterThanOrEqual(7);
  expect(step).toBeGreaterThanOrEqual(progress?.step ?? 0);
  await remove(run);
}

/** So that no later trainer takes it. */
async function remove(run: string): Promise<void> {
  await pipeline.json('run', 'stop', run);
  await pipeline.until(run, ({ status }) => status === 'stopped');
  await pipeline.json('run', 'remove', run);
}

const childOf = ({ pid }: Foreground): number =>
  Number(execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)]).toString());

describe('a trainer in the middle of a run writes a checkpoint and gives its job back', () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('on %s to its process group', async (signal) => {
    const run = `group-${signal.toLowerCase()}`;
    const trainer = await training(run);
    trainer.signalGroup(signal);
    expect(await trainer.exited, await said()).toEqual(DONE);
    await expectLeft(run);
  });

  it('on every signal at once, some of them twice', async () => {
    const trainer = await training('storm');
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGINT', 'SIGTERM'] as const)
      trainer.signalGroup(signal);
    expect(await trainer.exited, await said()).toEqual(DONE);
    await expectLeft('storm');
  });

  it('on a signal to the command alone', async () => {
    const trainer = await training('alone');
    process.kill(trainer.pid, 'SIGINT');
    expect(await trainer.exited, await said()).toEqual(DONE);
    await expectLeft('alone');
  });

  it('when its terminal is closed, so that nothing can be printed any more', async () => {
    const terminal = spawn('python3', ['-c', TERMINAL, process.execPath, CLI, 'trainer', '--device', 'cpu'], {
      stdio: ['pipe', 'ignore', 'inherit'],
      env: pipeline.environment,
      cwd: pipeline.folder,
    });
    const ended = once(terminal, 'exit');
    await trainAtLeast('terminal');
    terminal.stdin.end();
    await ended;
    await expectLeft('terminal');
  });

  it('when the command is killed, and leaves no process behind', async () => {
    const trainer = await training('killed');
    const service = childOf(trainer);
    process.kill(trainer.pid, 'SIGKILL');
    await expect.poll(() => isAlive(service)).toBe(false);
    await expectLeft('killed');
  });
});

it.each(['SIGINT', 'SIGHUP'] as const)(
  'a worker ends with code 0 on %s to its process group',
  async (signal) => {
    const command = await inTerminal(['worker']);
    await isReady();
    command.signalGroup(signal);
    expect(await command.exited, await said()).toEqual(DONE);
  },
);

it('a worker ends when its command is killed', async () => {
  const command = await inTerminal(['worker']);
  await isReady();
  const service = childOf(command);
  process.kill(command.pid, 'SIGKILL');
  await expect.poll(() => isAlive(service)).toBe(false);
});

it.each([0, 300, 600, 1_000])(
  'a service ends that is asked to %i ms after its process is there',
  async (ms) => {
    const command = await inTerminal(['worker']);
    let service = 0;
    await expect.poll(() => (service = childOfOrNone(command))).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, ms));
    command.signalGroup('SIGINT');
    expect(await command.exited, await said()).toEqual(DONE);
    expect(isAlive(service)).toBe(false);
  },
);

it('a command ends with code 0 where the signal of its group reaches the service first', async () => {
  const command = await inTerminal(['worker']);
  let service = 0;
  await expect.poll(() => (service = childOfOrNone(command))).toBeGreaterThan(0);
  // Before it can hear signals, which then end it.
  process.kill(service, 'SIGINT');
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.kill(command.pid, 'SIGINT');
  expect(await command.exited, await said()).toEqual(DONE);
});

function childOfOrNone(command: Foreground): number {
  try {
    return childOf(command);
  } catch {
    return 0;
  }
}

it('a service ends while it waits for a Redis that does not answer', async () => {
  const sockets: Socket[] = [];
  const silent = createServer((socket) => sockets.push(socket));
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address() as AddressInfo;
  const command = await inTerminal(['worker'], { REDIS_URL: `redis://127.0.0.1:${port}` });
  await expect.poll(() => sockets.length).toBeGreaterThan(0);
  command.signalGroup('SIGINT');
  expect(await command.exited, await said()).toEqual(DONE);
  for (const socket of sockets) socket.destroy();
  silent.close();
});

it('a command ends as its service does: with its code and its error, or 128 and the signal that killed it', async () => {
  const wrong = await inTerminal(['worker'], { REDIS_URL: 'redis://127.0.0.1:1' });
  expect(await wrong.exited).toEqual({ code: 1, signal: null });
  const [line = '', ...text] = (await said()).split('\n');
  expect(JSON.parse(line)).toMatchObject({ level: 60, error: { code: 'REDIS_UNREACHABLE' } });
  expect(text.join('\n')).toMatch(/REDIS_UNREACHABLE [^]*expected [^]*got [^]*do /);
  const killed = await inTerminal(['worker']);
  await isReady();
  process.kill(childOf(killed), 'SIGKILL');
  expect(await killed.exited).toEqual({ code: 137, signal: null });
});

/** As if the server were away, with its connections open: nothing answers. */
async function withSilentRedis(test: () => Promise<void>): Promise<void> {
  const { redis } = await pipeline.library();
  const pid = Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
  process.kill(pid, 'SIGSTOP');
  try {
    await test();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}

it.each(['SIGINT', 'SIGHUP'] as const)(
  'a command that follows a run leaves on %s, also when Redis is away',
  async (signal) => {
    const run = `followed-${signal.toLowerCase()}`;
    await pipeline.json('train', '--dataset', 'shapes', '--run', run, ...HOW);
    const command = await inTerminal(['run', 'show', run, '--follow']);
    await expect.poll(said).toContain('no trainer is connected');
    await withSilentRedis(async () => {
      command.signalGroup(signal);
      const { code } = await command.exited;
      expect([0, 130], await said()).toContain(code);
    });
    await remove(run);
  },
);

it('a trainer ends when its Redis is away, with a checkpoint', async () => {
  const run = 'without-redis';
  const trainer = await training(run);
  await withSilentRedis(async () => {
    trainer.signalGroup('SIGINT');
    expect(await trainer.exited, await said()).toEqual(DONE);
    const { store } = await pipeline.library();
    const { step } = await new CheckpointReader(store, run).manifest('latest');
    expect(step).toBeGreaterThanOrEqual(7);
  });
});
