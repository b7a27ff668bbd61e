/**
 * How many images one core of Redis carries, told by the processor time that it uses: as jobs (asked for, taken by so many
 * workers, done) or as slices of pixels (stored, fetched, deleted). Arguments: seconds, folder, workers or `slices`.
 */
import { createLogger, loadConfig } from '@alexnet/core';
import { startRedis } from '@alexnet/local';
import { consume, Queues } from '@alexnet/queues';
import { openRedis } from '@alexnet/redis';
import { SliceStore, type SliceAddress } from '@alexnet/tensor-store';
import { serveRounds } from '../serve-rounds.ts';

const IMAGES = 32;
const TOGETHER = 64;

const [seconds = '', dataDir = '', what = ''] = process.argv.slice(2);
const server = await startRedis({ cacheDir: loadConfig().cacheDir, dataDir, appendOnly: false });
const redis = await openRedis(server.url);

let next = 0;
const nextAddresses = (count: number): SliceAddress[] =>
  Array.from({ length: count }, () => ({
    run: 'queue',
    spec: 'f'.repeat(64),
    pass: 'train',
    split: 'train',
    epoch: 0,
    batch: next++,
    slice: 0,
    views: 1 as const,
  }));

async function redisSeconds(): Promise<number> {
  const info = await redis.info('cpu');
  const used = (kind: string): number => Number(new RegExp(`used_cpu_${kind}:(\\S+)`).exec(info)?.[1]);
  return used('user') + used('sys');
}

function carryJobs(workers: number): (count: number) => Promise<void> {
  const queues = new Queues(redis);
  let left = 0;
  let done = (): void => undefined;
  const make = (): Promise<undefined> => {
    left -= 1;
    if (left === 0) done();
    return Promise.resolve(undefined);
  };
  const log = createLogger('bench', 'silent');
  for (let i = 0; i < workers; i++) consume('slices', { make }, { redis, concurrency: 2, log });
  return async (count) => {
    left = count;
    const finished = new Promise<void>((resolve) => (done = resolve));
    await queues.makeSlices(nextAddresses(count));
    await finished;
  };
}

function carrySlices(): (count: number) => Promise<void> {
  const slices = new SliceStore(redis);
  const bytes = Buffer.alloc(IMAGES * 227 * 227 * 3, 'slice');
  const memory = Buffer.alloc(bytes.length);
  const reader = slices.reader(() => memory);
  return async (count) => {
    for (const address of nextAddresses(count)) {
      await slices.reserve([address]);
      await slices.put(address, bytes);
      if ((await reader.get(address)) === undefined) throw new RangeError('a slice is gone');
      await slices.delete([address]);
    }
  };
}

const carry = what === 'slices' ? carrySlices() : carryJobs(Number(what));
const work = async (): Promise<number> => {
  await carry(TOGETHER);
  return TOGETHER * IMAGES;
};
await serveRounds(Number(seconds), work, { clock: redisSeconds });
