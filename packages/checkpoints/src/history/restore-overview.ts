import type { ObjectStore } from '@alexnet/storage';
import { corrupt, readVerified } from '../files.ts';
import type { CheckpointManifest, StoredFile, StoredHistory } from '../manifest.ts';
import { ifSound } from '../objects.ts';
import { Overview } from './overview.ts';
import { parseSegment, type HistorySegment } from './segment.ts';

/** @throws CHECKPOINT_CORRUPT, FORMAT_INVALID */
export async function readSegment(store: ObjectStore, file: StoredFile): Promise<HistorySegment> {
  return parseSegment(await readVerified(store, file), file.key);
}

/** @throws CHECKPOINT_CORRUPT, FORMAT_INVALID */
export async function readOverview(
  store: ObjectStore,
  { overview: file, segments }: StoredHistory,
): Promise<Overview> {
  const overview = Overview.parse(await readVerified(store, file), file.key);
  const last = segments.findLast(({ steps }) => steps > 0);
  const toStep = last === undefined ? overview.toStep : last.fromStep + last.steps;
  if (overview.toStep === toStep) return overview;
  throw corrupt(file.key, `the steps up to ${toStep}`, `those up to ${overview.toStep}`);
}

/** An overview made of the segments. Where one of them is damaged, it begins with the steps after that one. */
export async function rebuildOverview(store: ObjectStore, { segments }: StoredHistory): Promise<Overview> {
  let overview = Overview.empty();
  for (const file of segments) {
    const segment = await ifSound(readSegment(store, file));
    overview =
      segment === undefined ? overview.restarted(file.fromStep + file.steps) : overview.extended(segment);
  }
  return overview;
}

/** The overview that the next checkpoint extends. A damaged one is made again: the history is no obstacle to its run. */
export async function restoreOverview(
  store: ObjectStore,
  latest: CheckpointManifest | undefined,
): Promise<Overview> {
  if (latest === undefined) return Overview.empty();
  const { history, step } = latest;
  if (history === null) return Overview.empty(step);
  const overview = (await ifSound(readOverview(store, history))) ?? (await rebuildOverview(store, history));
  return overview.toStep === step ? overview : overview.restarted(step);
}
