/**
 * What the command line and the services do together: add a dataset, start a run, follow it, evaluate it, audit it,
 * compare it with others.
 */
export {
  openConfiguredReader,
  openConfiguredShards,
  openConfiguredSource,
  shardCacheFolder,
} from './dataset-access.ts';
export { openConfiguredStore, openPipeline } from './open-pipeline.ts';
export type { Pipeline } from './open-pipeline.ts';
export { hostService } from './host-service.ts';
export { baselineOf, errorToBeat, readBaseline } from './baseline.ts';
export type { Baseline } from './baseline.ts';
export { adviseOnDataset } from './dataset-advice.ts';
export type { DatasetAdvice } from './dataset-advice.ts';
export { addDataset, removeDataset, sendLostJobs } from './datasets.ts';
export { followDataset } from './dataset-progress.ts';
export { showDataset, showDatasets } from './dataset-status.ts';
export type { DatasetStatus } from './dataset-status.ts';
export type { DatasetRequest } from './datasets.ts';
export { openReading } from './reading.ts';
export type { OpenReading, Reading } from './reading.ts';
export { newRunName, resolveRunWish } from './request-run.ts';
export type { RequestedRun, RunWish } from './request-run.ts';
export { removeRun, resumeRun, startRun, stopRun } from './runs.ts';
export type { ResumeOptions, RunRequest } from './runs.ts';
export { copyDataset } from './copy/copy-dataset.ts';
export type { CopyOptions, CopyReport } from './copy/copy-objects.ts';
export { copyRun } from './copy/copy-run.ts';
export { readPipelineStatus } from './pipeline-status.ts';
export type { PipelineStatus } from './pipeline-status.ts';
export { findLeftovers, removeLeftover } from './leftovers.ts';
export type { Leftover } from './leftovers.ts';
export { estimateTraining } from './training-estimate.ts';
export type { TrainingEstimate } from './training-estimate.ts';
export { bestValidation } from './best-validation.ts';
export { usageOf } from './usage.ts';
export type { Usage } from './usage.ts';
export { listRuns, readHistory, showListedRun, showRun, showRuns } from './show-run.ts';
export type { DamagedRun, RunStatus } from './show-run.ts';
export { readTrainingCurve } from './training-curve.ts';
export type { TrainingCurvePoint } from './training-curve.ts';
export { RunHistory } from './run-history.ts';
export type { HistoryPlace, HistorySeries, SeriesRange } from './run-history.ts';
export type { ClaimEvent, EndEvent, RunEvent } from './run-events.ts';
export { validationErrors } from './early-end.ts';
export type { EarlyEnd } from './early-end.ts';
export { sectionStart } from './sections.ts';
export { parseSource, readFineTuningSource } from './fine-tuning.ts';
export type { FineTuningSource } from './fine-tuning.ts';
export { followRun } from './follow.ts';
export { notificationHandlers } from './notifications/delivery.ts';
export type { NotificationEvent, NotifiedJob } from './notifications/event.ts';
export { Notifier } from './notifications/notifier.ts';
export { queueEvaluation, requestEvaluation } from './evaluate.ts';
export { keepEvaluation, readEvaluation, readLastEvaluations } from './evaluation-report.ts';
export type { EvaluationReport } from './evaluation-report.ts';
export { figuresOf, NO_FIGURES } from './evaluation-figures.ts';
export type { ClassFigures, EvaluationFigures } from './evaluation-figures.ts';
export { trainerAwaited, workerAwaited } from './waits.ts';
export { auditRun } from './audit.ts';
export type { Audit } from './audit.ts';
export { recreateBatch } from './recreate-batch.ts';
export type { RecreatedBatch, RecreatedImage } from './recreate-batch.ts';
export { passOf, readDatasetOf, readRunSpec, RunSpec, sliceRecipeOf, specDigest } from './run-spec.ts';
export { Predictor, TOP } from './predictor.ts';
export type { PredictedView, TopClasses } from './predictor.ts';
export { readTrainedNet } from './trained-net.ts';
export type { TrainedNet } from './trained-net.ts';
export { EpochRecord, EvaluationProgress, EvaluationResult, RunProgress } from './progress.ts';
export type { DatasetProgress } from './progress.ts';
export { readDemand, SHARDS_AT_ONCE, workersWantedByRuns } from './demand.ts';
export type { Demand } from './demand.ts';
export { workersLacking, workersWanted } from './workers-wanted.ts';
export { BROKEN_DOWN, planAblation, startAblation, VARIANTS } from './ablate.ts';
export type { Ablation, AblationRequest } from './ablate.ts';
export { summariseAblation } from './ablation-summary.ts';
export type { AblationSummary, VariantResult, VariantSummary } from './ablation-summary.ts';
