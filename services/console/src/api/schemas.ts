/**
 * What the API takes and returns, under /api/v1. Times are ISO 8601, durations in seconds, sizes in bytes, shares and errors
 * fractions of 1. Epochs are counted from 1, steps from 0.
 */
import { NotifyUrl } from '@alexnet/core';
import { QUEUE_NAMES } from '@alexnet/queues';
import * as z from 'zod';
import { CheckpointChoice } from './checkpoint-choice.ts';

/** A name of a dataset, run or profile, as object keys can carry it. */
export const Name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'a name of letters, digits, . _ and -');

const whole = z.number().int().nonnegative();
const fraction = z.number().min(0).max(1);
const time = z.iso.datetime();

export const ApiError = z.object({
  error: z.object({
    code: z.string().describe('a stable code, one of docs/errors.md'),
    message: z.string(),
    expected: z.string(),
    actual: z.string(),
    remedy: z.string(),
  }),
});
export type ApiError = z.infer<typeof ApiError>;

/** An error of a run, dataset or job. */
export const Failure = z.object({ code: z.string(), message: z.string(), remedy: z.string() });
export type Failure = z.infer<typeof Failure>;

export const Session = z.object({
  version: z.string(),
  store: z.string().describe('where the store is, without credentials'),
  canChange: z.boolean().describe('whether this client has the token that changes need'),
});
export type Session = z.infer<typeof Session>;

const Validation = z.object({
  epoch: whole,
  loss: z.number(),
  top1Error: fraction,
  top5Error: fraction,
});

const RUN_STATES = ['queued', 'running', 'stopped', 'failed', 'done', 'damaged'] as const;

export const RunRow = z.object({
  run: z.string(),
  dataset: z.string().nullable(),
  profile: z.string().nullable(),
  status: z.enum(RUN_STATES),
  step: whole.describe('updates made'),
  steps: whole.nullable(),
  epoch: whole.describe('epochs finished'),
  epochs: whole.nullable(),
  secondsLeft: z.number().nullable(),
  loss: z.number().nullable(),
  top1Error: fraction.nullable(),
  top5Error: fraction.nullable(),
  validation: Validation.nullable().describe('the last one'),
  best: z.object({ epoch: whole, top1Error: fraction }).nullable(),
  imagesPerSecond: z.number().nullable(),
  dataWait: fraction.nullable(),
  startedAt: time.nullable(),
  updatedAt: time.nullable(),
  spark: z.array(z.number()).max(60).describe('mean losses over the whole run, at equal distances'),
  error: Failure.nullable(),
});
export type RunRow = z.infer<typeof RunRow>;

export const RunList = z.object({ runs: z.array(RunRow), next: z.string().nullable() });
export type RunList = z.infer<typeof RunList>;

export const RunDetails = RunRow.extend({
  checkpoint: z.string().nullable().describe('the newest one'),
  digest: z.string().nullable(),
  device: z.enum(['cpu', 'gpu']).nullable(),
  parameters: whole.nullable(),
  workers: whole.nullable(),
  workersWanted: whole.nullable(),
  phase: z.enum(['train', 'validate']).nullable(),
  batchesPerEpoch: whole,
  classes: z.array(z.string()),
  images: z.object({ train: whole, val: whole }),
  seed: whole,
  earlyEnd: z.string().nullable().describe('why it ended before its last epoch'),
  baseline: z
    .object({
      chance: fraction,
      mostFrequent: z.object({ class: z.string(), top1Error: fraction }).nullable(),
    })
    .nullable()
    .describe('errors of answers that do not look at the image'),
  epochTable: z.array(
    z.object({
      epoch: whole,
      step: whole,
      loss: z.number(),
      top1Error: fraction,
      top5Error: fraction,
      learningRate: z.number(),
      validation: z.object({ loss: z.number(), top1Error: fraction, top5Error: fraction }).nullable(),
    }),
  ),
  checkpoints: z.array(
    z.object({
      name: z.string(),
      step: whole,
      bytes: whole,
      writtenAt: time.nullable(),
      validationError: fraction.nullable(),
      isBest: z.boolean(),
      isLatest: z.boolean(),
    }),
  ),
  profileEntries: z.array(
    z.object({
      key: z.string(),
      value: z.unknown().describe('any JSON'),
      type: z.string(),
      meaning: z.string(),
      source: z.object({ profile: z.string(), source: z.string() }),
    }),
  ),
});
export type RunDetails = z.infer<typeof RunDetails>;

