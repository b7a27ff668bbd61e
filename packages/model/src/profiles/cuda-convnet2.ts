import type { ProfileDefinition } from './definition.ts';
import { paper } from './paper.ts';

const LAYERS = 'layers-imagenet-1gpu.cfg';
const PARAMS = 'layer-params-imagenet-1gpu.cfg';

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
export const cudaConvnet2: ProfileDefinition = {
  name: 'cuda-convnet2',
  summary: "Krizhevsky's one-GPU version of 2014, for ImageNet",
  base: paper,
  values: {
    'net.input': [227, `${LAYERS}: inner_size 224, whose last windows hang over the edge`],
    'net.outputs': [
      { conv1: 64, conv2: 192, conv3: 384, conv4: 256, conv5: 256, fc6: 4096, fc7: 4096 },
      `${LAYERS}: filters, outputs`,
    ],
    'net.groups': [1, `${LAYERS}: one GPU`],
    'net.lrn': [
      { depthRadius: 2, bias: 2, alpha: 1e-4 / 5, beta: 0.75, beforeActivation: ['conv1'] },
      `${PARAMS}: size 5, minDiv 2, scale 0.0001 divided by size, pow 0.75`,
    ],
    initialisation: [
      {
        kind: 'normal',
        stddev: 0.01,
        stddevs: { conv3: 0.03, conv4: 0.03, conv5: 0.03 },
        biases: { conv2: 1, conv4: 1, conv5: 1, fc6: 1, fc7: 1, fc8: -7 },
      },
      `${LAYERS}: initW, initB`,
    ],
    'optimizer.bias': [{ rate: 2, decay: false }, `${PARAMS}: epsB 0.02 beside epsW 0.01; wc is of weights`],
    schedule: [
      {
        kind: 'steps',
        factor: 250 ** (-1 / 3),
        at: [1 / 4, 2 / 4, 3 / 4],
        biases: { factor: 1 / 10, at: [1 / 2] },
      },
      `${PARAMS}: epsW dexp, in four equal stages to 1/250; epsB dexp, in two to 1/10`,
    ],
    epochs: [90, 'its wiki: --epochs'],
    'augment.lighting': ['stddev', 'convdata.py: --color-noise 0.1'],
    'augment.lightingDivisor': [1.1, 'convdata.py: divided by 1 + color_noise_coeff, in training alone'],
  },
};
