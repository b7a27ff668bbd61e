import { RandomStream } from '@alexnet/core';
import { drawMs, type Fault } from './fault.ts';
import type { Kind } from './work.ts';

/** The next fault, and what it draws from. */
export interface Appointment {
  fault: Fault;
  /** Between the recovery from the fault before, or the beginning of the work, and this one. */
  gapMs: number;
  random: RandomStream;
}

/** Least and most seconds. */
const GAPS = { training: [0.5, 4], ingest: [0.3, 2.5] } as const satisfies Record<Kind, readonly number[]>;
const KIND_NUMBERS = { training: 0, ingest: 1 } as const satisfies Record<Kind, number>;

/** Rounds of all faults of a kind of work, each round in an order of its own: a pure function of the seed. */
export function* schedule(seed: number, kind: Kind, faults: readonly Fault[]): Generator<Appointment> {
  const fitting = faults.filter(({ during }) => during.includes(kind));
  if (fitting.length === 0) return;
  for (let count = 0; ;) {
    const order = new RandomStream(seed, 'faults', KIND_NUMBERS[kind], count);
    for (const fault of order.shuffle([...fitting])) {
      count += 1;
      const random = new RandomStream(seed, 'faults', KIND_NUMBERS[kind] + 2, count);
      yield { fault, gapMs: drawMs(random, GAPS[kind][0], GAPS[kind][1]), random };
    }
  }
}

/** The names of the first faults, for people. */
export function firstOf(seed: number, kind: Kind, faults: readonly Fault[], count: number): string[] {
  const names: string[] = [];
  for (const { fault } of schedule(seed, kind, faults)) {
    if (names.push(fault.name) >= count) break;
  }
  return names;
}
