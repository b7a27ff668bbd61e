/** Inputs that are made and counted together. */
export const CHUNK = 500;

/** What a child process is to do. */
export interface Order {
  /** Their names. Everything below except `to` is about the first; the others begin at 0. */
  parsers: readonly string[];
  seed: number;
  /** Number of the first input, a multiple of {@link CHUNK}. */
  from: number;
  /** Number after the last. */
  to: number;
  /** Inputs that are known to end or hang the process. */
  skipped: readonly number[];
  /** For the parsers to write into. */
  folder: string;
  /** A file for the {@link Progress}. */
  progress: string;
}

/** Where a child is, for the case that it ends. */
export interface Progress {
  /** Of the input in hand. */
  number: number;
}

/** In place of a number while a parser opens. */
export const OPENING = -1;

export interface Crash {
  number: number;
  /** Of the parser's valid ones, that it was made from. */
  document: number;
  /** What was thrown, or what became of the process. */
  what: string;
  bytes: number;
  /** The first bytes of the input, as latin1. */
  begins: string;
}

/** What came of a chunk. */
export interface Tally {
  first: number;
  accepted: number;
  /** By error code. */
  refused: Record<string, number>;
  crashes: Crash[];
}

/** What came of a parser's inputs. */
export interface Result {
  parser: string;
  inputs: number;
  accepted: number;
  refused: Record<string, number>;
  crashes: Crash[];
  /** Numbers of the inputs that did not come to an end. */
  hangs: number[];
}
