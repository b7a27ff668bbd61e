import type { ErrorCode } from '@alexnet/core';
import type { Fault } from './fault.ts';

/** One fault that happened. */
export interface Happening {
  name: string;
  /** Seconds since the suite began. */
  at: number;
  did: string;
  /** `by itself`, or what the operator was needed for. */
  outcome: string;
  interventions: number;
  /** Seconds from the mending until the work was further than at the mending. */
  recovery: number;
}

/** Late effects: what was begun under a fault may fail under the next one. */
const FAULTS_BEFORE = 2;

/** What happened so far, what is going on now, and what was wrong. */
export class Chronicle {
  readonly happenings: Happening[] = [];
  /** What must not be: each makes the suite fail. */
  readonly problems: string[] = [];
  /** Times that the operator asked for work again. */
  interventions: string[] = [];
  readonly #startedAt = performance.now();
  readonly #recent: Fault[] = [];
  #disturbed = false;
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** Seconds since the suite began. */
  now(): number {
    return (performance.now() - this.#startedAt) / 1000;
  }

  note(line: string): void {
    const now = Math.floor(this.now());
    const clock = `${String(Math.floor(now / 60)).padStart(2, '0')}:${String(now % 60).padStart(2, '0')}`;
    this.#print(`${clock}  ${line}`);
  }

  problem(line: string): void {
    this.problems.push(line);
    this.note(`PROBLEM: ${line}`);
  }

  /** Whether a fault is there that is not mended yet. */
  get disturbed(): boolean {
    return this.#disturbed;
  }

  begins(fault: Fault): void {
    this.#disturbed = true;
    this.#recent.push(fault);
    if (this.#recent.length > FAULTS_BEFORE) this.#recent.shift();
  }

  mended(): void {
    this.#disturbed = false;
  }

  /** Whether a fault of late explains that work fails with a code. */
  explains(code: ErrorCode): boolean {
    return this.#recent.some(({ mayFail, mustFail }) => mayFail.includes(code) || mustFail === code);
  }

  intervened(line: string): void {
    this.interventions.push(line);
    this.note(`operator: ${line}`);
  }
}
