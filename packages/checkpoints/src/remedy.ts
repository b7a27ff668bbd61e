import { AlexnetError } from '@alexnet/core';
import { readVerified } from './files.ts';
import { nameOfStep } from './lineage.ts';
import { stepOf } from './manifest.ts';
import type { CheckpointManifest, StoredFile } from './manifest.ts';
import { ifSound, isDamage, readManifest, wholeNames, type Place } from './objects.ts';

/** How well an earlier checkpoint is looked at before an error recommends it: every byte, or only the sizes. */
export type Care = 'digests' | 'sizes';

/** The error with a remedy that names the run, and the newest checkpoint before `step` that it can go on from. */
export async function withRemedy(error: unknown, place: Place, step: number, care: Care): Promise<unknown> {
  if (!isDamage(error)) return error;
  const { code, expected, actual, remedy } = error;
  return new AlexnetError(code, {
    expected,
    actual,
    remedy: `${remedy} ${await goOn(place, step, care)}`,
    cause: error.cause,
  });
}

/** What a person can do about a run whose checkpoints from `step` on cannot be gone on from. */
export async function goOn(place: Place, step: number, care: Care): Promise<string> {
  const { run } = place;
  const earlier = await newestWholeBefore(place, step, care);
  return earlier === undefined
    ? `No earlier checkpoint is whole. \`alexnet run remove ${run}\` removes the run, so that it can be trained again.`
    : `\`alexnet run resume ${run} --checkpoint ${earlier}\` goes on from an earlier one.`;
}

async function newestWholeBefore(place: Place, before: number, care: Care): Promise<number | undefined> {
  const steps = new Set((await wholeNames(place)).map(stepOf).filter((step) => step < before));
  for (const step of [...steps].reverse()) {
    const name = await nameOfStep(place, step);
    const manifest = name === undefined ? undefined : await ifSound(readManifest(place, name));
    if (manifest !== undefined && (await isIntact(place, manifest, care))) return step;
  }
  return undefined;
}

async function isIntact({ store }: Place, manifest: CheckpointManifest, care: Care): Promise<boolean> {
  const isSound = async (file: StoredFile): Promise<boolean> =>
    care === 'digests'
      ? (await ifSound(readVerified(store, file))) !== undefined
      : (await store.head(file.key))?.size === file.size;
  // The small ones first.
  for (const file of [...manifest.ledger, manifest.optimizer, manifest.model])
    if (!(await isSound(file))) return false;
  return true;
}