const values = z.array(z.number().nullable());
const spread = z.object({ min: values, max: values, mean: values });

export const History = z.object({
  recordedFrom: whole.describe('the first step that is recorded'),
  recordedTo: whole.describe('the last one, exclusive'),
  batchesPerEpoch: whole,
  fromStep: z.array(whole).describe('the first step of each bucket'),
  steps: z.array(whole).describe('how many steps it has'),
  at: z.array(z.number()).describe('when its first step was, in seconds since 1970'),
  metrics: z.object({
    loss: spread,
    top1Error: spread,
    top5Error: spread,
    learningRate: spread,
    imagesPerSecond: spread,
    dataWait: spread,
  }),
});
export type History = z.infer<typeof History>;

const EVENT_KINDS = [
  'started',
  'resumed',
  'taken-over',
  'checkpoint',
  'validation',
  'rate-reduced',
  'done',
  'stopped',
  'returned',
  'lost',
  'fenced',
  'failed',
] as const;

export const RunEvents = z.object({
  events: z.array(
    z.object({
      kind: z.enum(EVENT_KINDS),
      step: whole.describe('updates that the run had made'),
      at: time,
      fence: whole.optional(),
      host: z.string().optional(),
      device: z.enum(['cpu', 'gpu']).optional(),
      name: z.string().optional().describe('of a checkpoint'),
      epoch: whole.optional(),
      loss: z.number().optional(),
      top1Error: fraction.optional(),
      top5Error: fraction.optional(),
      from: z.number().optional(),
      to: z.number().optional(),
      error: z.object({ code: z.string(), message: z.string() }).nullable().optional(),
    }),
  ),
  damaged: z.array(Failure).describe('objects of the history that cannot be read'),
});
export type RunEvents = z.infer<typeof RunEvents>;

/** The data of the server-sent event `status`; its id is the number of steps. */
export const RunUpdate = RunRow.pick({
  status: true,
  step: true,
  steps: true,
  epoch: true,
  epochs: true,
  secondsLeft: true,
  loss: true,
  top1Error: true,
  top5Error: true,
  validation: true,
  best: true,
  imagesPerSecond: true,
  dataWait: true,
}).extend({
  phase: z.enum(['train', 'validate']).nullable(),
  workers: whole.nullable(),
  workersWanted: whole.nullable(),
});
export type RunUpdate = z.infer<typeof RunUpdate>;

export const Batch = z.object({
  run: z.string(),
  step: whole,
  epoch: whole,
  batch: whole.describe('of its epoch, from 1'),
  storedSide: whole,
  inputSide: whole,
  proven: z.boolean().describe('the digests of all slices are those of the ledger'),
  slices: z.array(z.object({ digest: z.string(), recordedDigest: z.string() })),
  images: z.array(
    z.object({
      sample: whole,
      name: z.string(),
      class: z.string(),
      crop: z.object({ top: whole, left: whole }),
      mirrored: z.boolean(),
      lighting: z.array(z.number()).length(3),
      erased: z.object({ top: whole, left: whole, height: whole, width: whole }).nullable(),
      stored: z.string().describe('URL of the stored image, a PNG'),
      seen: z.string().describe('URL of what the net saw, a PNG'),
    }),
  ),
});
export type Batch = z.infer<typeof Batch>;

const DATASET_STATES = [
  'ready',
  'queued',
  'making',
  'failed',
  'interrupted',
  'removing',
  'damaged',
  'unfinished',
] as const;

const classFigures = z.object({
  class: z.string(),
  images: whole,
  recall: fraction.nullable(),
  precision: fraction.nullable(),
  top5: fraction.nullable(),
});

export const Evaluations = z.object({
  evaluations: z.array(
    z.object({
      checkpoint: z.string(),
      step: whole,
      views: z.union([z.literal(1), z.literal(10)]),
      images: whole,
      loss: z.number(),
      top1Error: fraction,
      top5Error: fraction,
      classes: z.array(classFigures).describe('the lowest recall first'),
      confusionMatrix: z
        .object({ classes: z.array(z.string()), images: z.array(z.array(whole)) })
        .nullable()
        .describe('rows are classes, columns what they were taken for; null for more than 20 classes'),
      confusions: z.array(z.object({ class: z.string(), predicted: z.string(), images: whole })),
      mistakes: z
        .array(
          z.object({
            name: z.string(),
            class: z.string(),
            predicted: z.string(),
            probability: fraction,
            sample: whole.describe('its id in the dataset'),
            url: z.string().describe('of the stored image, a PNG'),
          }),
        )
        .describe('the most confident first'),
    }),
  ),
});
export type Evaluations = z.infer<typeof Evaluations>;

