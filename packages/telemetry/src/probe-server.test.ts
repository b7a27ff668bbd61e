import { afterEach, beforeEach, expect, it } from 'vitest';
import { AlexnetError, createLogger } from '@alexnet/core';
import { Metrics } from './metrics.ts';
import { openProbes, type ProbeServer } from './probe-server.ts';
import { worksWithin, type Check } from './readiness.ts';
import { WorkInHand } from './work-in-hand.ts';

const log = createLogger('test', 'silent');
const metrics = new Metrics({});
const local = { metricsPort: 0, metricsHost: '127.0.0.1' };
let server: ProbeServer;

beforeEach(async () => {
  const opened = await openProbes(local, { metrics, log });
  if (opened === undefined) throw new Error('no server');
  server = opened;
});
afterEach(() => server.close());

const get = (path: string, method = 'GET'): Promise<Response> =>
  fetch(`${server.address}${path}`, { method });

async function ready(checks: Record<string, Check>): Promise<[number, unknown]> {
  server.started(checks);
  const response = await get('/readyz');
  return [response.status, await response.json()];
}

it('is off unless there is a port', async () => {
  expect(await openProbes({ ...local, metricsPort: undefined }, { metrics, log })).toBeUndefined();
});

it('lives, and is not ready while it starts', async () => {
  expect((await get('/healthz')).status).toBe(200);
  const response = await get('/readyz');
  expect([response.status, await response.json()]).toEqual([
    503,
    { status: 'not ready', checks: { started: 'it still starts' } },
  ]);
});

it('is ready while every check holds, and says which does not', async () => {
  const broken = (): never => {
    throw new AlexnetError('REDIS_UNREACHABLE', { expected: 'Redis', actual: 'none', remedy: 'Start it.' });
  };
  expect(await ready({ redis: () => 'PONG' })).toEqual([200, { status: 'ready', checks: { redis: 'ok' } }]);
  const [status, body] = await ready({ redis: broken, slices: () => Promise.resolve() });
  expect([status, body]).toMatchObject([
    503,
    { checks: { redis: expect.any(String) as string, slices: 'ok' } },
  ]);
});

it('is not ready where a check hangs', async () => {
  expect(await ready({ redis: () => new Promise(() => undefined) })).toEqual([
    503,
    { status: 'not ready', checks: { redis: 'no answer within 2 s' } },
  ]);
});

it('is not ready while something in hand does not advance', async () => {
  let now = 0;
  const work = new WorkInHand(() => now);
  const checks = { work: worksWithin(work, 1_000) };
  const slow = work.begin('slice a');
  const quick = work.begin('slice b');
  now = 900;
  quick.advanced();
  expect((await ready(checks))[0]).toBe(200);
  now = 1_600;
  expect(await ready(checks)).toEqual([
    503,
    { status: 'not ready', checks: { work: 'slice a: nothing was done for 2 s' } },
  ]);
  slow.end();
  expect((await ready(checks))[0]).toBe(200);
});

it('answers GET and HEAD of three paths, and nothing else', async () => {
  const text = await get('/metrics?x=1');
  expect([text.status, text.headers.get('content-type')]).toEqual([200, metrics.contentType]);
  expect(await text.text()).toContain('process_resident_memory_bytes');
  const head = await get('/metrics', 'HEAD');
  expect([head.status, await head.text()]).toEqual([200, '']);
  expect((await get('/metrics', 'POST')).status).toBe(405);
  expect((await get('/../etc/passwd')).status).toBe(404);
});

it('says which port it could not have', async () => {
  const taken = Number(new URL(server.address).port);
  await expect(openProbes({ ...local, metricsPort: taken }, { metrics, log })).rejects.toMatchObject({
    code: 'PROCESS_FAILED',
    message: expect.stringContaining(`port ${taken}`) as string,
  });
});
