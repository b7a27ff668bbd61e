import { Worker } from 'bullmq';

interface Waits {
  waitForJob(): Promise<number>;
}

/**
 * For tests: the next worker that waits for a job is never woken again, as BullMQ's were after some reconnects. Resolves
 * when it has fallen asleep. Those after it are as usual.
 */
export function putNextWorkerToSleep(): Promise<void> {
  const waits = Worker.prototype as unknown as Waits;
  const original = Object.getOwnPropertyDescriptor(waits, 'waitForJob');
  return new Promise((asleep) => {
    waits.waitForJob = () => {
      if (original !== undefined) Object.defineProperty(waits, 'waitForJob', original);
      asleep();
      return new Promise(() => undefined);
    };
  });
}
