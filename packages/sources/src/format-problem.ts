import { AlexnetError } from '@alexnet/core';

/** FORMAT_INVALID for a file of a source that is not what it has to be. */
export function formatProblem(
  url: string,
  details: { expected: string; actual: string; remedy?: string; cause?: unknown },
): AlexnetError {
  return new AlexnetError('FORMAT_INVALID', {
    remedy: 'Fetch the file again from where it is published.',
    ...details,
    expected: `${details.expected} in ${url}`,
  });
}
