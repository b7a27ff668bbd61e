import { UnrecoverableError } from 'bullmq';
import { AlexnetError, toAlexnetError, type ErrorCode } from '@alexnet/core';
import type { QueueName } from './schemas.ts';

/** These may mend by themselves: the job is tried again. Any other error would only come back. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'STORAGE_UNREACHABLE',
  'STORAGE_FAILED',
  'REDIS_UNREACHABLE',
  'DISK_FULL',
  'OBJECT_CORRUPT',
  'INTERNAL',
]);

/**
 * These may speak of this machine alone and not of the job: another process is to try it, while this one stands aside. The
 * disk that is full for a slice is that of the shard cache; what a dataset or a run fills is the store, which is everyone's.
 */
const OF_THIS_MACHINE: Readonly<Record<QueueName, ReadonlySet<ErrorCode>>> = {
  slices: new Set<ErrorCode>(['STORAGE_UNREACHABLE', 'DISK_FULL']),
  datasets: new Set<ErrorCode>(['STORAGE_UNREACHABLE']),
  runs: new Set<ErrorCode>(['STORAGE_UNREACHABLE']),
};

export const isOfThisMachine = (queue: QueueName, thrown: unknown): boolean =>
  OF_THIS_MACHINE[queue].has(toAlexnetError(thrown).code);

/** As BullMQ keeps it: the error as JSON for its reason. It is tried again only where that may help. */
export function asJobFailure(thrown: unknown): Error {
  const error = toAlexnetError(thrown);
  const reason = JSON.stringify(error);
  const failure = PASSING.has(error.code) ? new Error(reason) : new UnrecoverableError(reason);
  failure.stack = thrown instanceof AlexnetError ? reason : ((thrown as Error | undefined)?.stack ?? reason);
  return failure;
}
