import type { Profile } from '../profile.ts';

/**
 * A quarter-width AlexNet that learns the demo's emoji within minutes on two processor cores.
 */
export const demo: Profile = {
  name: 'demo',
  net: {
    width: 0.25,
    groups: 2,
    lrn: { depthRadius: 2, bias: 2, alpha: 1e-4, beta: 0.75 },
    dropout: 0.5,
  },
  initialisation: { kind: 'he', biasOnes: [] },
  optimizer: { learningRate: 0.01, momentum: 0.9, weightDecay: 0.0005 },
  schedule: { kind: 'steps', factor: 0.1, at: [0.7, 0.9] },
  batchSize: 128,
  epochs: 7,
  augment: { crop: 'random', mirror: true, lighting: 'stddev' },
  inputDivisor: 60,
  sliceSize: 32,
  checkpointEvery: 50,
  readLossEvery: 5,
};
