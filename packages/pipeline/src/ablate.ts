import { isDeepStrictEqual } from 'node:util';
import { AlexnetError, hasCode } from '@alexnet/core';
import { resolveProfile, type Profile } from '@alexnet/model';
import type { Pipeline } from './open-pipeline.ts';
import { readDatasetOf, readRunSpec, type RunSpec } from './run-spec.ts';
import { resumeRun, startRun, type RunRequest } from './runs.ts';
import { showRun } from './show-run.ts';

/** The whole net, which the others are held against. */
const FULL = 'full';

/** The paper's tricks by the name of the net without them, as assignments to a profile. */
export const VARIANTS: Readonly<Record<string, readonly string[]>> = {
  tanh: ['net.activation=tanh'], // §3.1
  'no-lrn': ['net.lrn=off'], // §3.3
  'plain-pooling': ['net.pooling=plain'], // §3.4
  'no-dropout': ['net.dropout=0'], // §4.2
  'one-group': ['net.groups=1'], // §3.2: for the memory of two GPUs rather than for accuracy
  'centre-crop': ['augment.crop=centre'], // §4.1
  'no-mirror': ['augment.mirror=false'], // §4.1
  'no-lighting': ['augment.lighting=off', 'augment.lightingDivisor=1'], // §4.1
};

export interface AblationRequest {
  dataset: string;
  /** What the names of its runs begin with. */
  name: string;
  /** A profile, and `key=value` assignments to it. */
  profile: string;
  assignments: readonly string[];
  seed: number;
  /** Names of {@link VARIANTS}. */
  variants: readonly string[];
  /** Where notifications about its runs go. */
  notify?: string | undefined;
}

export interface Ablation {
  /** The run of each variant, the full net first. */
  runs: { variant: string; run: string; profile: Profile }[];
  /** Variants that would be the full net: the profile goes without that trick. */
  unchanged: string[];
}

/** @throws CONFIG_INVALID for a variant that does not exist, and as {@link resolveProfile} */
export function planAblation({ name, profile, assignments, variants }: AblationRequest): Ablation {
  const full = resolveProfile(profile, assignments);
  const runs = [{ variant: FULL, run: `${name}-${FULL}`, profile: full }];
  const unchanged: string[] = [];
  for (const variant of new Set(variants)) {
    const change = Object.hasOwn(VARIANTS, variant) ? VARIANTS[variant] : undefined;
    if (change === undefined) throw unknownVariant(variant);
    const without = resolveProfile(profile, [...assignments, ...change]);
    if (isDeepStrictEqual(without, full)) unchanged.push(variant);
    else runs.push({ variant, run: `${name}-${variant}`, profile: without });
  }
  return { runs, unchanged };
}

/** How a net fails that cannot train without one of the tricks: a result like any other. */
export const BROKEN_DOWN = 'LOSS_NOT_FINITE';

/** Of each run of an ablation only the newest checkpoint is needed, to go on from, besides the best. */
const KEEP = 1;

/**
 * Queues the runs of an ablation in their order. Those that an earlier call has queued stay as they are; those that stopped
 * or failed on the way go on, except where training broke down, which it would again.
 * @throws RUN_EXISTS for a run of that name with another dataset, profile or seed, before anything is queued;
 * DATASET_NOT_FOUND, DATASET_CHANGED, NAME_INVALID
 */
export async function startAblation(
  pipeline: Pipeline,
  { dataset, seed, notify }: Pick<AblationRequest, 'dataset' | 'seed' | 'notify'>,
  { runs }: Ablation,
): Promise<void> {
  const requests = runs.map(({ run, profile }) => ({ dataset, run, profile, seed, keep: KEEP, notify }));
  const existing = await Promise.all(requests.map((request) => findSame(pipeline, request)));
  for (const [i, request] of requests.entries()) {
    if (existing[i] === undefined) await startRun(pipeline, request);
    else await goOn(pipeline, request);
  }
}

/** The spec of an earlier call's run, or undefined where there is none yet. */
async function findSame(
  { store }: Pipeline,
  { run, dataset, profile, seed }: RunRequest,
): Promise<RunSpec | undefined> {
  const spec = await readRunSpec(store, run).catch((error: unknown) => {
    if (hasCode(error, 'RUN_NOT_FOUND')) return undefined;
    throw error;
  });
  if (spec === undefined) return undefined;
  const differing = [
    ...(spec.dataset.name === dataset ? [] : [`the dataset ${spec.dataset.name}`]),
    ...(spec.seed === seed ? [] : [`the seed ${spec.seed}`]),
    ...(isDeepStrictEqual(spec.profile, profile) ? [] : ['another profile']),
  ];
  if (differing.length === 0) {
    await readDatasetOf(store, spec);
    return spec;
  }
  throw new AlexnetError('RUN_EXISTS', {
    expected: `the run ${run}, if there is one, to be of this ablation`,
    actual: `one with ${differing.join(' and ')}`,
    remedy: 'Choose another name for the ablation with --name, or give it the same settings as before.',
  });
}

async function goOn(pipeline: Pipeline, { run, notify }: Pick<RunRequest, 'run' | 'notify'>): Promise<void> {
  const { status, error } = await showRun(pipeline, run);
  if (status === 'stopped' || (status === 'failed' && error?.code !== BROKEN_DOWN))
    await resumeRun(pipeline, run, { notify });
}

function unknownVariant(variant: string): AlexnetError {
  return new AlexnetError('CONFIG_INVALID', {
    expected: `variants out of ${Object.keys(VARIANTS).join(', ')}`,
    actual: variant,
    remedy: 'The full net is always one of them; separate the others by commas.',
  });
}
