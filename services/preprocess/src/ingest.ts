import {
  checkSpec,
  findPlan,
  finishDataset,
  planDataset,
  stagingOf,
  writeShard,
  type DatasetPlan,
} from '@alexnet/datasets';
import { onAbort, type Logger } from '@alexnet/core';
import { openConfiguredSource, sendLostJobs, type DatasetRequest, type Pipeline } from '@alexnet/pipeline';
import pLimit from 'p-limit';
import { datasetJobId, RequeueJob, type Handlers } from '@alexnet/queues';
import { inSpan, type WorkInHand } from '@alexnet/telemetry';
import type { ImageThreads } from './images/threads.ts';
import type { WorkerMetrics } from './metrics.ts';

/** Progress is for people: more often than this only costs round trips. */
const PROGRESS_MS = 300;

export interface IngestParts {
  images: ImageThreads;
  log: Logger;
  metrics: WorkerMetrics;
  work: WorkInHand;
}

/** The `datasets` queue: list and shuffle the images, write the shards, put it all together. */
export function ingestHandlers(
  { store, queues, config }: Pipeline,
  { images, log, metrics, work }: IngestParts,
): Handlers<'datasets'> {
  /** What an emptied Redis has lost is known to the store alone, and to the workers that have a job of it in hand. */
  function whenLost(lost: AbortSignal, asked: DatasetRequest): void {
    const { dataset } = asked;
    onAbort(lost, () => {
      sendLostJobs({ store, queues }, asked).then(
        (sent) =>
          sent && log.warn({ dataset }, 'Redis has lost the jobs of the dataset; they are sent again'),
        (error: unknown) => log.warn({ dataset, error }, 'could not send the jobs of the dataset again'),
      );
    });
  }

  const turn = pLimit(1);

  /**
   * One shard after the other has the threads, so that the death of a worker costs little more than one. While one is
   * written, the images of the next are decoded.
   */
  function inTurn<T>(write: (onLastRequest: () => void) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      void turn(
        () =>
          new Promise<void>((next) => {
            write(next).finally(next).then(resolve, reject);
          }),
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
      const source = await openConfiguredSource(config, spec, stagingOf(store, dataset));
      const { shards } = await inSpan('dataset plan', { 'alexnet.dataset': dataset }, () =>
        planDataset(store, source, spec, addition),
      ).finally(() => source.close());
      log.info({ dataset, shards: shards.length }, 'planned');
      await queues.fillDataset(
        shards.map(({ split, shard, count }) => ({ dataset, addition, split, shard, count })),
        { dataset, addition },
      );
      return countsOf({ shards });
    },

    async shard({ dataset, addition, split, shard }, { progress, signal, lost }) {
      whenLost(lost, { dataset, addition });
      const report = throttled((done, total) => {
        progress({ done, total }).catch((error: unknown) => log.debug({ error }, 'progress'));
      });
      const { count, quarantined, reasons } = await inTurn(async (onLastRequest) => {
        const inHand = work.begin(`shard ${split} ${shard} of dataset ${dataset}`);
        const onProgress = (done: number, total: number): void => {
          inHand.advanced();
          report(done, total);
        };
        const attributes = { 'alexnet.dataset': dataset, 'alexnet.split': split, 'alexnet.shard': shard };
        return await inSpan('shard write', attributes, () =>
          writeShard(
            store,
            images.decoderFor(addition),
            { name: dataset, addition, split, shard },
            { signal: givingBack(signal), onProgress, onLastRequest },
          ),
        ).finally(inHand.end);
      });
      metrics.add('alexnet_worker_dataset_images_total', count);
      for (const [reason, affected] of Object.entries(reasons))
        metrics.add('alexnet_worker_quarantined_images_total', affected, { reason });
      return { count, quarantined };
    },

    async finish({ dataset, addition }, { signal, lost }) {
      whenLost(lost, { dataset, addition });
      const { digest, quarantined } = await inSpan('dataset manifest', { 'alexnet.dataset': dataset }, () =>
        finishDataset(store, dataset, addition, {
          decoder: images.decoderFor(addition),
          signal: givingBack(signal),
        }),
      );
      log.info({ dataset, digest, quarantined: quarantined.count }, 'dataset finished');
      return { digest };
    },
  };
}

/** A signal that gives the job back where the process is asked to stop. */
function givingBack(signal: AbortSignal): AbortSignal {
  const stopping = new AbortController();
  onAbort(signal, () => stopping.abort(new RequeueJob()));
  return stopping.signal;
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
