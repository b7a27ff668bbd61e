/**
 * From shards in the page cache to slices in Redis, by worker processes that take jobs as they do for a trainer.
 * Arguments: seconds, store, folder, number of workers, the cores that they are bound to (or `all`).
 */
import { batchesOf, type BatchReference } from '@alexnet/batches';
import { passOf } from '@alexnet/pipeline';
import { sliceJobId } from '@alexnet/tensor-store';
import { serveRounds } from '../serve-rounds.ts';
import { startWorkers } from './workers.ts';

const [seconds = '', storeUrl = '', folder = '', workers = '', workerCores = ''] = process.argv.slice(2);
const { pipeline, spec } = await startWorkers({
  storeUrl,
  folder,
  workers: Number(workers),
  workerCores: workerCores === 'all' ? undefined : workerCores,
});
const { queues, slices } = pipeline;
const arrivals = slices.arrivals(spec.run);
await arrivals.open();

/** Batches that are asked for and not yet there. */
const AHEAD = 8;

function* batches(): Generator<BatchReference> {
  for (let epoch = 0; ; epoch++) yield* batchesOf(passOf(spec, 'train', 'train', { epoch }));
}

async function make({ slices: wanted, count }: BatchReference): Promise<number> {
  const addresses = wanted.map(({ address }) => address);
  const arrived = addresses.map(
    (address) => new Promise<void>((resolve) => arrivals.once(sliceJobId(address), resolve)),
  );
  await slices.reserve(addresses);
  await queues.makeSlices(addresses);
  await Promise.all(arrived);
  await slices.delete(addresses);
  return count;
}

const references = batches();
const next = (): Promise<number> => make(references.next().value as BatchReference);
const inHand = Array.from({ length: AHEAD }, next);

await serveRounds(Number(seconds), async () => {
  const done = await inHand.shift();
  inHand.push(next());
  return done ?? 0;
});
