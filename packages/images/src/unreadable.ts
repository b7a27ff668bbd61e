import { AlexnetError } from '@alexnet/core';
import type { ErrorDetails } from '@alexnet/core';

/** Why an image could not be decoded, for machines: the reasons that a dataset's quarantine counts. */
export type UnreadableReason = 'empty' | 'unknown-format' | 'truncated' | 'too-many-pixels' | 'corrupt';

/** IMAGE_UNREADABLE with its reason. */
export class ImageUnreadableError extends AlexnetError {
  readonly reason: UnreadableReason;

  constructor(reason: UnreadableReason, details: ErrorDetails) {
    super('IMAGE_UNREADABLE', details);
    this.reason = reason;
  }
}

/** Why an image could not be decoded, or undefined for an error of another kind (a full disk, a bug). */
export function unreadableReason(thrown: unknown): UnreadableReason | undefined {
  return thrown instanceof ImageUnreadableError ? thrown.reason : undefined;
}
