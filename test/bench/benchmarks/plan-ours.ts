/**
 * What a process does before the first slice of an epoch of ImageNet, 1,281,167 images in 1,252 shards: work out the order
 * of the epoch, every place of it, or read the manifest. Arguments: seconds, order or manifest, store.
 */
import { shuffledOrder } from '@alexnet/batches';
import { readManifest } from '@alexnet/datasets';
import { writeLargeManifest } from '@alexnet/datasets/testing';
import { openStore } from '@alexnet/storage';
import { serveRounds } from '../serve-rounds.ts';
import { DATASET } from './records.ts';

const IMAGES = 1_281_167;
const IN_A_SHARD = 1024;
const counts = Array.from({ length: Math.ceil(IMAGES / IN_A_SHARD) }, (_, shard) =>
  Math.min(IN_A_SHARD, IMAGES - shard * IN_A_SHARD),
);

const [seconds = '', what = '', storeUrl = ''] = process.argv.slice(2);
const store = openStore(storeUrl);
const name = 'imagenet';
if (what === 'manifest') await writeLargeManifest(store, await readManifest(store, DATASET), name, counts);

let epoch = 0;
function walkOrder(): number {
  const order = shuffledOrder(counts, 1, epoch++);
  let places = 0;
  for (let i = 0; i < order.length; i++) places += order.at(i).shard >= 0 ? 1 : 0;
  return places;
}

await serveRounds(Number(seconds), async () => {
  const found = what === 'order' ? walkOrder() : (await readManifest(store, name)).splits.train.count;
  if (found !== IMAGES) throw new RangeError(`${found} images`);
  return 1;
});
