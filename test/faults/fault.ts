import type { ErrorCode, RandomStream } from '@alexnet/core';
import type { Testbed } from './testbed.ts';
import type { Kind, Work } from './work.ts';

/** Where a fault happens. */
export interface Scene {
  testbed: Testbed;
  work: Work;
  /** Decides what the fault leaves open: which process, how long. */
  random: RandomStream;
}

/** A fault that was made. */
export interface Damage {
  /** What was done, for the log: "worker-2 for 4 s". */
  did: string;
  /** How long it stays, unless the work is over before. */
  holdMs: number;
  /** Undoes it. Returns what came of it, where that is more than that the work went on. */
  mend: () => Promise<string | undefined>;
}

/** One kind of fault. */
export interface Fault {
  readonly name: string;
  readonly during: readonly Kind[];
  /** Codes with which the work may fail by it: then the operator asks for it again. */
  readonly mayFail: readonly ErrorCode[];
  /** The code with which a run has to fail by it, to be resumed from an earlier checkpoint. */
  readonly mustFail?: ErrorCode;
  /** Why it cannot be made on this machine, or with so many servers for slices. */
  unavailable?: (sliceServers: number) => string | undefined;
  inject: (scene: Scene) => Promise<Damage>;
}

/** A whole number of milliseconds between two numbers of seconds. */
export function drawMs(random: RandomStream, least: number, most: number): number {
  return Math.round(1000 * (least + random.uniform() * (most - least)));
}

export function pick<T>(random: RandomStream, items: readonly T[]): T {
  const item = items[random.integer(items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
