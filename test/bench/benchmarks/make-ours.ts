/** From shards in the page cache to slices in this process's memory. Arguments: seconds, store, folder. */
import { SliceMaker } from '@alexnet/batches';
import { createShardReader, readManifest } from '@alexnet/datasets';
import { resolveProfile } from '@alexnet/model';
import { openStore } from '@alexnet/storage';
import { serveRounds } from '../serve-rounds.ts';
import { DATASET } from './records.ts';

const [seconds = '', storeUrl = '', cacheDir = ''] = process.argv.slice(2);
const store = openStore(storeUrl);
const manifest = await readManifest(store, DATASET);
const maker = new SliceMaker(createShardReader({ store, cacheDir, maxBytes: 1e10 }));
const { batchSize, sliceSize, augment, net } = resolveProfile('paper', []);
const batches = Math.floor(manifest.splits.train.count / batchSize);
let made = 0;

await serveRounds(Number(seconds), () => {
  const recipe = { manifest, seed: 1, batchSize, sliceSize, augment, input: net.input };
  const [epoch, batch] = [Math.floor(made / batches), made % batches];
  made++;
  const address = {
    run: 'bench',
    spec: 'f'.repeat(64),
    pass: 'train',
    split: 'train',
    epoch,
    batch,
    slice: 0,
    views: 1,
  } as const;
  return maker.make(recipe, address, () => Promise.resolve(sliceSize));
});
