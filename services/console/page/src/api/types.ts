/** The types of the API for the page. Only types are imported: zod stays out of the bundle. */
import type * as z from 'zod';
import type {
  AddDataset as AddDatasetSchema,
  EvaluateRun as EvaluateRunSchema,
  ResumeRun as ResumeRunSchema,
  StartRun as StartRunSchema,
  Accepted as AcceptedSchema,
  Evaluations,
  History,
  RunEvents,
  RunRow,
  Batch,
  ProfileDetails,
} from '../../../src/api/schemas.ts';

export type {
  ApiError,
  Batch,
  Evaluations,
  DatasetDetails,
  DatasetDuplicates,
  DatasetList,
  DatasetRow,
  DatasetSamples,
  FailedJobs,
  Failure,
  History,
  Prediction,
  ProfileDetails,
  Profiles,
  PredictSamples,
  Quarantine,
  RunAudit,
  RunDetails,
  RunEvents,
  RunList,
  RunRow,
  RunUpdate,
  SamplePredictions,
  Session,
  SystemStatus,
  TopClasses,
} from '../../../src/api/schemas.ts';

export type StartRun = z.input<typeof StartRunSchema>;
export type ResumeRun = z.input<typeof ResumeRunSchema>;
export type EvaluateRun = z.input<typeof EvaluateRunSchema>;
export type AddDataset = z.input<typeof AddDatasetSchema>;
export type Accepted = z.infer<typeof AcceptedSchema>;

export type RunState = RunRow['status'];
export type RunEvent = RunEvents['events'][number];
export type Metric = keyof History['metrics'];
export type Evaluation = Evaluations['evaluations'][number];
export type BatchImage = Batch['images'][number];
export type ProfileEntry = ProfileDetails['entries'][number];
/** Of a checkpoint, in requests. */
export type CheckpointChoice = NonNullable<ResumeRun['checkpoint']>;
