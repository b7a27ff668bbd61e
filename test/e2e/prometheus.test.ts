import { createRequire } from 'node:module';
import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import which from 'which';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { loadConfig } from '@alexnet/core';
import { freePort, startProcess, type RunningProcess } from '@alexnet/local';
import { addDataset, followDataset, openPipeline, showRun, startRun, type Pipeline } from '@alexnet/pipeline';
import { resolveProfile } from '@alexnet/model';
import { TRAINER_METRICS } from '@alexnet/trainer/testing';
import { WORKER_METRICS } from '@alexnet/preprocess/testing';
import { drawShapes } from '../support/pictures.ts';

const DASHBOARD = new URL('../../infra/helm/alexnet/files/dashboard.json', import.meta.url);
const PROFILE = resolveProfile('demo', [
  'net.input=67',
  'batchSize=32',
  'sliceSize=16',
  'epochs=100000',
  'checkpointEvery=5',
]);

const prometheus = which.sync('prometheus', { nothrow: true });
if (prometheus === null)
  console.log(
    'skipped: no prometheus on PATH; on Debian `apt-get install -y --no-install-recommends prometheus`',
  );

interface Endpoints {
  console: string;
  trainer: string;
  worker: string;
}

const PATIENCE = { timeout: 120_000, interval: 200 };

let folder: string;
let pipeline: Pipeline | undefined;
let at: Endpoints;
const running: RunningProcess[] = [];

/** The first of two ports in a row that are free. */
async function twoPorts(): Promise<number> {
  for (;;) {
    const port = await freePort();
    if ((await freePort(port + 1)) === port + 1) return port;
  }
}

async function startStack(): Promise<{ to: Pipeline; endpoints: Endpoints }> {
  const port = await twoPorts();
  const stack = await startProcess({
    name: 'up',
    command: process.execPath,
    args: [
      createRequire(import.meta.url).resolve('@alexnet/cli/main'),
      ...['up', '--workers', '1', '--device', 'cpu'],
    ],
    env: { ...process.env, ALEXNET_METRICS_PORT: String(port) },
    cwd: folder,
    logFile: path.join(folder, 'up.log'),
    killAfterMs: 60_000,
  });
  running.push(stack);
  const stackFile = path.join(folder, '.alexnet', 'stack.json');
  const text = await vi.waitFor(() => readFile(stackFile, 'utf8'), PATIENCE);
  const { environment, console } = z
    .object({ environment: z.record(z.string(), z.string()), console: z.object({ address: z.url() }) })
    .parse(JSON.parse(text));
  const to = await openPipeline(loadConfig({ ...process.env, ...environment }));
  // As on a server that is shared: the memory of a local stack is not limited.
  await to.redis.config('SET', 'maxmemory', '1gb');
  const endpoints = {
    console: console.address,
    trainer: `http://127.0.0.1:${port}`,
    worker: `http://127.0.0.1:${port + 1}`,
  };
  return { to, endpoints };
}

/** A run that goes on, on a dataset with a file that is no picture. */
async function startTraining(to: Pipeline): Promise<void> {
  const source = await drawShapes(path.join(folder, 'shapes'), { train: 40, val: 8 });
  await writeFile(path.join(source, 'train', 'circle', 'broken.png'), 'no picture');
  const asked = await addDataset(to, {
    ...{ name: 'shapes', source, valFraction: 0, seed: 1 },
    ...{ shardSize: 64, side: 96, encoding: 'jpg' },
  });
  for await (const { phase } of followDataset(to, asked, new AbortController().signal))
    expect(phase).not.toBe('failed');
  await startRun(to, { dataset: 'shapes', run: 'watched', profile: PROFILE, seed: 1, keep: 1 });
  await vi.waitFor(async () => {
    const { progress, error } = await showRun(to, 'watched');
    expect([progress?.validation, error]).toEqual([expect.anything(), null]);
  }, PATIENCE);
}

