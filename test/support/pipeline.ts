import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { Lifecycle, loadConfig } from '@alexnet/core';
import { findMinio, startMinio, startProcess, startRedis, type RunningProcess } from '@alexnet/local';
import { openPipeline, showRun, type Pipeline, type RunStatus } from '@alexnet/pipeline';
import { startConsole } from './console.ts';

const require = createRequire(import.meta.url);
/** Characters of each log that a failing test shows. One error with its stacks and causes may have 6,000. */
const LOG_TAIL = 20_000;
/** Where the set-up put Valkey and MinIO; what the tests write goes elsewhere. */
const { cacheDir } = loadConfig();

export const minioIsThere = (await findMinio(cacheDir)) !== undefined;

/** Options that set keys of a profile. */
export const assignments = (values: Readonly<Record<string, string | number>>): string[] =>
  Object.entries(values).flatMap(([key, value]) => ['--set', `${key}=${value}`]);

/** Options of a run that takes seconds. */
export const SMALL = ['--profile', 'demo', ...assignments({ 'net.width': 0.1, batchSize: 12, sliceSize: 5 })];

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** The command line, for Node. */
export const CLI = require.resolve('@alexnet/cli/main');

/** Runs a program to its end. @param input what it reads from stdin */
export function runProgram(
  program: string,
  args: readonly string[],
  { input, ...options }: { env: NodeJS.ProcessEnv; cwd: string; input?: string | undefined },
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const limits = { maxBuffer: 64 * 1024 ** 2 };
    const child = execFile(program, args, { ...options, ...limits }, (error, stdout, stderr) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
    });
    if (input !== undefined) child.stdin?.end(input);
  });
}

/**
 * A pipeline of real processes for one test file: Redis, an object store, and as many workers and trainers as the
 * test starts. Everything goes with it.
 */
export class TestPipeline {
  readonly folder: string;
  /** By which every process of it reaches the others. */
  readonly environment: NodeJS.ProcessEnv;
  readonly #lifecycle = new Lifecycle();
  #started = 0;
  #pipeline: Pipeline | undefined;

  private constructor(folder: string, environment: Record<string, string>) {
    this.folder = folder;
    this.environment = { ...process.env, ...environment };
  }

  static async start(store: 'directory' | 'minio' = 'directory'): Promise<TestPipeline> {
    const folder = await mkdtemp(path.join(tmpdir(), 'alexnet-e2e-'));
    const environment = { ALEXNET_CACHE_DIR: path.join(folder, 'cache'), ALEXNET_LOG_LEVEL: 'debug' };
    const test = new TestPipeline(folder, environment);
    test.#lifecycle.onClose('folder', () => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
    const redis = await startRedis({ cacheDir, dataDir: path.join(folder, 'redis'), appendOnly: false });
    test.#lifecycle.onClose('redis', () => redis.stop());
    test.environment['REDIS_URL'] = redis.url;
    if (store === 'minio') await test.#startMinio();
    else await test.#useDirectory();
    return test;
  }

