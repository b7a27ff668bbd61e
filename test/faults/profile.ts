import { resolveProfile } from '@alexnet/model';
import { assignments } from '../support/pipeline.ts';

/** Small and slow: about a minute undisturbed on two cores, in which every kind of work comes again and again. */
const SETTINGS = {
  'net.width': 0.1,
  batchSize: 12,
  sliceSize: 4,
  epochs: 40,
  checkpointEvery: 5,
};

export const SEED = 7;
export const KEEP = 3;
export const PROFILE = resolveProfile(
  'demo',
  assignments(SETTINGS).filter((word) => word !== '--set'),
);
