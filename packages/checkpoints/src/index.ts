/**
 * Checkpoints of a run: saved as one unit, kept for a while, fenced against a second trainer, with the ledger of
 * what was consumed.
 */
export { readTensors, writeInPieces } from './files.ts';
export { CheckpointReader, parseSelector } from './reader.ts';
export type { Selector } from './reader.ts';
export { rewind } from './rewind.ts';
export { CheckpointWriter } from './writer.ts';
export type { SaveRequest, Tensors, TrainingState } from './writer.ts';
export { byAge, checkpointName, isCheckpointName, StoredFile } from './manifest.ts';
export type { CheckpointManifest, Cursor } from './manifest.ts';
export { EMPTY_CHAIN, extendChain, parseLedger } from './ledger.ts';
export type { LedgerEntry } from './ledger.ts';