export const RunAudit = z.object({
  run: z.string(),
  checkpoint: z.string().describe('the newest one; the ledger is read as far as it refers to it'),
  step: whole,
  digest: z.string().describe('over the slices of the current section, from the ledger'),
  recordedDigest: z.string().describe('the same as the checkpoint states it'),
  sections: z.array(z.object({ step: whole, digest: z.string(), recordedDigest: z.string() })),
  epochs: z.array(
    z.object({
      epoch: whole,
      expected: whole,
      seen: whole,
      missing: whole,
      duplicated: whole,
      misplaced: whole.describe('samples at another place of the epoch than its order says'),
    }),
  ),
  ok: z.boolean().describe('every sample once and in order, the digests as recorded'),
});
export type RunAudit = z.infer<typeof RunAudit>;

const TopClasses = z
  .array(z.object({ class: z.string(), probability: fraction }))
  .describe('at most five, the most probable first');
export type TopClasses = z.infer<typeof TopClasses>;

const twoPredictions = z.object({
  centre: TopClasses.describe('from the centre alone; at most five classes, the most probable first'),
  mean: TopClasses.describe('with the mean of the probabilities of the ten views'),
});

export const Prediction = twoPredictions.extend({
  run: z.string(),
  checkpoint: z.string(),
  step: whole,
  storedSide: whole,
  inputSide: whole,
  stored: z.string().describe('the square that the image became, a PNG as a data: URL'),
  views: z
    .array(z.object({ top: whole, left: whole, mirrored: z.boolean() }))
    .describe('the ten parts of the square that the net looked at; the first is the centre'),
});
export type Prediction = z.infer<typeof Prediction>;

export const PredictSamples = z.strictObject({
  checkpoint: CheckpointChoice.default('best'),
  samples: z.array(whole).min(1).max(48).describe('ids of validation images'),
});
export type PredictSamples = z.input<typeof PredictSamples>;

export const SamplePredictions = z.object({
  checkpoint: z.string(),
  predictions: z.array(twoPredictions.extend({ sample: whole })),
});
export type SamplePredictions = z.infer<typeof SamplePredictions>;

export const DatasetRow = z.object({
  name: z.string(),
  status: z.enum(DATASET_STATES),
  source: z.string().nullable(),
  classes: whole.nullable(),
  train: whole.nullable(),
  val: whole.nullable(),
  quarantined: whole.nullable(),
  bytes: whole.nullable().describe('of its shards'),
  progress: z
    .object({
      phase: z.enum(['queued', 'listing', 'shards', 'finishing', 'done']),
      images: whole,
      imagesDone: whole,
      quarantined: whole,
      shards: whole,
      shardsDone: whole,
    })
    .nullable(),
  error: Failure.nullable(),
});
export type DatasetRow = z.infer<typeof DatasetRow>;

export const DatasetList = z.object({ datasets: z.array(DatasetRow) });
export type DatasetList = z.infer<typeof DatasetList>;

export const DatasetDetails = DatasetRow.extend({
  digest: z.string().nullable(),
  side: whole.nullable().describe('of the stored images, in pixels'),
  classCounts: z.array(z.object({ class: z.string(), train: whole, val: whole })),
  quarantineReasons: z.record(z.string(), whole),
  warned: z.record(z.string(), whole),
  ignored: z.record(z.string(), whole),
  duplicates: z
    .object({
      bytes: z.object({ groups: whole, images: whole }),
      pixels: z.object({ groups: whole, images: whole }),
      near: whole,
      leaks: z.object({ train: whole, val: whole }),
    })
    .nullable(),
  meanColour: z.array(z.number()).length(3).nullable(),
  eigenvalues: z.array(z.number()),
  eigenvectors: z.array(z.array(z.number())),
});
export type DatasetDetails = z.infer<typeof DatasetDetails>;

export const DatasetSamples = z.object({
  samples: z.array(
    z.object({ id: whole, name: z.string(), class: z.string(), url: z.string().describe('a PNG') }),
  ),
});
export type DatasetSamples = z.infer<typeof DatasetSamples>;

export const Quarantine = z.object({
  items: z.array(
    z.object({ split: z.string(), name: z.string(), reason: z.string(), detail: z.string(), bytes: whole }),
  ),
  total: whole,
  next: z.string().nullable(),
});
export type Quarantine = z.infer<typeof Quarantine>;

