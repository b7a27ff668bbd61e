import { createRequire } from 'node:module';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startProcess, type RunningProcess } from '@alexnet/local';
import { startCollector, type CollectedSpan, type Collector } from '../support/collector.ts';
import { drawShapes } from '../support/pictures.ts';
import { startInForeground } from '../support/terminal.ts';

const CLI = createRequire(import.meta.url).resolve('@alexnet/cli/main');

let folder: string;
let collector: Collector;
let environment: NodeJS.ProcessEnv;
let stack: RunningProcess;
let spans: CollectedSpan[];

/** A command in the folder of the stack, with traces. */
async function alexnet(...args: string[]): Promise<void> {
  const logFile = path.join(folder, 'command.log');
  const env = { ...process.env, ...environment };
  const { exited } = await startInForeground(process.execPath, [CLI, ...args], { env, logFile, cwd: folder });
  expect([await exited, await readFile(logFile, 'utf8')]).toEqual([
    { code: 0, signal: null },
    expect.anything(),
  ]);
}

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-traces-'));
  collector = await startCollector(path.join(folder, 'collected'));
  environment = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: '100' };
  stack = await startProcess({
    name: 'up',
    command: process.execPath,
    args: [CLI, 'up', '--workers', '1', '--device', 'cpu', '--no-console'],
    env: { ...process.env, ...environment },
    cwd: folder,
    logFile: path.join(folder, 'up.log'),
    killAfterMs: 60_000,
  });
});
afterAll(async () => {
  await stack.stop();
  collector.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

const named = (name: string): CollectedSpan[] => spans.filter((span) => span.name === name);

/** Names of a span and those that it is a part of, from the first one on. */
function pathOf(span: CollectedSpan): string[] {
  const parent = spans.find(({ id, trace }) => id === span.parent && trace === span.trace);
  return [...(parent === undefined ? [] : pathOf(parent)), `${span.service}: ${span.name}`];
}

/** Whether every process has sent what it has to tell of the dataset and of the run. */
async function areAllThere(): Promise<boolean> {
  spans = await collector.spans();
  const ids = new Set(spans.map(({ id }) => id));
  return (
    spans.every(({ parent }) => parent === '' || ids.has(parent)) &&
    named('batch').length === 4 &&
    named('slice').length === named('slice fetch').length &&
    named('dataset manifest').length === 1
  );
}

it('follows a dataset to its manifest, and a step to its slices, their jobs and the shards', async () => {
  await expect
    .poll(() => readFile(path.join(folder, '.alexnet', 'stack.json'), 'utf8').catch(() => ''))
    .not.toBe('');
  const source = await drawShapes(path.join(folder, 'shapes'), { train: 20, val: 4 });
  await alexnet('dataset', 'add', source, '--name', 'shapes', '--side', '96', '--follow');
  const settings = ['net.input=67', 'batchSize=20', 'sliceSize=10'].flatMap((each) => ['--set', each]);
  const run = ['--dataset', 'shapes', '--run', 'traced', '--profile', 'demo', '--epochs', '2'];
  await alexnet('train', ...run, ...settings, '--follow');
  await expect.poll(areAllThere, { interval: 1_000 }).toBe(true);

  expect(named('shard write').map(pathOf)[0]).toEqual([
    'alexnet-cli: dataset add',
    'alexnet-cli: add datasets.plan',
    'alexnet-preprocess: process datasets',
    'alexnet-preprocess: addFlow datasets',
    'alexnet-preprocess: addNode datasets',
    'alexnet-preprocess: addNode datasets',
    'alexnet-preprocess: process datasets',
    'alexnet-preprocess: shard write',
  ]);
  const [manifest] = named('dataset manifest');
  expect(manifest?.trace).toBe(named('dataset add')[0]?.trace);

  const [step] = named('step');
  if (step === undefined) throw new Error('no step');
  expect(pathOf(step)).toEqual(['alexnet-trainer: batch', 'alexnet-trainer: step']);
  const ofStep = spans.filter(({ trace }) => trace === step.trace);
  const reads = ofStep.filter(({ name }) => name === 'shard read');
  expect(reads.length).toBeGreaterThan(0);
  for (const read of reads)
    expect(pathOf(read)).toEqual([
      'alexnet-trainer: batch',
      'alexnet-trainer: addBulk slices',
      'alexnet-preprocess: process slices',
      'alexnet-preprocess: slice',
      'alexnet-preprocess: shard read',
    ]);
  const images = reads.map(({ attributes }) => Number(attributes['alexnet.images']));
  expect(images.reduce((sum, count) => sum + count, 0)).toBe(20);
  expect(ofStep.filter(({ name }) => name === 'slice fetch')).toHaveLength(2);
});

it('keeps the first batch of each epoch and pass, and begins traces with nothing else', () => {
  const first = spans.filter(({ parent }) => parent === '');
  expect(new Set(first.map(({ name }) => name))).toEqual(new Set(['dataset add', 'batch']));
  const batches = named('batch').map(({ attributes: a }) => [
    a['alexnet.pass'],
    a['alexnet.epoch'],
    a['alexnet.batch'],
  ]);
  expect(batches.sort()).toEqual([
    ['train', 0, 0],
    ['train', 1, 0],
    ['validate', 0, 0],
    ['validate', 1, 0],
  ]);
  expect([...collector.paths]).toEqual(['/v1/traces']);
});

it('writes the ids of a trace into the lines that are logged in it', async () => {
  const log = await readFile(path.join(folder, '.alexnet', 'logs', 'worker-1.log'), 'utf8');
  const lines = log.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as object] : []));
  expect(lines.find((line) => 'msg' in line && line.msg === 'planned')).toMatchObject({
    trace_id: named('dataset add')[0]?.trace,
    span_id: expect.stringMatching(/^[0-9a-f]{16}$/) as string,
  });
  expect(lines.find((line) => 'msg' in line && line.msg === 'ready')).not.toHaveProperty('trace_id');
});