  async #useDirectory(): Promise<void> {
    const directory = path.join(this.folder, 'store');
    await mkdir(directory);
    this.environment['STORAGE_URL'] = pathToFileURL(directory).href;
  }

  async #startMinio(): Promise<void> {
    const minio = await startMinio({ cacheDir, dataDir: path.join(this.folder, 'minio') });
    this.#lifecycle.onClose('minio', () => minio.stop());
    Object.assign(this.environment, {
      STORAGE_URL: `s3://${minio.bucket}`,
      S3_ENDPOINT: minio.endpoint,
      AWS_ACCESS_KEY_ID: minio.accessKeyId,
      AWS_SECRET_ACCESS_KEY: minio.secretAccessKey,
    });
  }

  worker(): Promise<RunningProcess> {
    return this.#service('preprocess', []);
  }

  trainer(environment: NodeJS.ProcessEnv = {}): Promise<RunningProcess> {
    return this.#service('trainer', ['--device', 'cpu'], environment);
  }

  /** A console on a free port, with the address of its page and the token that changes need. */
  async console(): Promise<{ address: string; token: string; running: RunningProcess }> {
    const token = randomBytes(16).toString('hex');
    const logFile = path.join(this.folder, `console-${++this.#started}.log`);
    const environment = { ...this.environment, ALEXNET_CONSOLE_TOKEN: token };
    const { address, running } = await startConsole(environment, logFile);
    this.#lifecycle.onClose('console', () => running.stop());
    return { address, token, running };
  }

  async #service(name: string, args: string[], environment: NodeJS.ProcessEnv = {}): Promise<RunningProcess> {
    const logFile = path.join(this.folder, `${name}-${++this.#started}.log`);
    const command = process.execPath;
    const program = require.resolve(`@alexnet/${name}/main`);
    const running = await startProcess({
      name,
      command,
      args: [program, ...args],
      env: { ...this.environment, ...environment },
      logFile,
    });
    this.#lifecycle.onClose(name, () => running.stop());
    return running;
  }

  /** The pipeline's library, connected: to look at what the processes do. */
  async library(): Promise<Pipeline> {
    if (this.#pipeline === undefined) {
      // The S3 client reads its credentials from the environment.
      Object.assign(process.env, this.environment);
      const pipeline = await openPipeline(loadConfig(this.environment));
      this.#lifecycle.onClose('pipeline', () => pipeline.lifecycle.close());
      this.#pipeline = pipeline;
    }
    return this.#pipeline;
  }

  /** Runs the command line. @param input what it reads from stdin */
  alexnet(
    args: readonly string[],
    environment: NodeJS.ProcessEnv = {},
    input?: string,
  ): Promise<CommandResult> {
    const env = { ...this.environment, ...environment };
    return runProgram(process.execPath, [CLI, ...args], { env, cwd: this.folder, input });
  }

  /** Runs a command that must end well, and reads its JSON. */
  async json<T>(...args: string[]): Promise<T> {
    const { code, stdout, stderr } = await this.alexnet([...args, '--json']);
    if (code !== 0)
      throw new Error(`alexnet ${args.join(' ')} ended with ${code}:\n${stderr}\n${await this.logs()}`);
    return JSON.parse(stdout) as T;
  }

  /** Waits until a run is as the test wants it. */
  async until(run: string, reached: (status: RunStatus) => boolean, timeoutMs = 120_000): Promise<RunStatus> {
    const pipeline = await this.library();
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const status = await showRun(pipeline, run);
      if (reached(status)) return status;
      if (status.status === 'failed')
        throw new Error(`${run} failed: ${status.error?.message ?? ''}\n${await this.logs()}`);
      if (Date.now() > deadline)
        throw new Error(`${run} is still ${JSON.stringify(status)}\n${await this.logs()}`);
      await sleep(50);
    }
  }

  /** Waits for a condition. @throws with what the services printed */
  async eventually(what: string, isTrue: () => Promise<boolean>, timeoutMs = 120_000): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    while (!(await isTrue())) {
      if (Date.now() > deadline) throw new Error(`not so yet: ${what}\n${await this.logs()}`);
      await sleep(50);
    }
  }

  /** What the services printed, for a failing test. */
  async logs(): Promise<string> {
    const names = Array.from({ length: this.#started }, (_, i) => [
      `preprocess-${i + 1}.log`,
      `trainer-${i + 1}.log`,
      `console-${i + 1}.log`,
    ]).flat();
    const texts = await Promise.all(
      names.map(async (name) => {
        const text = await readFile(path.join(this.folder, name), 'utf8').catch(() => '');
        return text === '' ? '' : `--- ${name}\n${text.slice(-LOG_TAIL)}`;
      }),
    );
    return texts.filter((text) => text !== '').join('\n');
  }

  async close(): Promise<void> {
    await this.#lifecycle.close(40_000);
  }
}