export const DatasetDuplicates = z.object({
  items: z.array(
    z.object({
      kind: z.enum(['bytes', 'pixels', 'near']).describe('equal files, equal pixels, or nearly alike'),
      distance: whole.nullable().describe('of images that are nearly alike: bits of 256'),
      leak: z.boolean().describe('in both splits'),
      conflict: z.boolean().describe('in several classes'),
      images: z.array(
        z.object({
          split: z.enum(['train', 'val']),
          class: z.string(),
          name: z.string(),
          isDropped: z.boolean().describe('left out of train, since validation has it'),
          url: z
            .string()
            .nullable()
            .describe('of the stored image, a PNG; null in a dataset of more than 64 shards'),
        }),
      ),
      imagesInAll: whole.describe('a group shows at most 24'),
    }),
  ),
  next: z.string().nullable(),
});
export type DatasetDuplicates = z.infer<typeof DatasetDuplicates>;

export const SystemStatus = z.object({
  store: z.string(),
  redisError: Failure.nullable().describe('why Redis could not be asked; then only the store speaks'),
  redis: z.array(
    z.object({
      address: z.string(),
      uses: z.string(),
      usedBytes: whole.nullable().describe('null while it is away and others stand in for it'),
      maxBytes: whole.nullable(),
    }),
  ),
  workers: z.array(
    z.object({
      id: z.string(),
      host: z.string(),
      pid: whole,
      concurrency: whole,
      imagesPerSecond: z.number(),
      busy: fraction,
      memoryBytes: whole.nullable().describe('null for a worker of an earlier version'),
      eventLoopDelay: z
        .number()
        .nonnegative()
        .nullable()
        .describe('the longest of the last two seconds, in seconds'),
    }),
  ),
  trainers: whole.nullable(),
  trainerJobs: z.array(z.object({ run: z.string(), job: z.string(), state: z.enum(['active', 'waiting']) })),
  queues: z.array(
    z.object({
      name: z.enum(QUEUE_NAMES),
      active: whole,
      waiting: whole,
      failed: whole,
    }),
  ),
});
export type SystemStatus = z.infer<typeof SystemStatus>;

export const FailedJobs = z.object({
  jobs: z.array(
    z.object({
      queue: z.enum(QUEUE_NAMES),
      id: z.string(),
      name: z.string(),
      failedAt: time.nullable(),
      attempts: whole,
      error: Failure,
    }),
  ),
});
export type FailedJobs = z.infer<typeof FailedJobs>;

export const Profiles = z.object({
  profiles: z.array(z.object({ name: z.string(), purpose: z.string() })),
});
export type Profiles = z.infer<typeof Profiles>;

export const ProfileDetails = z.object({
  name: z.string(),
  entries: RunDetails.shape.profileEntries,
});
export type ProfileDetails = z.infer<typeof ProfileDetails>;

export const StartRun = z.strictObject({
  dataset: Name,
  run: Name.optional().describe('its name; chosen unless it is given'),
  profile: Name.optional().describe('by the size of the dataset unless it is given'),
  set: z.array(z.string().max(500)).max(200).default([]).describe('assignments, each `key=value`'),
  seed: whole.max(2 ** 32 - 1).default(0),
  from: z.string().max(200).optional().describe('fine-tune a run: RUN or RUN@CHECKPOINT'),
  notify: NotifyUrl.optional().describe('where notifications about the run go'),
});
export type StartRun = z.infer<typeof StartRun>;

export const ResumeRun = z.strictObject({
  checkpoint: z.union([z.enum(['latest', 'best']), whole]).default('latest'),
  set: z.array(z.string().max(500)).max(200).default([]),
});
export const EvaluateRun = z.strictObject({
  checkpoint: z.union([z.enum(['latest', 'best']), whole]).default('best'),
  views: z.union([z.literal(1), z.literal(10)]).default(1),
});
export const Confirmation = z.strictObject({
  confirm: z.string().max(63).describe('the name again: what is removed does not come back'),
});
export const AddDataset = z.strictObject({
  name: Name,
  source: z.string().max(4096).describe('a path that the workers can read, or s3://BUCKET/PREFIX'),
  valFraction: z.number().min(0).max(0.9).default(0.1),
  seed: whole.max(2 ** 32 - 1).default(0),
});
export const Accepted = z.object({ name: z.string() });
