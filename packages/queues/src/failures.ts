import { UnrecoverableError } from 'bullmq';
import { toAlexnetError, type ErrorCode } from '@alexnet/core';

/** These may pass by themselves: the job is tried again. Any other error would only come back. */
const PASSING: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'STORAGE_UNREACHABLE',
  'STORAGE_FAILED',
  'REDIS_UNREACHABLE',
  'REDIS_UNSUITABLE',
  'REDIS_FULL',
  'DISK_FULL',
  'THREAD_FAILED',
  'OBJECT_CORRUPT',
  'NOTIFICATION_FAILED',
  'INTERNAL',
]);

/** As BullMQ keeps it: the error as JSON for its reason, with the stack of what was thrown. */
export function asJobFailure(thrown: unknown): Error {
  const error = toAlexnetError(thrown);
  const reason = JSON.stringify(error);
  const failure = PASSING.has(error.code) ? new Error(reason) : new UnrecoverableError(reason);
  failure.stack = (thrown instanceof Error ? thrown.stack : undefined) ?? reason;
  return failure;
}
