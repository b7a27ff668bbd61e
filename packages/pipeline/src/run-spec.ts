import { createHash } from 'node:crypto';
import * as z from 'zod';
import { AlexnetError, messageOf, parseJsonAs } from '@alexnet/core';
import type { Pass, SliceRecipe } from '@alexnet/batches';
import { readManifest, type Manifest } from '@alexnet/datasets';
import { alexnet, ProfileSchema } from '@alexnet/model';
import type { Views } from '@alexnet/tensor-store';
import { parseCheckedJson, type ObjectStore } from '@alexnet/storage';
import { InitialWeights } from './initial-weights.ts';
import { FinishedSection, withoutSectionsAfter } from './sections.ts';

const whole = z.number().int().nonnegative();

/** `run.json`: everything that decides what a run computes. Written once; only an extension of the run changes it. */
export const RunSpec = z.strictObject({
  version: z.literal(1),
  run: z.string(),
  dataset: z.strictObject({
    name: z.string(),
    digest: z.string().length(64),
    classes: z.array(z.string()).min(2),
    train: whole,
    val: whole,
  }),
  /** Of the current section. */
  profile: ProfileSchema,
  /** The sections before the current one, where the run was extended. */
  sections: z.array(FinishedSection).min(1).optional(),
  seed: whole.max(2 ** 32 - 1),
  /** What it begins from, instead of fresh weights. */
  init: InitialWeights.optional(),
  /** Newest checkpoints to keep, besides the best. */
  keep: z.number().int().min(1),
});
export type RunSpec = z.infer<typeof RunSpec>;

export const specKey = (run: string): string => `runs/${run}/run.json`;

/**
 * SHA-256 of a spec as it was when the run began, without its checksum. Jobs carry it, so that a worker never makes slices
 * for a run that was replaced. An extension changes nothing that slices depend on, so it leaves the digest as it is.
 */
export function specDigest(spec: RunSpec): string {
  return createHash('sha256')
    .update(JSON.stringify(withoutSectionsAfter(spec, 0)))
    .digest('hex');
}

/** @throws RUN_NOT_FOUND, FORMAT_INVALID */
export async function readRunSpec(store: ObjectStore, run: string): Promise<RunSpec> {
  return (await readRunSpecWithEtag(store, run)).spec;
}

/** With the etag that a conditional write of it needs. @throws RUN_NOT_FOUND, FORMAT_INVALID */
export async function readRunSpecWithEtag(
  store: ObjectStore,
  run: string,
): Promise<{ spec: RunSpec; etag: string }> {
  const object = await store.getWithEtag(specKey(run));
  if (object === undefined) throw runNotFound(store, run);
  const spec = parseJsonAs(RunSpec, object.body, {
    parse: parseCheckedJson,
    invalid: (actual, cause) => specInvalid(run, actual, cause),
  });
  if (spec.run !== run) throw specInvalid(run, `the spec of ${spec.run}`);
  checkNet(spec);
  return { spec, etag: object.etag };
}

export function runNotFound(store: ObjectStore, run: string): AlexnetError {
  return new AlexnetError('RUN_NOT_FOUND', {
    expected: `the run ${run} in ${store.url}, with its ${specKey(run)}`,
    actual: 'none of that name',
    remedy: '`alexnet run list` lists the runs; `alexnet train` starts one.',
  });
}

function checkNet({ run, profile, dataset }: RunSpec): void {
  try {
    alexnet({ ...profile.net, classes: dataset.classes.length });
  } catch (cause) {
    throw specInvalid(run, messageOf(cause), cause);
  }
}

function specInvalid(run: string, actual: string, cause?: unknown): AlexnetError {
  return new AlexnetError('FORMAT_INVALID', {
    expected: `${specKey(run)} of version 1`,
    actual,
    remedy:
      'It was written by another version, damaged, or changed by hand. Start a new run; ' +
      `\`alexnet run remove ${run}\` removes this one.`,
    cause,
  });
}

/** The dataset of a run, as it was when the run began. @throws DATASET_NOT_FOUND, DATASET_CHANGED */
export async function readDatasetOf(store: ObjectStore, { dataset }: RunSpec): Promise<Manifest> {
  const manifest = await readManifest(store, dataset.name);
  if (manifest.digest === dataset.digest) return manifest;
  throw new AlexnetError('DATASET_CHANGED', {
    expected: `dataset ${dataset.name} with digest ${dataset.digest}`,
    actual: manifest.digest,
    remedy:
      'The mean image of the training was deleted with the dataset. Add the same dataset again, or start a new run.',
  });
}

/** One pass of a run over a split: an epoch of training, a validation, or an evaluation, which may have ten views. */
export function passOf(
  spec: RunSpec,
  pass: string,
  split: 'train' | 'val',
  { epoch, views = 1 }: { epoch: number; views?: Views },
): Pass {
  const { batchSize, sliceSize, net } = spec.profile;
  const sizes = { samples: spec.dataset[split], views, batchSize, sliceSize, side: net.input };
  return { run: spec.run, spec: specDigest(spec), pass, split, epoch, ...sizes };
}

/** What the bytes of a run's slices depend on, besides their address. */
export function sliceRecipeOf({ profile, seed }: RunSpec, manifest: Manifest): SliceRecipe {
  const { batchSize, sliceSize, augment, net } = profile;
  return { manifest, seed, batchSize, sliceSize, augment, input: net.input };
}
