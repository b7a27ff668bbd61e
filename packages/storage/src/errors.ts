import { AlexnetError } from '@alexnet/core';

export function objectNotFound(url: string, key: string): AlexnetError {
  return new AlexnetError('OBJECT_NOT_FOUND', {
    expected: `an object ${key} in ${url}`,
    actual: 'none',
    remedy: 'Check the name, and STORAGE_URL.',
  });
}

export function preconditionFailed(url: string, key: string, cause?: unknown): AlexnetError {
  return new AlexnetError('OBJECT_PRECONDITION_FAILED', {
    expected: `${key} in ${url} as it was when it was read`,
    actual: 'another writer came first',
    remedy: 'Read it again, then decide again.',
    cause,
  });
}

export function rangeInvalid(url: string, key: string, range: string, size?: number): AlexnetError {
  return new AlexnetError('FORMAT_INVALID', {
    expected: `bytes ${range} of ${key} in ${url}`,
    actual: size === undefined ? 'a shorter object' : `an object of ${size} bytes`,
    remedy: 'The object does not fit its index; write it again.',
  });
}
