import type { ObjectStore } from '@alexnet/storage';

/** What a dataset or run takes up in the store. */
export interface Usage {
  bytes: number;
  objects: number;
  /** When its oldest object was written, by the clock of the store: about when it was created. Null without objects. */
  firstWritten: Date | null;
  /** When its newest object was written, apart from evaluations, which may come long after a run has ended. */
  lastWritten: Date | null;
}

/** Costs one listing: a request for every 1,000 objects. */
export async function usageOf(store: ObjectStore, kind: 'datasets' | 'runs', name: string): Promise<Usage> {
  const usage: Usage = { bytes: 0, objects: 0, firstWritten: null, lastWritten: null };
  for await (const { key, size, modified } of store.list(`${kind}/${name}/`)) {
    usage.bytes += size;
    usage.objects += 1;
    if (usage.firstWritten === null || modified < usage.firstWritten) usage.firstWritten = modified;
    if (key.startsWith(`${kind}/${name}/evaluations/`)) continue;
    if (usage.lastWritten === null || modified > usage.lastWritten) usage.lastWritten = modified;
  }
  return usage;
}
