import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '@alexnet/core';
import { findManifest, type DatasetSpec } from '@alexnet/datasets';
import { addDataset, type Pipeline } from '@alexnet/pipeline';
import { datasetJobId } from '@alexnet/queues';
import type { Chronicle } from './chronicle.ts';
import type { Work } from './work.ts';

const POLL_MS = 250;
/** A worker sends again what an emptied queue has lost, where it has a job of the dataset in hand. */
const LOST_AFTER_MS = 15_000;
const DEADLINE_MS = 300_000;

export const datasetSpec = (name: string, source: string, shardSize: number): DatasetSpec => ({
  ...{ name, source, shardSize, valFraction: 0, seed: 3, side: 256, encoding: 'rgb' },
});

/** Makes one dataset, asked for again where its job failed or was lost. Returns the digest of its manifest. */
export async function ingest(
  pipeline: Pipeline,
  work: Work,
  spec: DatasetSpec,
  chronicle: Chronicle,
): Promise<string> {
  const { queues, store } = pipeline;
  const { name } = work;
  let asked = await addDataset(pipeline, spec);
  const deadline = Date.now() + DEADLINE_MS;
  let lostSince: number | undefined;
  try {
    for (;;) {
      const [plan, finish] = await Promise.all([
        queues.report('datasets', datasetJobId.plan(name, asked.addition)),
        queues.report('datasets', datasetJobId.finish(name, asked.addition)),
      ]);
      const manifest = await findManifest(store, name);
      const finishing = finish.state === 'active' || finish.state === 'waiting';
      if (manifest !== undefined && !finishing) return manifest.digest;
      const error = plan.error ?? finish.error;
      if (error !== undefined && !chronicle.explains(error.code)) {
        throw new Error(`${name} failed, and no fault explains it: ${messageOf(error)}`);
      }
      const absent = plan.state === 'absent' && finish.state === 'absent';
      lostSince = absent ? (lostSince ?? Date.now()) : undefined;
      const lost = lostSince !== undefined && Date.now() - lostSince > LOST_AFTER_MS;
      // The cause is mended first, as docs/operations.md says.
      if ((error !== undefined || lost) && !chronicle.disturbed) {
        chronicle.intervened(
          `dataset add ${name} again: ${error?.code ?? 'it is not in the queue any more'}`,
        );
        asked = await addDataset(pipeline, spec);
        lostSince = undefined;
      }
      if (work.over) throw new Error(`${name} was given up`);
      if (Date.now() > deadline) throw new Error(`${name} does not end: ${JSON.stringify({ plan, finish })}`);
      await sleep(POLL_MS);
    }
  } finally {
    work.over = true;
  }
}
