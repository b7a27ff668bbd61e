import type { ProfileDefinition } from './definition.ts';
import { paper } from './paper.ts';

const TRAIN_VAL = 'train_val.prototxt';
const SOLVER = 'solver.prototxt';
/** Caffe's `stepsize` and `max_iter`: 100,000 and 450,000 steps. */
const FALLS = [100, 200, 300, 400].map((step) => step / 450);

/**
 * AlexNet as Caffe's bvlc_alexnet has it (github.com/BVLC/caffe, models/bvlc_alexnet: train_val.prototxt, solver.prototxt
 * and readme.md). Its readme names two differences from the paper: no lighting, and biases that begin at 0.1, since with 1
 * the loss stayed flat. There are more: normalisation with k = 1 and α divided by the size of the window, smaller weights in
 * fc6 and fc7, biases that learn twice as fast and do not decay, batches of 256, a rate that falls by the calendar.
 * What is not the same here: Caffe warps an image to 256×256 before it crops, and this pipeline cuts out its middle.
 *
 * Result to expect on ImageNet's validation set of 2012, as its readme has it: 57.1 % top-1 and 80.2 % top-5 accuracy
 * with one centre view, after 360,000 steps.
 */
export const caffe: ProfileDefinition = {
  name: 'caffe',
  summary: "Caffe's bvlc_alexnet, for ImageNet",
  base: paper,
  values: {
    'net.lrn.bias': [1, `${TRAIN_VAL}: Caffe's default k`],
    'net.lrn.alpha': [1e-4 / 5, `${TRAIN_VAL}: alpha, which Caffe divides by local_size`],
    initialisation: [
      {
        kind: 'normal',
        stddev: 0.01,
        stddevs: { fc6: 0.005, fc7: 0.005 },
        biases: { conv2: 0.1, conv4: 0.1, conv5: 0.1, fc6: 0.1, fc7: 0.1 },
      },
      `${TRAIN_VAL}: weight_filler, bias_filler`,
    ],
    'optimizer.bias': [{ rate: 2, decay: false }, `${TRAIN_VAL}: lr_mult 2, decay_mult 0`],
    schedule: [{ kind: 'steps', factor: 0.1, at: FALLS }, `${SOLVER}: lr_policy step, gamma, stepsize`],
    batchSize: [256, `${TRAIN_VAL}: batch_size`],
    epochs: [90, `${SOLVER}: 450,000 steps of 256 over 1,281,167 images are 89.9`],
    'augment.lighting': ['off', 'readme.md: no relighting'],
    sliceSize: [64, 'not in Caffe'],
  },
};
