import { resolveProfile, type Profile } from '@alexnet/model';
import { assignments } from '../support/pipeline.ts';

/** Small and slow: 40 epochs take about a minute undisturbed on two cores. */
const SETTINGS = { 'net.width': 0.1, batchSize: 12, sliceSize: 4, checkpointEvery: 5 };

export const SEED = 7;
export const KEEP = 3;

export const profileOf = (epochs: number): Profile =>
  resolveProfile(
    'demo',
    assignments({ ...SETTINGS, epochs }).filter((word) => word !== '--set'),
  );
