import * as z from 'zod';

const whole = z.number().int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
/** An object of the store that was written once. */
export const StoredFile = z.strictObject({ key: z.string(), size: whole, sha256 });
export type StoredFile = z.infer<typeof StoredFile>;

/** Where training stands: the next batch to train on. `batch` may equal the batches of an epoch: validation is next. */
export const Cursor = z.strictObject({ epoch: whole, batch: whole });
export type Cursor = z.infer<typeof Cursor>;

/** Parts of a run's ledger, in order. Each covers the steps after the one before, to `toStep`. */
const LedgerSegment = StoredFile.extend({ fromStep: whole, toStep: whole });
export type LedgerSegment = z.infer<typeof LedgerSegment>;

/** Parts of a run's history, in order. Each covers the steps after the one before, or has only events. */
const HistoryFile = StoredFile.extend({ fromStep: whole, steps: whole });
export type HistoryFile = z.infer<typeof HistoryFile>;

/** A run's history up to a checkpoint. */
export const StoredHistory = z.strictObject({
  segments: z.array(HistoryFile),
  /** All of them in little space. */
  overview: StoredFile,
});
export type StoredHistory = z.infer<typeof StoredHistory>;

/** `checkpoint.json`, written after everything it names. */
export const CheckpointManifest = z.strictObject({
  version: z.literal(1),
  run: z.string(),
  /** Name of its folder, e.g. `step-00000640-1`. */
  name: z.string(),
  /** Updates made. */
  step: whole,
  cursor: Cursor,
  /** Which trainer wrote it: the fencing token. */
  fence: whole,
  /** Digest chain over every slice consumed, see ledger.ts. */
  digest: sha256,
  finished: z.boolean(),
  /** Fraction of validation images classified wrongly, where it was measured at this step. */
  validationError: z.number().nullable(),
  model: StoredFile,
  optimizer: StoredFile,
  ledger: z.array(LedgerSegment),
  /** Null in checkpoints of earlier versions, which kept none. */
  history: StoredHistory.nullable().default(null),
  /** What else training needs to go on, e.g. the learning rate's schedule and the history: the trainer's own JSON. */
  training: z.json(),
});
export type CheckpointManifest = z.infer<typeof CheckpointManifest>;

/** Its step, with zeros in front up to eight digits, and the fencing token. */
const NAME = /^step-\d{8,16}-\d{1,16}$/;
const checkpoint = z.string().regex(NAME);

/** `LATEST`: the newest whole checkpoint, and who may move it. */
export const LatestPointer = z.strictObject({ fence: whole, checkpoint: checkpoint.nullable(), step: whole });
export type LatestPointer = z.infer<typeof LatestPointer>;

/** `BEST`: the checkpoint with the least validation error. */
export const BestPointer = z.strictObject({
  checkpoint,
  step: whole,
  validationError: z.number(),
});
export type BestPointer = z.infer<typeof BestPointer>;

const root = (run: string): string => `runs/${run}`;
export const keys = {
  latest: (run: string) => `${root(run)}/LATEST`,
  best: (run: string) => `${root(run)}/BEST`,
  checkpoints: (run: string) => `${root(run)}/checkpoints/`,
  checkpoint: (run: string, name: string, file: string) => `${root(run)}/checkpoints/${name}/${file}`,
  ledgers: (run: string) => `${root(run)}/ledger/`,
  ledger: (run: string, name: string) => `${root(run)}/ledger/${name}.jsonl`,
  histories: (run: string) => `${root(run)}/history/step-`,
  history: (run: string, name: string) => `${root(run)}/history/${name}.safetensors`,
};

/**
 * The folder of a checkpoint. The fencing token is part of it, so that a trainer that lost the run and does not know
 * it yet cannot write into a folder of its successor.
 */
export const checkpointName = (step: number, fence: number): string =>
  `step-${String(step).padStart(8, '0')}-${fence}`;

/** Whether a folder among the checkpoints is one of them. */
export const isCheckpointName = (name: string): boolean => NAME.test(name);

/** Orders names of checkpoints by step, and those of one step by the fencing token; as numbers, not as text. */
export const byAge = (a: string, b: string): number => stepOf(a) - stepOf(b) || fenceOf(a) - fenceOf(b);

/** The step that a name of a checkpoint says. */
export const stepOf = (name: string): number => Number(name.split('-')[1]);

/** The fencing token in the name of a checkpoint, or of its part of the ledger or of the history. */
export const fenceOf = (name: string): number =>
  Number(/-(\d+)(?:\.jsonl|\.safetensors)?$/.exec(name)?.[1] ?? NaN);