/** With the targets of `infra/prometheus/prometheus.yaml`, at the addresses of this stack. Returns its own address. */
async function startPrometheus(program: string): Promise<string> {
  const port = await freePort();
  const job = (name: string, address: string): string =>
    `  - { job_name: ${name}, static_configs: [{ targets: ['${new URL(address).host}'] }] }`;
  const configuration = [
    'global: { scrape_interval: 1s }',
    'scrape_configs:',
    job('alexnet', at.console),
    job('alexnet-trainer', at.trainer),
    job('alexnet-worker', at.worker),
  ].join('\n');
  const file = path.join(folder, 'prometheus.yaml');
  await writeFile(file, configuration);
  const server = await startProcess({
    name: 'prometheus',
    command: program,
    args: [
      `--config.file=${file}`,
      `--storage.tsdb.path=${path.join(folder, 'prometheus')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    env: process.env,
    logFile: path.join(folder, 'prometheus.log'),
    killAfterMs: 20_000,
  });
  running.push(server);
  return `http://127.0.0.1:${port}`;
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-prometheus-'));
  const { to, endpoints } = await startStack();
  [pipeline, at] = [to, endpoints];
  await startTraining(to);
});
afterAll(async () => {
  await pipeline?.lifecycle.close();
  for (const each of running.reverse()) await each.stop();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

it('workers and trainers live, and are ready while work advances', async () => {
  for (const address of [at.trainer, at.worker]) {
    expect(await (await fetch(`${address}/healthz`)).json()).toEqual({ status: 'ok' });
    const ready = await fetch(`${address}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      200,
      { status: 'ready', checks: { stopping: 'ok', redis: 'ok', slices: 'ok', agreement: 'ok', work: 'ok' } },
    ]);
  }
});

it.each([
  ['trainer', TRAINER_METRICS],
  ['worker', WORKER_METRICS],
] as const)('a %s shows the metrics of its table, with their meanings', async (service, table) => {
  const text = await (await fetch(`${at[service]}/metrics`)).text();
  const shown = [...text.matchAll(/^# HELP (alexnet_\w+) (.*)\n# TYPE \1 (\w+)$/gm)].map(
    ([, name, help, type]) => [name, help, type].join(' '),
  );
  expect(shown.sort()).toEqual(
    Object.entries(table)
      .map(([name, { help, type }]) => [name, help, type].join(' '))
      .sort(),
  );
});

it('a worker counts what went to quarantine, by reason', async () => {
  const text = await (await fetch(`${at.worker}/metrics`)).text();
  expect(text).toMatch(/^alexnet_worker_quarantined_images_total\{reason="[a-z-]+"\} 1$/m);
  expect(text).toMatch(/^alexnet_worker_dataset_images_total 144$/m);
});

describe.skipIf(prometheus === null)('Prometheus', () => {
  const Reply = z.object({
    status: z.literal('success'),
    data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }),
  });
  let address: string;
  beforeAll(async () => {
    address = await startPrometheus(prometheus ?? '');
  });

  async function ask(expression: string): Promise<number[]> {
    try {
      const query = new URLSearchParams({ query: expression });
      const reply = await fetch(`${address}/api/v1/query?${query.toString()}`);
      return Reply.parse(await reply.json()).data.result.map(({ value: [, text] }) => Number(text));
    } catch (error) {
      await appendFile(path.join(folder, 'asked.log'), `${expression}: ${String(error)}\n`);
      return [];
    }
  }

  it('has data for every expression of the dashboard', async () => {
    const Panel = z.object({
      title: z.string(),
      targets: z.array(z.object({ expr: z.string() })).default([]),
    });
    const { panels } = z
      .object({ panels: z.array(Panel) })
      .parse(JSON.parse(await readFile(DASHBOARD, 'utf8')));
    const asked = panels.flatMap(({ title, targets }) => targets.map(({ expr }) => ({ title, expr })));
    expect(asked.length).toBeGreaterThan(40);
    for (const { title, expr } of asked) {
      const expression = expr.replaceAll('$__rate_interval', '30s').replaceAll('$run', '.*');
      const isNumber = async (): Promise<boolean> => (await ask(expression)).some(Number.isFinite);
      await expect.poll(isNumber, { message: `${title}: ${expression}` }).toBe(true);
    }
  });
});
