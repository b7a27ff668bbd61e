import { resolveProfile } from '@alexnet/model';
import type { RunSpec } from '@alexnet/pipeline';

/** A run of two epochs in batches of two. */
export const shortRun = (images: { train: number; val: number }): RunSpec => ({
  version: 1,
  run: 'r',
  dataset: { name: 'd', digest: '0'.repeat(64), classes: ['a', 'b'], ...images },
  profile: resolveProfile('demo', ['epochs=2', 'batchSize=2', 'sliceSize=2']),
  seed: 0,
  keep: 1,
});
