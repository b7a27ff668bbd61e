import type { Profile } from '../profile.ts';

/**
 * AlexNet as Krizhevsky released it two years later (github.com/akrizhevsky/cuda-convnet2: layers/layers-imagenet-1gpu.cfg,
 * layers/layer-params-imagenet-1gpu.cfg, and convdata.py for what is done to images): one GPU and no groups, fewer filters
 * ("One weird trick for parallelizing convolutional neural networks", 2014, which torchvision's alexnet follows too). The
 * normalisation of conv1 comes before its ReLU (`neuron=relu` is with pool1; a ReLU before or after a maximum is the same),
 * and α is divided by the size of the window (layer.py: `dic['scale'] /= dic['size']`).
 * What is not the same here: it feeds 224×224 and lets the last windows of conv1 hang over the edge, for the same 55 places;
 * its images are stored as JPEG.
 *
 * Command: alexnet train --dataset imagenet --profile cuda-convnet2
 * Result to expect on ImageNet's validation set of 2012, as its wiki has it: 42.55 % top-1 and 19.81 % top-5 error with one
 * view, 40.42 % and 18.15 % with ten.
 */
export const cudaConvnet2: Profile = {
  name: 'cuda-convnet2',
  net: {
    input: 227, // inner_size 224
    // filters=, outputs=
    outputs: { conv1: 64, conv2: 192, conv3: 384, conv4: 256, conv5: 256, fc6: 4096, fc7: 4096 },
    width: 1,
    conv1: { stride: 4, padding: 'valid' }, // stride=4, padding=0
    groups: 1,
    activation: 'relu', // neuron=relu
    // size=5, minDiv=2, scale=0.0001 divided by size, pow=0.75
    lrn: { depthRadius: 2, bias: 2, alpha: 1e-4 / 5, beta: 0.75, beforeActivation: ['conv1'] },
    pooling: 'overlapping', // sizeX=3, stride=2
    dropout: 0.5, // dropout2
  },
  initialisation: {
    kind: 'normal',
    stddev: 0.01, // initW
    stddevs: { conv3: 0.03, conv4: 0.03, conv5: 0.03 },
    biases: { conv2: 1, conv4: 1, conv5: 1, fc6: 1, fc7: 1, fc8: -7 }, // initB
  },
  frozen: [],
  optimizer: {
    kind: 'sgd',
    learningRate: 0.01, // epsW base
    momentum: 0.9, // momW, momB
    weightDecay: 0.0005, // wc
    bias: { rate: 2, decay: false }, // epsB base 0.02; wc is of weights
  },
  schedule: {
    kind: 'steps',
    // epsW=dexp[base=0.01;tgtFactor=250;numSteps=4]: in four equal stages to 1/250
    factor: 250 ** (-1 / 3),
    at: [1 / 4, 2 / 4, 3 / 4],
    // epsB=dexp[base=0.02;tgtFactor=10;numSteps=2]
    biases: { factor: 1 / 10, at: [1 / 2] },
  },
  batchSize: 128, // --mini
  epochs: 90, // --epochs
  augment: {
    crop: 'random',
    mirror: true,
    lighting: 'stddev', // color_pca, whose first part are standard deviations; --color-noise 0.1
    lightingDivisor: 1.1, // convdata.py: "*= 1.0 / (1.0 + self.color_noise_coeff)", in training alone
  },
  inputMean: 'image', // data_mean_crop
  inputDivisor: 1,
  precision: 'float32',
  sliceSize: 32,
  checkpointEvery: 1000,
  readLossEvery: 20,
};
