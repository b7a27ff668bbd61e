import { SliceMaker, type SliceRecipe } from '@alexnet/batches';
import {
  openConfiguredShards,
  readDatasetOf,
  readRunSpec,
  sliceRecipeOf,
  specDigest,
  type Pipeline,
} from '@alexnet/pipeline';
import { AlexnetError, hasCode } from '@alexnet/core';
import { RequeueJob, type Handlers } from '@alexnet/queues';
import { LRUCache } from 'lru-cache';
import { inSpan, type WorkInHand } from '@alexnet/telemetry';
import type { WorkerMetrics } from './metrics.ts';
import type { Throughput } from './throughput.ts';
import { TracedShards } from './traced-shards.ts';

/** Runs whose spec and manifest a worker keeps at hand. */
const RECIPES = 16;

/** The `slices` queue: a slice is made from nothing but its address and its run's spec. */
export function augmentHandlers(
  { store, slices, config, lifecycle }: Pipeline,
  { throughput, metrics, work }: { throughput: Throughput; metrics: WorkerMetrics; work: WorkInHand },
): Handlers<'slices'> {
  const shards = new TracedShards(openConfiguredShards(config, store));
  lifecycle.onClose('shards', () => shards.close());
  const maker = new SliceMaker(shards);
  const recipes = new LRUCache<string, Promise<SliceRecipe>>({ max: RECIPES });

  async function readRecipe(run: string, digest: string): Promise<SliceRecipe> {
    const spec = await readRunSpec(store, run);
    if (specDigest(spec) !== digest) {
      throw new AlexnetError('JOB_INVALID', {
        expected: `run ${run} with the spec ${digest}`,
        actual: specDigest(spec),
        remedy: 'The job is left over from a removed run of the same name; it can be ignored.',
      });
    }
    return sliceRecipeOf(spec, await readDatasetOf(store, spec));
  }

  function recipeOf(run: string, digest: string): Promise<SliceRecipe> {
    let recipe = recipes.get(digest);
    if (recipe === undefined) {
      recipe = readRecipe(run, digest);
      recipes.set(digest, recipe);
      // What failed once may succeed when the job is tried again.
      recipe.catch(() => recipes.delete(digest));
    }
    return recipe;
  }

  return {
    async make({ address }, { id }) {
      // Left over from a trainer that is gone, or made already by a worker that died before it could say so.
      if (!(await slices.isWanted(address))) return undefined;
      let made = 0;
      throughput.begin();
      const inHand = work.begin(`slice ${id}`);
      try {
        await inSpan('slice', { 'alexnet.run': address.run, 'alexnet.slice': address.slice }, (span) =>
          shards.watch(span, async () => {
            const recipe = await recipeOf(address.run, address.spec);
            await maker.make(recipe, address, async (bytes, images) => {
              await inSpan('slice store', { 'alexnet.bytes': bytes.length }, () =>
                slices.put(address, bytes).catch(requeueWithoutServer),
              );
              made = images;
            });
          }),
        );
        metrics.add('alexnet_worker_slices_total');
        metrics.add('alexnet_worker_slice_images_total', made);
      } finally {
        inHand.end();
        throughput.end(made);
      }
      return undefined;
    },
  };
}

/** The server of its place went away: the trainer reserves another one, for which the slice is made again. */
function requeueWithoutServer(error: unknown): never {
  throw hasCode(error, 'REDIS_UNREACHABLE') ? new RequeueJob() : error;
}
