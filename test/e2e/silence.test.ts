import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { createServer, type AddressInfo } from 'node:net';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { drawShapes } from '../support/pictures.ts';
import { assignments, TestPipeline } from '../support/pipeline.ts';

const program = createRequire(import.meta.url).resolve('@alexnet/cli/main');

/** A command that goes on while the test does something. */
class Command {
  readonly #child: ChildProcessByStdio<null, null, Readable>;
  readonly ended: Promise<number | null>;
  #said = '';

  constructor(args: string[], environment: NodeJS.ProcessEnv, cwd?: string) {
    this.#child = spawn(process.execPath, [program, ...args], {
      ...{ cwd, env: { ...process.env, ...environment } },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    this.ended = once(this.#child, 'close').then(([code]) => code as number | null);
  }

  async says(text: RegExp): Promise<void> {
    await expect.poll(() => stripVTControlCharacters(this.#said)).toMatch(text);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

let pipeline: TestPipeline;
let pictures: string;
let redisPid: number;
const commands: Command[] = [];
beforeEach(async () => {
  pipeline = await TestPipeline.start();
  pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 4, val: 2 });
  const { redis } = await pipeline.library();
  redisPid = Number(/process_id:(\d+)/.exec(await redis.info('server'))?.[1]);
});
afterEach(async () => {
  for (const command of commands.splice(0)) command.kill('SIGKILL');
  await pipeline.close();
});

function start(args: string[], environment = pipeline.environment, cwd?: string): Command {
  const command = new Command(args, environment, cwd);
  commands.push(command);
  return command;
}

const addShapes = (): string[] => ['dataset', 'add', pictures, '--name', 'shapes', '--follow'];

describe('a command that waits says what for', () => {
  it('for a worker, then for a trainer, then for one that is busy', async () => {
    const adding = start(addShapes());
    await adding.says(/no worker is connected \(\d+ s\)/);
    const worker = await pipeline.worker();
    expect(await adding.ended).toBe(0);

    const small = assignments({
      'net.width': 0.1,
      batchSize: 4,
      sliceSize: 2,
      epochs: 500,
      'optimizer.learningRate': 1e-5,
    });
    const train = (run: string): string[] => [
      'train',
      '--dataset',
      'shapes',
      '--run',
      run,
      '--profile',
      'demo',
      ...small,
      '--follow',
    ];
    const first = start(train('first'));
    await first.says(/no trainer is connected \(\d+ s\)/);
    await start(['run', 'show', 'first', '--follow']).says(/no trainer is connected \(\d+ s\)/);
    // With a window that does not last for the rest of the run.
    await pipeline.trainer({ ALEXNET_WINDOW_BYTES: String(4 * 1024 ** 2) });
    await pipeline.until('first', ({ progress }) => (progress?.step ?? 0) > 0);
    const second = start(train('second'));
    await second.says(/the trainer is busy with first \(\d+ s\)/);
    const third = start(train('third'));
    await third.says(/the trainer is busy with first, queued behind 1 \(\d+ s\)/);
    await worker.stop();
    await first.says(/no worker is connected \(\d+ s\)/);
  });
});

it('names a store that does not answer when a command begins', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1');
  try {
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const command = start(['dataset', 'list'], {
      ...pipeline.environment,
      ...{ STORAGE_URL: 's3://bucket', S3_ENDPOINT: `http://127.0.0.1:${port}` },
      ...{ AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_REGION: 'us-east-1' },
    });
    await command.says(/waiting for the store s3:\/\/bucket \(1 s\)/);
    command.kill('SIGINT');
    expect(await command.ended).toBe(130);
  } finally {
    silent.close();
  }
});

describe('a Redis that does not answer', () => {
  it('is named, and Ctrl-C leaves while it is silent', async () => {
    const adding = start(addShapes());
    await adding.says(/no worker is connected/);
    process.kill(redisPid, 'SIGSTOP');
    try {
      await adding.says(/Redis at redis:\/\/127\.0\.0\.1:\d+ does not answer; trying again \(2 s\)/);
      adding.kill('SIGINT');
      await adding.says(/INTERRUPTED[^]*shapes goes on without you/);
      expect(await adding.ended).toBe(130);
    } finally {
      process.kill(redisPid, 'SIGCONT');
    }
  });

  it('is named when a command begins, also by one that only reads', async () => {
    process.kill(redisPid, 'SIGSTOP');
    try {
      for (const args of [addShapes(), ['run', 'list']]) {
        const command = start(args);
        await command.says(/waiting for Redis at redis:\/\/127\.0\.0\.1:\d+ \(1 s\)/);
        command.kill('SIGINT');
        expect(await command.ended).toBe(130);
      }
    } finally {
      process.kill(redisPid, 'SIGCONT');
    }
  });

  it('ends the command where its local stack is gone', async () => {
    const stack = path.join(pipeline.folder, 'here/.alexnet/stack.json');
    await mkdir(path.dirname(stack), { recursive: true });
    const { REDIS_URL, STORAGE_URL, ...others } = pipeline.environment;
    await writeFile(stack, JSON.stringify({ pid: process.pid, environment: { REDIS_URL, STORAGE_URL } }));
    const own = { ...others, REDIS_URL: undefined, STORAGE_URL: undefined };
    const adding = start(addShapes(), own, path.join(pipeline.folder, 'here'));
    await adding.says(/no worker is connected/);
    process.kill(redisPid, 'SIGKILL');
    await adding.says(/does not answer; trying again/);
    await rm(stack);
    await adding.says(/REDIS_UNREACHABLE[^]*the stack has ended/);
    expect(await adding.ended).toBe(1);
  });
});
