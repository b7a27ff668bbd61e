/** Notifications through a real Redis to a real server. */
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { AlexnetError, createLogger } from '@alexnet/core';
import { freePort } from '@alexnet/local';
import { notificationHandlers, Notifier } from '@alexnet/pipeline';
import { consume, type Consumer, type EndedJob, type Handlers } from '@alexnet/queues';
import { openRedis } from '@alexnet/redis';
import { addRun, openPlace, type Place } from '../support/saved-run.ts';
import { startReceiver, type Receiver } from '../support/receiver.ts';

const SECRET = `whsec_${Buffer.alloc(32, 3).toString('base64')}`;
const RUN = 'saved';

let place: Place;
let receiver: Receiver;
let lines: { msg: string; error?: { code: string; cause?: unknown } }[];
let consumers: Consumer[];

beforeAll(async () => {
  place = await openPlace();
  await addRun(place.pipeline, RUN);
});
beforeEach(async () => {
  await place.reset();
  receiver = await startReceiver();
  [lines, consumers] = [[], []];
});
afterEach(async () => {
  await Promise.all(consumers.map((consumer) => consumer.close()));
  await receiver.close();
});
afterAll(() => place.close());

const log = createLogger('test', 'debug', {
  destination: { write: (line) => void lines.push(JSON.parse(line) as never) },
});

function startDelivering(notifySecret?: string): void {
  const handlers = notificationHandlers({ notifySecret }, log);
  consumers.push(consume('notifications', handlers, { redis: place.pipeline.redis, concurrency: 4, log }));
}

const notifier = (): Notifier => new Notifier(place.pipeline, log);

const ended = (end: EndedJob<'runs'>['end'], notify = receiver.url): EndedJob<'runs'> => ({
  ...{ name: 'train', data: { run: RUN, notify }, queuedAt: 1, progress: undefined, end },
});
const DONE = { result: { status: 'done' } };

const ids = (): Set<string> => new Set(receiver.received.map(({ event }) => event.id));

it('is signed so that the reference implementation accepts it', async () => {
  startDelivering(SECRET);
  await notifier().ended(ended(DONE));
  await expect.poll(() => receiver.received).toHaveLength(1);
  const [{ method, path, headers, body, event } = {} as never] = receiver.received;
  expect([method, path, headers['content-type']]).toEqual(['POST', '/hook?token=secret', 'application/json']);
  expect(new Webhook(SECRET).verify(body, headers as Record<string, string>)).toEqual(event);
  expect(headers['webhook-id']).toBe(event.id);
  expect(event).toMatchObject({ version: 1, type: 'run.finished', data: { run: RUN, dataset: 'd' } });
  const other = new Webhook(`whsec_${Buffer.alloc(32, 4).toString('base64')}`);
  expect(() => other.verify(body, headers as Record<string, string>)).toThrow(/signature/);
});

it('is unsigned without a secret', async () => {
  startDelivering();
  await notifier().ended(ended(DONE));
  await expect.poll(() => receiver.received).toHaveLength(1);
  expect(Object.keys(receiver.received[0]?.headers ?? {})).not.toContain('webhook-signature');
});

it('is sent again with the same id until the receiver takes it', async () => {
  receiver.answers.push(500, 302);
  startDelivering();
  await notifier().ended(ended(DONE));
  await expect.poll(() => receiver.received).toHaveLength(3);
  expect(ids().size).toBe(1);
  // A redirect is not followed.
  expect(receiver.received.map(({ path }) => path)).toEqual(Array(3).fill('/hook?token=secret'));
  // Failures of the same kind are counted instead of written again.
  expect(lines.map(({ error }) => error?.code)).toContain('NOTIFICATION_FAILED');
  await expect.poll(() => lines.map(({ msg }) => msg)).toContain('notified');
  expect(JSON.stringify(lines)).not.toContain('token');
});

it('is queued once, however often the end of a run is told', async () => {
  await notifier().ended(ended(DONE));
  startDelivering();
  await notifier().ended(ended(DONE));
  await expect.poll(() => lines.map(({ msg }) => msg)).toContain('notified');
  await notifier().ended(ended(DONE));
  const { active, waiting } = await place.pipeline.queues.counts('notifications');
  expect([active, waiting, receiver.received.length]).toEqual([0, 0, 1]);
});

