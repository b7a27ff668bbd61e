import { isCheckpointName, parseSelector, stepOf, type Selector } from '@alexnet/checkpoints';
import { AlexnetError } from '@alexnet/core';
import * as z from 'zod';

/** In a query. */
export const CheckpointChoice = z
  .string()
  .max(40)
  .describe('latest, best, the number of a step, or the name of a checkpoint');

/** @throws REQUEST_INVALID */
export function selectorOf(text: string): Selector {
  const selector = isCheckpointName(text) ? stepOf(text) : parseSelector(text);
  if (selector !== undefined) return selector;
  throw new AlexnetError('REQUEST_INVALID', {
    expected: 'a checkpoint: latest, best, the number of a step or a name',
    actual: text,
    remedy: 'Correct the value.',
  });
}
