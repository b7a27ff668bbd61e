import { findManifest, isManifestDamage, type Manifest } from '@alexnet/datasets';
import type { ObjectStore } from '@alexnet/storage';
import type { RunSpec } from './run-spec.ts';

/** Top-1 errors (0 … 1) of answers that do not look at the image. A net that learned anything is below both. */
export interface Baseline {
  /** Of guessing among all classes alike. */
  chance: number;
  /** Of always answering the class that is most frequent in train; null where the classes were not counted. */
  mostFrequent: { class: string; top1Error: number } | null;
}

/** On the validation images, or on those of train where there are none. */
export function baselineOf({ classes, classCounts }: Pick<Manifest, 'classes' | 'classCounts'>): Baseline {
  const chance = 1 - 1 / classes.length;
  if (classCounts === undefined) return { chance, mostFrequent: null };
  const { train, val } = classCounts;
  const most = train.indexOf(Math.max(...train));
  const measured = val.some((count) => count > 0) ? val : train;
  const total = measured.reduce((sum, count) => sum + count, 0);
  return {
    chance,
    mostFrequent: { class: classes[most] ?? '', top1Error: 1 - (measured[most] ?? 0) / total },
  };
}

/** The baseline of a run, or undefined where its dataset is gone, damaged, or was made again. */
export async function readBaseline(
  store: ObjectStore,
  { dataset }: Pick<RunSpec, 'dataset'>,
): Promise<Baseline | undefined> {
  const manifest = await findManifest(store, dataset.name).catch(ifDamaged);
  return manifest?.digest === dataset.digest ? baselineOf(manifest) : undefined;
}

/** What a run came to can be shown all the same. */
function ifDamaged(error: unknown): undefined {
  if (!isManifestDamage(error)) throw error;
}

/** The lower error of the two, which is what a net has to beat. */
export const errorToBeat = ({ chance, mostFrequent }: Baseline): number =>
  Math.min(chance, mostFrequent?.top1Error ?? chance);
