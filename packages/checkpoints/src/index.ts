/**
 * Checkpoints of a run: saved as one unit, kept for a while, fenced against a second trainer, with the ledger of
 * what was consumed and the history of what happened.
 */
export { readTensors, writeInPieces } from './files.ts';
export { CheckpointReader, parseSelector } from './reader.ts';
export type { Selector } from './reader.ts';
export { Attempt, readAttempts, writeAttempt } from './history/attempts.ts';
export type { Outcome } from './history/attempts.ts';
export { Buckets, METRICS, metricsAt } from './history/buckets.ts';
export type { Metric, Spread } from './history/buckets.ts';
export type { TrainingEvent } from './history/events.ts';
export { Overview, OVERVIEW_STEPS } from './history/overview.ts';
export { readOverview, readSegment, rebuildOverview } from './history/restore-overview.ts';
export { parseSegment } from './history/segment.ts';
export type { HistoryPart, HistorySegment } from './history/segment.ts';
export { recordAt, toColumns } from './history/step-columns.ts';
export type { StepColumns, StepRecord } from './history/step-columns.ts';
export { storedFilesOf } from './stored-files.ts';
export { rewind } from './rewind.ts';
export { CheckpointWriter } from './writer.ts';
export type { SaveRequest, Tensors, TrainingState } from './writer.ts';
export { byAge, checkpointName, isCheckpointName, stepOf, StoredFile } from './manifest.ts';
export type { CheckpointManifest, Cursor, HistoryFile, StoredHistory } from './manifest.ts';
export { EMPTY_CHAIN, extendChain, parseLedger } from './ledger.ts';
export type { LedgerEntry } from './ledger.ts';
