import type { Profile } from '../profile.ts';

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
export const caffe: Profile = {
  name: 'caffe',
  net: {
    input: 227, // crop_size
    // num_output
    outputs: { conv1: 96, conv2: 256, conv3: 384, conv4: 384, conv5: 256, fc6: 4096, fc7: 4096 },
    width: 1,
    conv1: { stride: 4, padding: 'valid' }, // stride: 4
    activation: 'relu',
    pooling: 'overlapping',
    groups: 2, // group: 2
    // local_size 5, Caffe's default k; alpha: 0.0001, which Caffe divides by local_size
    lrn: { depthRadius: 2, bias: 1, alpha: 1e-4 / 5, beta: 0.75, beforeActivation: [] },
    dropout: 0.5, // dropout_ratio
  },
  initialisation: {
    kind: 'normal', // weight_filler gaussian
    stddev: 0.01,
    stddevs: { fc6: 0.005, fc7: 0.005 },
    biases: { conv2: 0.1, conv4: 0.1, conv5: 0.1, fc6: 0.1, fc7: 0.1 }, // bias_filler
  },
  frozen: [],
  optimizer: {
    kind: 'sgd',
    learningRate: 0.01, // base_lr
    momentum: 0.9,
    weightDecay: 0.0005,
    bias: { rate: 2, decay: false }, // lr_mult: 2, decay_mult: 0
  },
  schedule: { kind: 'steps', factor: 0.1, at: FALLS }, // lr_policy: "step", gamma, stepsize
  batchSize: 256,
  epochs: 90, // 450,000 steps of 256 over 1,281,167 images are 89.9
  augment: { crop: 'random', mirror: true, lighting: 'off', lightingDivisor: 1 }, // mirror: true
  inputMean: 'image', // mean_file
  inputDivisor: 1,
  precision: 'float32',
  sliceSize: 64,
  checkpointEvery: 1000,
  readLossEvery: 20,
};
