import { isDeepStrictEqual } from 'node:util';
import * as z from 'zod';
import type { CheckpointManifest } from '@alexnet/checkpoints';
import { AlexnetError } from '@alexnet/core';
import { changeProfile, ProfileSchema, type Profile } from '@alexnet/model';

const count = z.number().int().positive();

/** A part of a run that was trained to its end before the run was extended. The next section continues from its last checkpoint. */
export const FinishedSection = z.strictObject({
  /** Epochs and steps of the run up to the end of this section, those of earlier sections included. */
  epochs: count,
  step: count,
  /** The digest chain at the end of this section. Every section has its own chain. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** The profile that this section was trained with. */
  profile: ProfileSchema,
});
export type FinishedSection = z.infer<typeof FinishedSection>;

/** What the spec of a run says about its sections. */
interface Sectioned {
  /** Of the current section. */
  profile: Profile;
  sections?: FinishedSection[] | undefined;
}

/** The epochs and steps that were made before the current section began. */
export function sectionStart({ sections }: Pick<Sectioned, 'sections'>): { epoch: number; step: number } {
  const before = sections?.at(-1);
  return { epoch: before?.epochs ?? 0, step: before?.step ?? 0 };
}

/** Whether a checkpoint is the end of the run, rather than the end of a section that the run has been extended after. */
export function isAtEnd(
  spec: Pick<Sectioned, 'sections'>,
  checkpoint: Pick<CheckpointManifest, 'finished' | 'step'> | undefined,
): boolean {
  return checkpoint?.finished === true && checkpoint.step > sectionStart(spec).step;
}

/** The spec without the sections that begin after a step: a run that was rewound into an earlier section is in that section. */
export function withoutSectionsAfter<Spec extends Sectioned>(spec: Spec, step: number): Spec {
  const { sections = [] } = spec;
  const kept = sections.filter((section) => section.step <= step);
  const profile = sections[kept.length]?.profile;
  if (profile === undefined) return spec;
  return { ...spec, profile, sections: kept.length === 0 ? undefined : kept };
}

/**
 * The spec of a run that continues after its end, as a new section with changes to its profile.
 * @param end the last checkpoint of the run
 * @param assignments `key=value` as of {@link resolveProfile}; they may change `epochs` (counted from the beginning of the
 *   run), `optimizer.learningRate`, `schedule` and `earlyStop`
 * @throws CONFIG_UNKNOWN_KEY; CONFIG_INVALID for a bad value, another key, or no more epochs than the run has made
 */
export function extendSpec<Spec extends Sectioned & { run: string }>(
  spec: Spec,
  { cursor, step, digest }: Pick<CheckpointManifest, 'cursor' | 'step' | 'digest'>,
  assignments: readonly string[],
): Spec {
  const { sections = [], profile: before } = spec;
  const profile = changeProfile(before, assignments);
  refuseOtherChanges(before, profile);
  if (profile.epochs <= cursor.epoch) {
    throw new AlexnetError('CONFIG_INVALID', {
      expected: `epochs above ${cursor.epoch}, which the run ${spec.run} has made`,
      actual: String(profile.epochs),
      remedy: `Epochs are counted from the beginning of the run, e.g. --epochs ${2 * cursor.epoch}.`,
    });
  }
  const section = { epochs: cursor.epoch, step, digest, profile: before };
  return { ...spec, profile, sections: [...sections, section] };
}

const CHANGEABLE: ReadonlySet<string> = new Set(['epochs', 'schedule', 'earlyStop']);

function refuseOtherChanges(before: Profile, after: Profile): void {
  const { learningRate } = after.optimizer;
  const expected: Profile = { ...before, optimizer: { ...before.optimizer, learningRate } };
  const keys = [...new Set([...Object.keys(expected), ...Object.keys(after)])] as (keyof Profile)[];
  const changed = keys.filter((key) => !CHANGEABLE.has(key) && !isDeepStrictEqual(expected[key], after[key]));
  if (changed.length === 0) return;
  throw new AlexnetError('CONFIG_INVALID', {
    expected: 'changes to epochs, optimizer.learningRate, schedule or earlyStop',
    actual: `a change to ${changed.join(', ')}`,
    remedy: 'To change anything else, fine-tune in a new run: `alexnet train --from RUN`.',
  });
}
