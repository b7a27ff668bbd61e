/** Webhooks about runs, by real processes to a real server. */
import path from 'node:path';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { CheckpointReader } from '@alexnet/checkpoints';
import { freePort, type RunningProcess } from '@alexnet/local';
import { readRunSpec, specDigest, type NotificationEvent } from '@alexnet/pipeline';
import { drawShapes } from '../support/pictures.ts';
import { assignments, TestPipeline } from '../support/pipeline.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

const SECRET = `whsec_${Buffer.alloc(32, 5).toString('base64')}`;
const HOW = [
  ...['--profile', 'demo'],
  ...assignments({ 'net.width': 0.1, batchSize: 12, sliceSize: 12, epochs: 2, checkpointEvery: 1000 }),
];

let pipeline: TestPipeline;
let receiver: Receiver;
let worker: RunningProcess;
let trainer: RunningProcess;

beforeAll(async () => {
  pipeline = await TestPipeline.start();
  pipeline.environment['ALEXNET_NOTIFY_SECRET'] = SECRET;
  receiver = await startReceiver();
  const pictures = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 8, val: 4 });
  worker = await pipeline.worker();
  await pipeline.json('dataset', 'add', pictures, '--name', 'shapes', '--follow');
  trainer = await pipeline.trainer();
});
beforeEach(() => {
  receiver.received.length = 0;
});
afterAll(async () => {
  await pipeline.close();
  await receiver.close();
});

const train = (run: string, ...more: string[]): Promise<unknown> =>
  pipeline.json('train', '--dataset', 'shapes', '--run', run, ...HOW, ...more);

const events = (): NotificationEvent[] => receiver.received.map(({ event }) => event);

async function onlyEvent(): Promise<NotificationEvent> {
  await expect.poll(events).toHaveLength(1);
  const [{ headers, body, event } = {} as never] = receiver.received;
  expect(new Webhook(SECRET).verify(body, headers as Record<string, string>)).toEqual(event);
  return event;
}

it('says that a run is finished, and leaves its spec and weights as they are', async () => {
  await train('told', '--notify', receiver.url, '--follow');
  const { type, data } = await onlyEvent();
  expect([type, data]).toEqual([
    'run.finished',
    expect.objectContaining({ run: 'told', dataset: 'shapes', step: 4, steps: 4, epoch: 2, error: null }),
  ]);
  expect(data.checkpoint).toBe('step-00000004-1');
  expect(data.validation?.epoch).toBe(2);
  await train('untold', '--follow');
  const { store } = await pipeline.library();
  const of = async (run: string): Promise<unknown> => {
    const spec = await readRunSpec(store, run);
    const { digest, model } = await new CheckpointReader(store, run).manifest('latest');
    return [specDigest({ ...spec, run: '' }), digest, model.sha256];
  };
  expect(await of('told')).toEqual(await of('untold'));
  expect(events()).toHaveLength(1);
});

it('says why a run failed', async () => {
  const breaksDown = assignments({ 'optimizer.learningRate': 1e30 });
  await train('breaks-down', '--notify', receiver.url, ...breaksDown);
  const { type, data } = await onlyEvent();
  expect([type, data.dataset, data.error?.code]).toEqual(['run.failed', 'shapes', 'LOSS_NOT_FINITE']);
});

it('says that a run ended early, was stopped, and is finished after it was resumed', async () => {
  const long = assignments({ epochs: 100, 'earlyStop.patience': 2, 'optimizer.learningRate': 1e-12 });
  // Without data it does not end before it is stopped.
  await worker.stop();
  await train('stopped', '--notify', receiver.url, ...long);
  await pipeline.until('stopped', ({ status }) => status === 'running');
  await pipeline.json('run', 'stop', 'stopped');
  expect((await onlyEvent()).type).toBe('run.stopped');
  receiver.received.length = 0;
  await pipeline.until('stopped', ({ status }) => status === 'stopped');
  worker = await pipeline.worker();
  await pipeline.json('run', 'resume', 'stopped', '--notify', receiver.url);
  const { type, data } = await onlyEvent();
  expect([type, data.endedEarly]).toEqual(['run.finished', 'earlyStop']);
});

it('trains on while the receiver is down, and tells it later', async () => {
  const port = await freePort();
  await train('down', '--notify', `http://127.0.0.1:${port}/`, '--follow');
  await train('next', '--follow');
  const late = await startReceiver(port);
  await expect.poll(() => late.received.map(({ event }) => event.data.run)).toEqual(['down']);
  await late.close();
});

it('tells the end of a run under one id where its trainer is killed right after it', async () => {
  const { store } = await pipeline.library();
  await train('killed', '--notify', receiver.url);
  const reader = new CheckpointReader(store, 'killed');
  const isFinished = async (): Promise<boolean> => (await reader.latest())?.finished === true;
  await pipeline.eventually('the last checkpoint is written', isFinished);
  process.kill(trainer.pid, 'SIGKILL');
  await trainer.exited;
  trainer = await pipeline.trainer();
  await pipeline.until('killed', ({ status }) => status === 'done');
  await expect.poll(() => new Set(events().map(({ id, type }) => `${type} ${id}`)).size).toBe(1);
  expect(events()[0]).toMatchObject({ type: 'run.finished', data: { step: 4 } });
  // Nothing more is told while the next run is trained.
  await train('after', '--follow');
  expect(new Set(events().map(({ id }) => id)).size).toBe(1);
});

it('takes the address of the environment where the command gives none', async () => {
  const { code } = await pipeline.alexnet(['train', '--dataset', 'shapes', '--run', 'default', ...HOW], {
    ALEXNET_NOTIFY_URL: receiver.url,
  });
  expect(code).toBe(0);
  expect((await onlyEvent()).data.run).toBe('default');
});

it('refuses an address that is not http or https, and does not repeat it', async () => {
  const { code, stderr } = await pipeline.alexnet([
    'run',
    'resume',
    'told',
    '--notify',
    'ftp://u:secret@host',
  ]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('CONFIG_INVALID')]);
  expect(stderr).not.toContain('secret');
});

it('logs and shows nothing secret of an address', async () => {
  expect(await pipeline.logs()).not.toContain('token=secret');
});
