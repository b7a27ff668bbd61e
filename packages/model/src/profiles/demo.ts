import type { ProfileDefinition } from './definition.ts';
import { paper } from './paper.ts';

/**
 * A quarter-width AlexNet that learns the demo's emoji within minutes on two processor cores.
 *
 * Result to expect after its 7 epochs (931 steps over 8,452 pictures) on the 1,943 pictures of the artist that was
 * held out, one centre view: 50 to 57 % top-1 and 85 to 90 % top-5, by seed and processor: rounding alone leads to other
 * weights. The demo command, which takes seed 0, reached 53.5 and 86.7 %, with ten views 53.9 and 86.6 %; after 5 epochs 52.8 and 85.4 %, and with the
 * eager engine, whose sums are rounded in another order, 54.3 and 88.5 %. The same net outside of the pipeline, in
 * another order of samples, 5 epochs: 54.3 and 90.3 % with seed 0, 50.3 and 85.9 % with seed 3.
 *
 * Tried on the same data, eagerly, 5 epochs. The paper's rate of 0.01: the demo 50.4 and 84.9 %; outside of it 53.8, 56.9 and 50.0 %
 * top-1, 89.3, 89.9 and 86.5 % top-5 with seeds 1, 2 and 3. With that rate and seed 0, batches of 32: 50.7 and 85.6 %.
 * With that rate and seed 1, half of fc6 and fc7 dropped as in the paper and the rate falling a little earlier: 48.8
 * and 87.3 %; a tenth dropped: 49.6 and 85.3 %. With seeds 1, 2 and 3, six epochs with the rate falling to 0.4 of
 * itself four times: 52.2, 56.7 and 51.6 %, which on average is no better.
 */
export const demo: ProfileDefinition = {
  name: 'demo',
  summary: 'a quarter-width net that learns some thousand pictures within minutes on two cores',
  base: paper,
  values: {
    'net.width': [0.25, 'measured: enough for 8,452 pictures, and fast on two cores'],
    'net.dropout': [0.25, 'measured: a few epochs underfit rather than overfit'],
    initialisation: [{ kind: 'he', biases: {} }, 'He et al., ICCV 2015'],
    'optimizer.learningRate': [0.015, 'measured: better than the 0.01 of §5'],
    schedule: [{ kind: 'steps', factor: 0.2, at: [0.6, 0.85] }, 'measured'],
    batchSize: [64, 'twice the steps of §5 from the same pictures'],
    epochs: [7, 'measured: minutes on two cores'],
    inputDivisor: [60, 'brings pixels, whose standard deviation is about 80, near the 1 of He et al.'],
    checkpointEvery: [50, 'seconds of work'],
    readLossEvery: [5, 'a line that moves'],
  },
};
