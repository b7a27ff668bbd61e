import {
  checkAddition,
  checkSpec,
  findPlan,
  finishDataset,
  planDataset,
  readPlan,
  stagingOf,
  writeShard,
  type DatasetPlan,
} from '@alexnet/datasets';
import { onAbort, type Logger } from '@alexnet/core';
import {
  openConfiguredReader,
  openConfiguredSource,
  sendLostJobs,
  type Addition,
  type Pipeline,
} from '@alexnet/pipeline';
import { datasetJobId, GiveBack, type Handlers } from '@alexnet/queues';

/** Progress is for people: more often than this only costs round trips. */
const PROGRESS_MS = 300;

/** The `datasets` queue: list and shuffle the images, write the shards, put it all together. */
export function ingestHandlers({ store, queues, config }: Pipeline, log: Logger): Handlers<'datasets'> {
  /** What an emptied Redis has lost is known to the store alone, and to the workers that have a job of it in hand. */
  function whenLost(lost: AbortSignal, asked: Addition): void {
    const { dataset } = asked;
    onAbort(lost, () => {
      sendLostJobs({ store, queues }, asked).then(
        (sent) =>
          sent && log.warn({ dataset }, 'Redis has lost the jobs of the dataset; they are sent again'),
        (error: unknown) => log.warn({ dataset, error }, 'could not send the jobs of the dataset again'),
      );
    });
  }

  return {
    async plan({ dataset, addition, spec: json }, { lost }) {
      whenLost(lost, { dataset, addition });
      // Done before, by a process that died before it could say so; the dataset may even be finished.
      if ((await queues.report('datasets', datasetJobId.finish(dataset, addition))).state !== 'absent')
        return countsOf(await findPlan(store, dataset));
      const spec = checkSpec(json);
      const { shards } = await closing(
        await openConfiguredSource(config, spec, stagingOf(store, dataset)),
        (source) => planDataset(store, source, spec, addition),
      );
      log.info({ dataset, shards: shards.length }, 'planned');
      await queues.fillDataset(
        shards.map(({ split, shard, count }) => ({ dataset, addition, split, shard, count })),
        { dataset, addition },
      );
      return countsOf({ shards });
    },

    async shard({ dataset, addition, split, shard }, { progress, signal, lost }) {
      whenLost(lost, { dataset, addition });
      await checkAddition(store, dataset, addition);
      const { spec } = await readPlan(store, dataset);
      const onProgress = throttled((done, total) => {
        progress({ done, total }).catch((error: unknown) => log.debug({ error }, 'progress'));
      });
      return await closing(await openConfiguredReader(config, spec, stagingOf(store, dataset)), (source) =>
        writeShard(
          store,
          source,
          { name: dataset, addition, split, shard },
          { signal: givingBack(signal), onProgress },
        ),
      );
    },

    async finish({ dataset, addition }, { signal, lost }) {
      whenLost(lost, { dataset, addition });
      const { digest, quarantined } = await finishDataset(store, dataset, addition, {
        openReader: (spec) => openConfiguredReader(config, spec, stagingOf(store, dataset)),
        signal: givingBack(signal),
      });
      log.info({ dataset, digest, quarantined: quarantined.count }, 'dataset finished');
      return { digest };
    },
  };
}

/** A signal that gives the job back where the process is asked to stop. */
function givingBack(signal: AbortSignal): AbortSignal {
  const stopping = new AbortController();
  onAbort(signal, () => stopping.abort(new GiveBack()));
  return stopping.signal;
}

async function closing<S extends { close: () => Promise<void> }, T>(
  source: S,
  use: (source: S) => Promise<T>,
): Promise<T> {
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

function countsOf(
  plan: Pick<DatasetPlan, 'shards'> | undefined,
): { shards: number; images: number } | undefined {
  return (
    plan && { shards: plan.shards.length, images: plan.shards.reduce((sum, { count }) => sum + count, 0) }
  );
}

function throttled(report: (done: number, total: number) => void): (done: number, total: number) => void {
  let reported = -Infinity;
  return (done, total) => {
    const now = performance.now();
    if (now - reported < PROGRESS_MS && done < total) return;
    reported = now;
    report(done, total);
  };
}
