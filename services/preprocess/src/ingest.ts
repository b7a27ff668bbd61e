import {
  checkSpec,
  finishDataset,
  openSource,
  planDataset,
  readPlan,
  writeShard,
  type Source,
} from '@alexnet/datasets';
import { onAbort, type Logger } from '@alexnet/core';
import type { Pipeline } from '@alexnet/pipeline';
import { GiveBack, type Handlers } from '@alexnet/queues';

/** Progress is for people: more often than this only costs round trips. */
const PROGRESS_MS = 300;

/** The `datasets` queue: list and shuffle the images, write the shards, put it all together. */
export function ingestHandlers({ store, queues, config }: Pipeline, log: Logger): Handlers<'datasets'> {
  async function withSource<T>(url: string, use: (source: Source) => Promise<T>): Promise<T> {
    const source = await openSource(url, { s3Endpoint: config.s3Endpoint, awsRegion: config.awsRegion });
    try {
      return await use(source);
    } finally {
      await source.close();
    }
  }

  return {
    async plan({ dataset, addition, spec: json }) {
      const spec = checkSpec(json);
      const { shards } = await withSource(spec.source, (source) => planDataset(store, source, spec));
      log.info({ dataset, shards: shards.length }, 'planned');
      await queues.fillDataset(
        shards.map((shard) => ({ dataset, addition, ...shard })),
        { dataset, addition },
      );
      return { shards: shards.length, images: shards.reduce((sum, { count }) => sum + count, 0) };
    },

    async shard({ dataset, split, shard }, { progress, signal }) {
      const { spec } = await readPlan(store, dataset);
      const stopping = new AbortController();
      onAbort(signal, () => stopping.abort(new GiveBack()));
      const onProgress = throttled((done, total) => {
        progress({ done, total }).catch((error: unknown) => log.debug({ error }, 'progress'));
      });
      return await withSource(spec.source, (source) =>
        writeShard(store, source, { name: dataset, split, shard }, { signal: stopping.signal, onProgress }),
      );
    },

    async finish({ dataset }) {
      const { digest, quarantined } = await finishDataset(store, dataset);
      log.info({ dataset, digest, quarantined: quarantined.count }, 'dataset finished');
      return { digest };
    },
  };
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
