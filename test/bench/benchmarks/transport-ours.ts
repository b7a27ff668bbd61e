/** From shards in the page cache to `BatchFeed.next()`, through Redis. Arguments: seconds, store, folder, workers. */
import { BatchFeed, batchesOf, type BatchReference } from '@alexnet/batches';
import { passOf } from '@alexnet/pipeline';
import { serveRounds } from '../serve-rounds.ts';
import { watchLoops } from './loop-delays.ts';
import { startWorkers } from './workers.ts';

const [seconds = '', storeUrl = '', folder = '', workers = ''] = process.argv.slice(2);
const { pipeline, spec, workerPids } = await startWorkers({
  storeUrl,
  folder,
  workers: Number(workers),
  workerCores: undefined,
});

function* batches(): Generator<BatchReference> {
  for (let epoch = 0; ; epoch++) yield* batchesOf(passOf(spec, 'train', 'train', { epoch }));
}

/** In batches, as many as the peers have ahead. */
const WINDOW = 8;
const feed = await BatchFeed.open({
  queues: pipeline.queues,
  slices: pipeline.slices,
  run: spec.run,
  references: batches(),
  windowBytes: WINDOW * spec.profile.batchSize * 227 * 227 * 3,
  signal: new AbortController().signal,
});

const deliver = async (): Promise<number> => {
  const batch = await feed.next();
  if (batch === undefined) throw new Error('an endless feed ended');
  feed.recycle(batch.pixels.buffer);
  batch.trace.end();
  return batch.reference.count;
};
await serveRounds(Number(seconds), deliver, { watch: () => watchLoops(workerPids) });
