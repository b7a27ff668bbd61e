import { AlexnetError } from '@alexnet/core';
import type { ErrorDetails } from '@alexnet/core';

/**
 * Images of more pixels are refused on their header alone. ImageNet's largest have about 60 million; an image of
 * this size that must be held whole (progressive, or turned by EXIF) takes 300 MB.
 */
export const PIXEL_LIMIT = 100_000_000;

/** Why an image could not be decoded, for machines: the reasons that a dataset's quarantine counts. */
export const UNREADABLE_REASONS = [
  'empty',
  'unknown-format',
  'truncated',
  'too-many-pixels',
  'corrupt',
  'compression',
  'sample-format',
  'channels',
  'colour-space',
  'camera-raw',
  'page',
] as const;
export type UnreadableReason = (typeof UNREADABLE_REASONS)[number];

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

export function tooManyPixels(actual: string, cause?: unknown): ImageUnreadableError {
  return new ImageUnreadableError('too-many-pixels', {
    expected: `at most ${PIXEL_LIMIT} pixels`,
    actual,
    remedy: 'Scale the image down; the net sees 256×256 pixels of it.',
    cause,
  });
}
