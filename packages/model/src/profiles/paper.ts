import type { ProfileDefinition } from './definition.ts';

const OURS = 'not in the paper';

/**
 * AlexNet as Krizhevsky, Sutskever and Hinton trained it ("ImageNet classification with deep convolutional neural
 * networks", NIPS 2012), on ImageNet's 1.2 million images.
 *
 * Result to expect on the 2012 validation set: 40.7 % top-1 and 18.2 % top-5 error with ten views (table 2, one net);
 * cuda-convnet2, by the same author: 42.55 % and 19.81 % with one view, 40.42 % and 18.15 % with ten.
 */
export const paper: ProfileDefinition = {
  name: 'paper',
  summary: 'AlexNet as published in 2012, for ImageNet',
  values: {
    'net.input': [227, '§2 prints 224; 55 places of an 11×11 window, four pixels apart (figure 2), need 227'],
    'net.outputs': [
      { conv1: 96, conv2: 256, conv3: 384, conv4: 384, conv5: 256, fc6: 4096, fc7: 4096 },
      '§3.5',
    ],
    'net.width': [1, '§3.5'],
    'net.conv1': [{ stride: 4, padding: 'valid' }, '§3.5'],
    'net.activation': ['relu', '§3.1'],
    'net.pooling': ['overlapping', '§3.4'],
    'net.groups': [2, 'figure 2'],
    'net.lrn': [
      { depthRadius: 2, bias: 2, alpha: 1e-4, beta: 0.75, beforeActivation: [] },
      '§3.3: k, n = 2·depthRadius + 1, α (not divided by n), β',
    ],
    'net.dropout': [0.5, '§4.2'],
    initialisation: [
      { kind: 'normal', stddev: 0.01, stddevs: {}, biases: { conv2: 1, conv4: 1, conv5: 1, fc6: 1, fc7: 1 } },
      '§5',
    ],
    frozen: [[], OURS],
    rateFactors: [{}, OURS],
    optimizer: [
      {
        kind: 'sgd',
        learningRate: 0.01,
        momentum: 0.9,
        weightDecay: 0.0005,
        bias: { rate: 1, decay: true },
      },
      '§5',
    ],
    schedule: [
      { kind: 'plateau', factor: 0.1, patience: 4, drops: 3 },
      '§5: divided by 10 "when the validation error rate stopped improving", three times; by hand there, the patience is ours',
    ],
    batchSize: [128, '§5'],
    epochs: [90, '§5'],
    'augment.crop': ['random', '§4.1'],
    'augment.mirror': [true, '§4.1'],
    'augment.lighting': ['stddev', '§4.1 says eigenvalue; the released code scales by its root'],
    'augment.lightingDivisor': [1, '§4.1'],
    inputMean: ['image', '§2: "subtracting the mean activity over the training set from each pixel"'],
    inputDivisor: [1, '§2: raw RGB values'],
    precision: ['float32', OURS],
    sliceSize: [32, OURS],
    checkpointEvery: [1000, OURS],
    readLossEvery: [20, OURS],
  },
};
