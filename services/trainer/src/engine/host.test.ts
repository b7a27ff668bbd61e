import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLogger } from '@alexnet/core';
import { resolveProfile } from '@alexnet/model';
import type { EngineClient } from './client.ts';
import { EngineHost } from './host.ts';

const profile = resolveProfile('demo', ['net.width=0.1']);
const side = profile.net.input;
const CLASSES = 3;

let host: EngineHost;
beforeEach(() => {
  host = new EngineHost({ device: 'cpu', log: createLogger('test', 'silent') });
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await host.close();
});

const build = (client: EngineClient): Promise<number> =>
  client.call('build', { profile, classes: CLASSES, meanImage: new Float32Array(side * side * 3) });

/** The weights after one step of a job that has the engine for itself. */
const trainOneStep = (): Promise<number[]> =>
  host.use(async ({ client }) => {
    await build(client);
    await client.call('initialise', { seed: 1, given: undefined });
    const pixels = new Uint8Array(4 * side * side * 3).fill(7);
    const batch = { slices: [{ pixels, labels: Int32Array.of(0, 1, 2, 0), lighting: new Float32Array(12) }] };
    await client.call('step', { batch, step: 0, seed: 1, rates: { weights: 0.01, biases: 0.01 } });
    const { model } = await client.call('save');
    return [...model.values()].flatMap(({ data }) => [...data.slice(0, 8)]);
  });

it('trains alike after its thread has ended under a call, and rejects calls to the one that ended', async () => {
  const undisturbed = await trainOneStep();
  let dead: EngineClient | undefined;
  const job = host.use(async ({ client }) => {
    dead = client;
    await build(client);
    const inHand = client.call('initialise', { seed: 1, given: undefined });
    await Promise.all([client.close(), inHand]);
  });
  await expect(job).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  await expect(dead?.call('save')).rejects.toMatchObject({ code: 'ENGINE_FAILED' });
  expect(await trainOneStep()).toEqual(undisturbed);
});

it('is fit for the next job after one whose engine could not be built', async () => {
  const undisturbed = await trainOneStep();
  const folder = path.join(await mkdtemp(path.join(tmpdir(), 'alexnet-host-')), 'missing');
  vi.stubEnv('TMPDIR', folder);
  await expect(trainOneStep()).rejects.toMatchObject({
    code: 'PERMISSION_DENIED',
    expected: expect.stringContaining(folder) as string,
    cause: { code: 'ENOENT', stack: expect.stringContaining('mkdtemp') as string },
    // Where it came from in the thread.
    stack: expect.stringContaining('at openGraph') as string,
  });
  vi.unstubAllEnvs();
  expect(await trainOneStep()).toEqual(undisturbed);
  await rm(path.dirname(folder), { recursive: true });
});

it('is closed only after an engine that is being opened is open', async () => {
  let opened = false;
  const job = host.use(() => {
    opened = true;
    return Promise.resolve();
  });
  // Its thread is being started.
  await sleep(0);
  await host.close();
  expect(opened).toBe(true);
  await job;
});

it('gives a job the engine after the one before is done', async () => {
  const order: string[] = [];
  const job = (name: string, ms: number): Promise<void> =>
    host.use(async () => {
      order.push(`${name} begins`);
      await sleep(ms);
      order.push(`${name} ends`);
    });
  await Promise.all([job('a', 20), job('b', 0)]);
  expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
});

it('ends the thread when nobody uses it, and starts one for the next job', async () => {
  await host.close();
  host = new EngineHost({ device: 'cpu', log: createLogger('test', 'silent'), idleMs: 50 });
  const clients: EngineClient[] = [];
  const take = (): Promise<void> =>
    host.use(async ({ client }) => {
      clients.push(client);
      await client.call('readMetrics').catch(() => undefined);
    });
  await take();
  await expect
    .poll(() => clients[0]?.call('readMetrics').catch((error: unknown) => error))
    .toMatchObject({ code: 'ENGINE_FAILED' });
  await take();
  expect(clients[1]).not.toBe(clients[0]);
});
