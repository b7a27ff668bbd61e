import { readManifest, type Manifest } from '@alexnet/datasets';
import { checkAssignments, chooseProfile, findProfile, resolveProfile } from '@alexnet/model';
import type { ObjectStore } from '@alexnet/storage';
import { parseSource, readFineTuningSource } from './fine-tuning.ts';
import type { RunRequest } from './runs.ts';
import { listRuns } from './show-run.ts';

/** A run as a person asks for it. */
export interface RunWish {
  dataset: string;
  /** Its name; the dataset, the profile and a number unless it is given. */
  run?: string | undefined;
  /** By the size of the dataset unless it is given. */
  profile?: string | undefined;
  /** `key=value` for keys of the profile. */
  assignments: readonly string[];
  seed: number;
  /** Newest checkpoints to keep, besides the best. */
  keep: number;
  /** Fine-tunes the net of another run: `RUN` or `RUN@CHECKPOINT`. */
  from?: string | undefined;
  /** Weights to start from. */
  init?: RunRequest['init'] | undefined;
  /** Where notifications about the run go. */
  notify?: string | undefined;
}

export interface RequestedRun {
  request: RunRequest;
  manifest: Manifest;
  /** Why the profile was chosen; undefined where it was given. */
  reason: string | undefined;
}

/**
 * What a wish comes to: the profile with its assignments, a free name, and the weights to start from. Nothing is written.
 * @throws CONFIG_UNKNOWN_KEY, CONFIG_INVALID for a profile or assignment; USAGE for a bad `from`; DATASET_NOT_FOUND; RUN_NOT_FOUND,
 *   CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT of the run to fine-tune
 */
export async function resolveRunWish(store: ObjectStore, wish: RunWish): Promise<RequestedRun> {
  const { dataset, seed, keep, notify } = wish;
  checkAssignments(wish.assignments);
  if (wish.profile !== undefined) findProfile(wish.profile);
  const from = wish.from === undefined ? undefined : parseSource(wish.from);
  const manifest = await readManifest(store, dataset);
  const { splits, spec } = manifest;
  const chosen =
    wish.profile === undefined ? chooseProfile({ train: splits.train.count, side: spec.side }) : undefined;
  const source = from && (await readFineTuningSource(store, from));
  const name = wish.profile ?? chosen?.profile ?? '';
  const profile = resolveProfile(name, wish.assignments, source?.keys);
  const run = wish.run ?? (await newRunName(store, `${dataset}-${profile.name}`));
  const init = source?.weights ?? wish.init;
  const request = { dataset, run, profile, seed, keep, notify, ...(init === undefined ? {} : { init }) };
  return { request, manifest, reason: chosen?.reason };
}

/** `base-1`, or the first number that no run has. */
export async function newRunName(store: ObjectStore, base: string): Promise<string> {
  const taken = new Set(await listRuns(store));
  let number = 1;
  while (taken.has(`${base}-${number}`)) number += 1;
  return `${base}-${number}`;
}
