import { Views } from '@alexnet/tensor-store';
import * as z from 'zod';

const fraction = z.number().min(0).max(1);

/** What a trainer says of a run as it goes, and keeps in each checkpoint. */
export const RunProgress = z.object({
  /** Updates made, of how many. */
  step: z.number().int(),
  steps: z.number().int(),
  /** Epochs finished, of how many. */
  epoch: z.number().int(),
  epochs: z.number().int(),
  /** What it is doing. */
  phase: z.enum(['train', 'validate']),
  /** Mean cross-entropy in nats, and training errors, over the steps since the last report. */
  loss: z.number().nullable(),
  top1Error: fraction.nullable(),
  top5Error: fraction.nullable(),
  /** The last validation, centre view. */
  validation: z
    .object({ epoch: z.number().int(), top1Error: fraction, top5Error: fraction, loss: z.number() })
    .nullable(),
  learningRate: z.number(),
  imagesPerSecond: z.number(),
  /** At the pace so far, validations included; null before the first step. */
  secondsLeft: z.number().nullable(),
  /** Share of the time that the engine had nothing to do but wait for batches. */
  dataWaitFraction: fraction,
  /** Preprocess workers that are alive, whichever run they work for. Earlier versions did not report it. */
  workers: z.number().int().default(0),
  /** How many would feed this trainer if they worked for it alone; null where that is not known yet. */
  workersWanted: z.number().int().nullable().default(null),
  parameters: z.number().int(),
  device: z.enum(['cpu', 'gpu']),
  /** Memory of the trainer's process, and tensors that TensorFlow holds: neither grows as training goes on. */
  rssBytes: z.number().int(),
  tensors: z.number().int(),
  digest: z.string(),
  /** The newest checkpoint that is whole. */
  checkpoint: z.string().nullable(),
});
export type RunProgress = z.infer<typeof RunProgress>;

/** What the epochs came to, kept in each checkpoint. */
export const EpochRecord = z.object({
  epoch: z.number().int(),
  step: z.number().int(),
  loss: z.number(),
  top1Error: fraction,
  top5Error: fraction,
  learningRate: z.number(),
  validation: z.object({ loss: z.number(), top1Error: fraction, top5Error: fraction }).nullable(),
});
export type EpochRecord = z.infer<typeof EpochRecord>;

/** How far the making of a dataset is. */
export interface DatasetProgress {
  phase: 'queued' | 'listing' | 'shards' | 'finishing' | 'done';
  images: number;
  imagesDone: number;
  quarantined: number;
  shards: number;
  shardsDone: number;
}

/** Images that a trainer has evaluated, of how many. */
export const EvaluationProgress = z.object({ done: z.number(), total: z.number() });

export const EvaluationResult = z.object({
  run: z.string(),
  checkpoint: z.string(),
  step: z.number().int(),
  views: Views,
  count: z.number().int(),
  loss: z.number(),
  top1Error: fraction,
  top5Error: fraction,
  /** Key of the report with what was measured of each class. Earlier versions wrote none. */
  report: z.string().nullable().default(null),
});
export type EvaluationResult = z.infer<typeof EvaluationResult>;
