import { byAge, isCheckpointName } from '@alexnet/checkpoints';
import { AlexnetError, parseJsonAs } from '@alexnet/core';
import type { Views } from '@alexnet/tensor-store';
import { checkedJson, parseCheckedJson, type ObjectStore } from '@alexnet/storage';
import * as z from 'zod';
import { EvaluationResult } from './progress.ts';
import { readRunSpec, runNotFound, specDigest, type RunSpec } from './run-spec.ts';

const whole = z.number().int().nonnegative();
/** Index of a class. */
const label = whole;

/**
 * An evaluation of a checkpoint as it is kept in the store, class by class. A function of the checkpoint, the dataset and
 * the number of views alone: to evaluate again is to write the same.
 */
export const EvaluationReport = EvaluationResult.omit({ report: true }).extend({
  version: z.literal(1),
  /** Numbers of images for each class, in the order of the run's classes. */
  perClass: z.object({
    /** Of the class. */
    images: z.array(whole),
    /** Of the class, and classified as such. */
    top1: z.array(whole),
    /** Of the class, which is among the five most probable. */
    top5: z.array(whole),
    /** Of any class, classified as this one. */
    predicted: z.array(whole),
  }),
  /** Pairs of classes, most frequent first: how many images of a class were taken for another. At most 1,000. */
  confusions: z.array(z.object({ label, predicted: label, images: whole })),
  /** Pairs that are not among these. */
  confusionsLeftOut: whole,
  /** Wrong predictions, the most confident first. At most 48. */
  mistakes: z.array(
    z.object({
      /** Sample id in the dataset. */
      id: whole,
      /** Name of the file in the source of the dataset. */
      name: z.string(),
      label,
      predicted: label,
      /** Of the predicted class. */
      probability: z.number().min(0).max(1),
    }),
  ),
});
export type EvaluationReport = z.infer<typeof EvaluationReport>;

const prefixOf = (run: string): string => `runs/${run}/evaluations/`;

const keyOf = ({ run, checkpoint, views }: Pick<EvaluationReport, 'run' | 'checkpoint' | 'views'>): string =>
  `${prefixOf(run)}${checkpoint}/views-${views}.json`;

/**
 * Writes a report into the store, in the place of an earlier one of the same checkpoint and views. Leaves nothing of a run
 * that was removed meanwhile.
 * @returns its key
 * @throws RUN_NOT_FOUND for a run that was removed, also where another one has its name now
 */
export async function keepEvaluation(
  store: ObjectStore,
  spec: RunSpec,
  report: EvaluationReport,
): Promise<string> {
  const key = keyOf(report);
  await store.put(key, checkedJson(report));
  // `removeRun` deletes the spec first and lists what is left afterwards: one of the two sees the other's work.
  const now = await readRunSpec(store, spec.run).catch(ifRemoved);
  if (now !== undefined && specDigest(now) === specDigest(spec)) return key;
  await store.delete(key);
  throw runNotFound(store, spec.run);
}

function ifRemoved(error: unknown): undefined {
  if (!(error instanceof AlexnetError) || error.code !== 'RUN_NOT_FOUND') throw error;
}

/** @throws OBJECT_NOT_FOUND, FORMAT_INVALID for a damaged one */
export async function readEvaluation(store: ObjectStore, key: string): Promise<EvaluationReport> {
  const invalid = (actual: string, cause: unknown): AlexnetError =>
    new AlexnetError('FORMAT_INVALID', {
      expected: `${key} to be an evaluation of version 1 with its checksum`,
      actual,
      remedy: '`alexnet evaluate` writes it again.',
      cause,
    });
  return parseJsonAs(EvaluationReport, await store.get(key), { parse: parseCheckedJson, invalid });
}

/** The evaluations that are kept of the newest checkpoint that was evaluated, that of one view first; none if none was. */
export async function readLastEvaluations(store: ObjectStore, run: string): Promise<EvaluationReport[]> {
  const kept: { checkpoint: string; views: Views }[] = [];
  for await (const { key } of store.list(prefixOf(run))) {
    const [checkpoint = '', file = ''] = key.slice(prefixOf(run).length).split('/');
    const views = ([1, 10] as const).find((each) => file === `views-${each}.json`);
    if (isCheckpointName(checkpoint) && views !== undefined) kept.push({ checkpoint, views });
  }
  const [last] = kept.map(({ checkpoint }) => checkpoint).sort((a, b) => byAge(b, a));
  const ofLast = kept.filter(({ checkpoint }) => checkpoint === last).sort((a, b) => a.views - b.views);
  return await Promise.all(ofLast.map((each) => readEvaluation(store, keyOf({ run, ...each }))));
}
