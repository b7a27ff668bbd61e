import { AlexnetError, parseJsonAs } from '@alexnet/core';
import type { z } from 'zod';

/** An object of the store that holds JSON. @throws FORMAT_INVALID for another shape */
export function parseJson<T extends z.ZodType>(schema: T, body: Buffer, key: string): z.infer<T> {
  return parseJsonAs(schema, body, { invalid: (actual, cause) => formatInvalid(key, actual, cause) });
}

export function formatInvalid(key: string, actual: string, cause?: unknown): AlexnetError {
  return new AlexnetError('FORMAT_INVALID', {
    expected: `${key} to follow its format`,
    actual,
    remedy: 'Was it written by another version? Remove the dataset and add it again.',
    cause,
  });
}

/** An object that does not have the bytes that another object, or its own digest, says. */
export function corrupt(key: string, expected: string, actual: string): AlexnetError {
  return new AlexnetError('OBJECT_CORRUPT', {
    expected: `${key} to have ${expected}`,
    actual,
    remedy: 'Run: alexnet dataset remove, then add the dataset again.',
  });
}
