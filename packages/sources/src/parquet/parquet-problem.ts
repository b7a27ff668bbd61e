import { AlexnetError, messageOf } from '@alexnet/core';
import { formatProblem } from '../format-problem.ts';

/** What a library, or a check, throws while it reads bytes becomes FORMAT_INVALID. */
export function parsed<T>(url: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof AlexnetError) throw cause;
    throw formatProblem(url, { expected: what, actual: messageOf(cause) || 'damaged bytes', cause });
  }
}
