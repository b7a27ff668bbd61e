import type { Attempt, TrainingEvent } from '@alexnet/checkpoints';

/** Who did it: the fencing token of a trainer, and where it ran. */
interface Actor {
  fence: number;
  host: string;
  device: 'cpu' | 'gpu';
}

/** What every event has: the updates that the run had made, and when it was, in milliseconds since 1970. */
interface Moment {
  step: number;
  at: number;
}

/** A trainer claimed the run: the first one, one after another had ended, or one after another had vanished. */
export type ClaimEvent = Moment & Actor & { kind: 'started' | 'resumed' | 'taken-over' };

/** A trainer's work on the run ended: `returned` for one that was asked to stop and gave the job back. */
export type EndEvent = Moment &
  Actor & {
    kind: 'done' | 'stopped' | 'returned' | 'lost' | 'fenced' | 'failed';
    /** Why it failed. */
    error: { code: string; message: string } | null;
  };

export type RunEvent = TrainingEvent | ClaimEvent | EndEvent;

/** The events of training and those of the trainers, by time. */
export function runEvents(training: readonly TrainingEvent[], attempts: readonly Attempt[]): RunEvent[] {
  const events = attempts.flatMap((attempt, index) => [
    claimOf(attempt, attempts[index - 1]),
    ...endOf(attempt),
  ]);
  return [...training, ...events].sort((a, b) => a.at - b.at);
}

function claimOf(attempt: Attempt, before: Attempt | undefined): ClaimEvent {
  const { at, step } = attempt;
  return { kind: kindOf(attempt, before), at, step, ...actorOf(attempt) };
}

function kindOf({ checkpoint }: Attempt, before: Attempt | undefined): ClaimEvent['kind'] {
  if (before === undefined) return checkpoint === null ? 'started' : 'resumed';
  const hasLeft = before.end !== null && !['lost', 'fenced'].includes(before.end.outcome);
  return hasLeft ? 'resumed' : 'taken-over';
}

function endOf(attempt: Attempt): EndEvent[] {
  if (attempt.end === null) return [];
  const { outcome: kind, at, step, error } = attempt.end;
  return [{ kind, at, step, error, ...actorOf(attempt) }];
}

const actorOf = ({ fence, host, device }: Attempt): Actor => ({ fence, host, device });
