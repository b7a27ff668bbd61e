import { AlexnetError } from '@alexnet/core';
import type { Source } from '../source.ts';

/** SOURCE_LAYOUT: what was found, and what to do about it. */
export function layoutError(
  source: Pick<Source, 'url'>,
  actual: string,
  remedy = 'Move the images into CLASS/ folders, or into train/CLASS/ and val/CLASS/; or name the folders of the splits: --train DIR --val DIR. Of MNIST or CIFAR-10 name the folder that holds the files.',
): AlexnetError {
  return new AlexnetError('SOURCE_LAYOUT', {
    expected: `${source.url} to hold one folder per class, at least two, or train/CLASS and val/CLASS folders`,
    actual,
    remedy,
  });
}
