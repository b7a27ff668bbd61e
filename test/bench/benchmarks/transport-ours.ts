/** From shards in the page cache to `BatchFeed.next()`, through Redis. Arguments: seconds, store, folder, socket or tcp. */
import { BatchFeed, batchesOf, type BatchReference } from '@alexnet/batches';
import { passOf } from '@alexnet/pipeline';
import { serveRounds } from '../serve-rounds.ts';
import { watchLoops } from './loop-delays.ts';
import { watchProcessorTime } from './processor-time.ts';
import { startWorkers } from './workers.ts';

const [seconds = '', storeUrl = '', folder = '', slicesBy = ''] = process.argv.slice(2);
const WORKERS = 2;
const { pipeline, spec, workerPids, redisPids } = await startWorkers({
  ...{ storeUrl, folder, workers: WORKERS, workerCores: undefined },
  slicesBy: slicesBy === 'socket' ? 'socket' : 'tcp',
});
const processes = {
  trainer: [process.pid],
  workers: workerPids,
  'slice server': [redisPids.slices],
  'queue server': [redisPids.jobs],
};

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

let delivered = 0;
const deliver = async (): Promise<number> => {
  const batch = await feed.next();
  if (batch === undefined) throw new Error('an endless feed ended');
  feed.recycle(batch.pixels.buffer);
  batch.trace.end();
  delivered += batch.reference.count;
  return batch.reference.count;
};
await serveRounds(Number(seconds), deliver, {
  watch: async () => {
    const loops = await watchLoops(workerPids);
    const times = await watchProcessorTime(processes);
    const before = delivered;
    return async () => ({ ...(await times(delivered - before)), ...(await loops()) });
  },
});