it('waits for a receiver that is down, and says why it could not deliver', async () => {
  const port = await freePort();
  startDelivering();
  await notifier().ended(ended(DONE, `http://127.0.0.1:${port}/`));
  await expect
    .poll(() => lines)
    .toContainEqual(
      expect.objectContaining({
        error: expect.objectContaining({
          code: 'NOTIFICATION_FAILED',
          actual: expect.stringContaining('ECONNREFUSED') as string,
          cause: expect.anything() as unknown,
        }) as unknown,
      }),
    );
  const late = await startReceiver(port);
  await expect.poll(() => late.received).toHaveLength(1);
  await late.close();
});

it('passes a login on as a header', async () => {
  startDelivering();
  const url = new URL(receiver.url);
  [url.username, url.password] = ['me', 'p@ss:word'];
  await notifier().ended(ended(DONE, url.href));
  await expect.poll(() => receiver.received).toHaveLength(1);
  const login = Buffer.from('me:p@ss:word').toString('base64');
  expect(receiver.received[0]?.headers.authorization).toBe(`Basic ${login}`);
  await expect.poll(() => lines.map(({ msg }) => msg)).toContain('notified');
  expect(JSON.stringify(lines)).not.toMatch(/p@ss|p%40ss/);
});

it('says how a run ended, unless another trainer has it', async () => {
  const failed = (code: 'LOSS_NOT_FINITE' | 'RUN_FENCED'): EndedJob<'runs'>['end'] => ({
    error: new AlexnetError(code, { expected: 'a', actual: 'b', remedy: 'C.' }),
  });
  startDelivering();
  for (const end of [failed('RUN_FENCED'), failed('LOSS_NOT_FINITE'), { result: { status: 'stopped' } }])
    await notifier().ended(ended(end));
  await expect.poll(() => receiver.received).toHaveLength(2);
  const events = receiver.received.map(({ event }) => [event.type, event.data.error?.code]);
  expect(events.sort()).toEqual([
    ['run.failed', 'LOSS_NOT_FINITE'],
    ['run.stopped', undefined],
  ]);
});

it('says once that a run waits, and once that it goes on', async () => {
  startDelivering();
  const job = { run: RUN, notify: receiver.url, queuedAt: 1 };
  for (const type of ['run.waiting', 'run.waiting', 'run.continued'] as const)
    await notifier().waited(job, { type, since: 5, progress: undefined, dataset: 'd' });
  await expect
    .poll(() => receiver.received.map(({ event }) => event.type).sort())
    .toEqual(['run.continued', 'run.waiting']);
});

it('has no receiver unless there is an address', async () => {
  await notifier().ended({ ...ended(DONE), name: 'train', data: { run: RUN } });
  const { active, waiting } = await place.pipeline.queues.counts('notifications');
  expect([active, waiting]).toEqual([0, 0]);
});

it('tells the end of a job again where the process died before the queue was told', async () => {
  const { queues, redis } = place.pipeline;
  const told: number[] = [];
  const start = (connection: typeof redis, onEnd: (job: EndedJob<'runs'>) => Promise<void>): Consumer => {
    const handlers: Handlers<'runs'> = {
      train: () => Promise.resolve({ status: 'done' }),
      evaluate: () => Promise.resolve(undefined),
    };
    return consume('runs', handlers, { redis: connection, concurrency: 1, log, onEnd });
  };
  const dying = await openRedis(place.environment['REDIS_URL'] ?? '');
  const died = new Promise<void>((resolve) => {
    start(dying, ({ queuedAt }) => {
      told.push(queuedAt);
      dying.disconnect();
      resolve();
      return new Promise(() => undefined);
    });
  });
  await queues.train('taken-over');
  await died;
  consumers.push(
    start(redis, ({ queuedAt }) => {
      told.push(queuedAt);
      return Promise.resolve();
    }),
  );
  await expect.poll(async () => (await queues.report('runs', 'taken-over/train')).state).toBe('completed');
  expect(told).toHaveLength(2);
  expect(told[0]).toBe(told[1]);
});
