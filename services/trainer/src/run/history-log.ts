import type { HistoryPart, StepRecord, TrainingEvent } from '@alexnet/checkpoints';
import type { StepMetrics } from '@alexnet/model';

/** What is known of a step when its batch goes to the engine. */
export type StepBegun = Pick<StepRecord, 'step' | 'at' | 'count' | 'learningRate'>;

/** What is known when the engine has made it. */
export type StepTime = Pick<StepRecord, 'durationMs' | 'waitMs'>;

/** The steps and events of a run since its last checkpoint. */
export class HistoryLog {
  /** Steps whose loss has not been read from the device yet, in order. */
  #begun: StepBegun[] = [];
  #times: StepTime[] = [];
  #steps: StepRecord[] = [];
  #events: TrainingEvent[] = [];

  begin(step: StepBegun): void {
    this.#begun.push(step);
  }

  /** The engine has made the oldest step that it had not made yet. */
  made(time: StepTime): void {
    this.#times.push(time);
  }

  /** The losses of the oldest steps that have none yet. Returns the records of these steps. */
  complete(measured: readonly StepMetrics[]): StepRecord[] {
    const records = measured.map(({ step, loss, top1, top5 }) => {
      const [begun, time] = [this.#begun.shift(), this.#times.shift()];
      if (begun?.step !== step || time === undefined)
        throw new RangeError(`the loss of step ${begun?.step} was expected, not ${step}`);
      return { ...begun, ...time, loss, top1, top5 };
    });
    this.#steps.push(...records);
    return records;
  }

  event(event: TrainingEvent): void {
    this.#events.push(event);
  }

  /** Hands over what a checkpoint stores; what comes after it belongs to the next one. */
  take(): HistoryPart {
    const part = { steps: this.#steps, events: this.#events };
    [this.#steps, this.#events] = [[], []];
    return part;
  }
}
