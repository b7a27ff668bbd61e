import type { DatasetRow } from '../../api/types.ts';
import { count } from '../../format/format.ts';

type DatasetProgress = NonNullable<DatasetRow['progress']>;

/** How far a dataset is, of 1; null while it is not known how many images there are. */
export function shareMade({ phase, images, imagesDone }: DatasetProgress): number | null {
  if (phase === 'done') return 1;
  return phase === 'queued' || phase === 'listing' || images === 0 ? null : imagesDone / images;
}

export function progressText(progress: DatasetProgress): string {
  const { phase, images, imagesDone, shards, shardsDone, quarantined } = progress;
  if (phase === 'queued') return 'waits for a worker';
  if (phase === 'listing') return `listing the source: ${count(images)} images so far`;
  if (phase === 'done') return 'done';
  const bad = quarantined === 0 ? '' : ` · ${count(quarantined)} quarantined`;
  const made = `${count(imagesDone)} of ${count(images)} images · ${count(shardsDone)} of ${count(shards)} shards${bad}`;
  return phase === 'finishing' ? `finishing: ${made}` : made;
}
