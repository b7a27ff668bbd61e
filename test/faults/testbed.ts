import { createRequire } from 'node:module';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Lifecycle, loadConfig } from '@alexnet/core';
import { KEEP_FREED_MEMORY, startMinio, startToxiproxy, type RunningS3Server } from '@alexnet/local';
import { openPipeline, type Pipeline } from '@alexnet/pipeline';
import { startProxy, type Disturbance } from '../support/flaky-proxy.ts';
import { linksTo, type Links, type Side } from './links.ts';
import { Valkey } from './servers.ts';
import { Service } from './service.ts';

const require = createRequire(import.meta.url);
const { cacheDir } = loadConfig();
const MiB = 1024 ** 2;

export interface TestbedOptions {
  workers: number;
  /** One, or two, of which the second is reached directly. Default one. */
  sliceServers?: number;
  windowBytes?: number;
  /** Told when a process ends by itself. */
  note: (line: string) => void;
}

/** What decides about the requests that reach the object store. */
export type StoreMood = (method: string, count: number) => Disturbance | undefined;

/**
 * Everything that faults happen to: two Valkey servers or three, MinIO, workers and a trainer, which reach the servers only by way
 * of proxies, and the suite's own connections, which go straight.
 */
export class Testbed {
  readonly workers: Service[] = [];
  readonly trainers: Service[] = [];
  /** For services, besides what they need. */
  #added: NodeJS.ProcessEnv = {};
  readonly #parts: Parts;
  #trainersStarted = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get folder(): string {
    return this.#parts.folder;
  }

  get queues(): Valkey {
    return this.#parts.queues;
  }

  get slices(): Valkey {
    return this.#parts.slices;
  }

  /** A second server of slices, where there is one. */
  get moreSlices(): Valkey | undefined {
    return this.#parts.moreSlices;
  }

  get links(): Parts['links'] {
    return this.#parts.links;
  }

  /** The suite's own connections. */
  get pipeline(): Pipeline {
    return this.#parts.pipeline;
  }

  /** What the store does to requests from now on; undefined where all is well. */
  setStoreMood(mood: StoreMood | undefined): void {
    this.#parts.mood.current = mood;
  }

  /** The trainer that is always there; others come and go by {@link Testbed.addTrainer}. */
  get trainer(): Service {
    const [trainer] = this.trainers;
    if (trainer === undefined) throw new Error('the services are not started yet');
    return trainer;
  }

  async startServices(): Promise<void> {
    for (let i = 0; i < this.#parts.options.workers; i++) this.workers.push(await this.#service('worker', i));
    await this.addTrainer();
  }

  async addTrainer(): Promise<Service> {
    const trainer = await this.#service('trainer', this.#trainersStarted++);
    this.trainers.push(trainer);
    return trainer;
  }

  /** Asks a trainer to leave, which gives its run back. */
  async removeTrainer(trainer: Service): Promise<void> {
    await trainer.stop();
    this.trainers.splice(this.trainers.indexOf(trainer), 1);
  }

  /** The folder that a worker's shards are cached in. */
  cacheOf(service: Service): string {
    return path.join(this.folder, `cache-${service.name}`);
  }

  /** @param environment what they are told besides, from now on */
  async restartServices(environment: NodeJS.ProcessEnv): Promise<void> {
    await this.stopServices();
    this.#added = environment;
    for (const service of this.workers)
      await service.revive({ env: this.#environment('workers', service.name) });
    for (const service of this.trainers)
      await service.revive({ env: this.#environment('trainers', service.name) });
  }

  async stopServices(): Promise<void> {
    await Promise.all([...this.workers, ...this.trainers].map((service) => service.stop()));
  }

  /** @param keep whether the logs stay */
  async close(keep = false): Promise<void> {
    await this.stopServices();
    await this.#parts.lifecycle.close(40_000);
    if (!keep) await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #service(kind: 'worker' | 'trainer', index: number): Promise<Service> {
    const name = `${kind}-${index + 1}`;
    const program = require.resolve(`@alexnet/${kind === 'worker' ? 'preprocess' : 'trainer'}/main`);
    return await Service.start({
      name,
      command: process.execPath,
      args: kind === 'worker' ? [program] : [program, '--device', 'cpu'],
      env: this.#environment(kind === 'worker' ? 'workers' : 'trainers', name),
      logFile: path.join(this.folder, `${name}.log`),
      note: this.#parts.options.note,
    });
  }

  #environment(side: Side, name: string): NodeJS.ProcessEnv {
    const { queues, slices, store } = this.links[side];
    const { bucket, accessKeyId, secretAccessKey } = this.#parts.minio;
    return {
      ...KEEP_FREED_MEMORY,
      ...process.env,
      REDIS_URL: `redis://:${this.queues.password}@127.0.0.1:${queues.port}`,
      BATCH_REDIS_URL: [
        `redis://:${this.slices.password}@127.0.0.1:${slices.port}`,
        ...(this.moreSlices === undefined ? [] : [this.moreSlices.url]),
      ].join(','),
      STORAGE_URL: `s3://${bucket}`,
      S3_ENDPOINT: `http://127.0.0.1:${store.port}`,
      AWS_ACCESS_KEY_ID: accessKeyId,
      AWS_SECRET_ACCESS_KEY: secretAccessKey,
      ALEXNET_CACHE_DIR: path.join(this.folder, `cache-${name}`),
      ALEXNET_WINDOW_BYTES: String(this.#parts.options.windowBytes ?? 32 * MiB),
      ...this.#added,
    };
  }
}

interface Parts {
  folder: string;
  queues: Valkey;
  slices: Valkey;
  moreSlices: Valkey | undefined;
  minio: RunningS3Server;
  links: Readonly<Record<Side, Links>>;
  mood: { current: StoreMood | undefined };
  pipeline: Pipeline;
  options: TestbedOptions;
  lifecycle: Lifecycle;
}

/** Starts servers and proxies; the services are started by {@link Testbed.startServices}. */
export async function startTestbed(options: TestbedOptions): Promise<Testbed> {
  const folder = await mkdtemp(path.join(tmpdir(), 'alexnet-faults-'));
  const lifecycle = new Lifecycle();
  try {
    return new Testbed({ folder, options, lifecycle, ...(await startServers(folder, options, lifecycle)) });
  } catch (error) {
    await lifecycle.close();
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startServers(
  folder: string,
  { sliceServers = 1 }: TestbedOptions,
  lifecycle: Lifecycle,
): Promise<Omit<Parts, 'folder' | 'options' | 'lifecycle'>> {
  const closing = <T extends { stop: () => Promise<void> }>(name: string, part: T): T => {
    lifecycle.onClose(name, () => part.stop());
    return part;
  };
  const queues = closing('queues', await Valkey.start(folder, 'queues', true));
  const slices = closing('slices', await Valkey.start(folder, 'slices', false));
  const moreSlices =
    sliceServers === 1 ? undefined : closing('more slices', await Valkey.start(folder, 'more-slices', false));
  const minio = closing('minio', await startMinio({ cacheDir, dataDir: path.join(folder, 'minio') }));
  const mood: Parts['mood'] = { current: undefined };
  const store = closing(
    'store proxy',
    await startProxy(minio.endpoint, (method, count) => mood.current?.(method, count)),
  );
  const toxiproxy = closing('toxiproxy', await startToxiproxy({ cacheDir, dataDir: folder }));
  const ports = { queues: queues.port, slices: slices.port, store: Number(new URL(store.endpoint).port) };
  const links = {
    workers: await linksTo(toxiproxy, 'workers', ports),
    trainers: await linksTo(toxiproxy, 'trainers', ports),
  };
  const sliceUrls = [slices, moreSlices].flatMap((server) => server?.url ?? []);
  const pipeline = await connect(queues.url, sliceUrls, minio);
  lifecycle.onClose('pipeline', () => pipeline.lifecycle.close());
  return { queues, slices, moreSlices, minio, mood, links, pipeline };
}

function connect(redisUrl: string, batchRedisUrls: string[], minio: RunningS3Server): Promise<Pipeline> {
  const { accessKeyId, secretAccessKey, bucket, endpoint } = minio;
  // The S3 client reads its credentials from the environment.
  Object.assign(process.env, { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey });
  return openPipeline({
    ...loadConfig(),
    ...{ redisUrl, batchRedisUrls },
    ...{ storageUrl: `s3://${bucket}`, s3Endpoint: endpoint },
  });
}
