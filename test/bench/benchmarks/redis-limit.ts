/**
 * How many images Redis takes and gives over the loopback interface when nobody does anything with them: SET and GET of
 * a slice's size, by one process on two connections. Arguments: seconds, folder.
 */
import { loadConfig } from '@alexnet/core';
import { startRedis } from '@alexnet/local';
import { openRedis } from '@alexnet/redis';
import { SliceStore, type SliceAddress } from '@alexnet/tensor-store';
import { serveRounds } from '../serve-rounds.ts';

const IMAGES = 32;
const SLICE = Buffer.alloc(IMAGES * 227 * 227 * 3, 'slice');
const KEYS = 8;

const [seconds = '', dataDir = ''] = process.argv.slice(2);
const server = await startRedis({ cacheDir: loadConfig().cacheDir, dataDir, appendOnly: false });
const slices = new SliceStore(await openRedis(server.url));
const memory = Buffer.alloc(SLICE.length);
const reader = slices.reader(() => memory);
const address = (slice: number): SliceAddress => ({
  run: 'limit',
  spec: 'f'.repeat(64),
  pass: 'train',
  split: 'train',
  epoch: 0,
  batch: 0,
  slice: slice % KEYS,
  views: 1,
});
await slices.reserve(Array.from({ length: KEYS }, (_, slice) => address(slice)));
await slices.put(address(0), SLICE);
let count = 0;

await serveRounds(Number(seconds), async () => {
  const [got] = await Promise.all([reader.get(address(count)), slices.put(address(++count), SLICE)]);
  if (got?.length !== SLICE.length) throw new RangeError('another value came back');
  return IMAGES;
});
