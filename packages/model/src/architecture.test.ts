import { describe, expect, it } from 'vitest';
import { alexnet } from './architecture.ts';
import type { NetOptions } from './architecture.ts';
import { buildNet, countParameters } from './net.ts';
import { resolveProfile } from './resolve.ts';

const cudaConvnet2 = resolveProfile('cuda-convnet2', []);
const modified = resolveProfile('modified', []);
const paper = resolveProfile('paper', []);

const build = (options: Partial<NetOptions> = {}) => alexnet({ ...paper.net, classes: 1000, ...options });

describe('alexnet', () => {
  it('has the parameters of the paper, and those of its ungrouped form', () => {
    expect(countParameters(build())).toBe(60_965_224);
    expect(countParameters(build({ groups: 1 }))).toBe(62_378_344);
  });

  it('names its parameters and gives their shapes', () => {
    const shapes = Object.fromEntries(build().parameters.map(({ name, shape }) => [name, shape]));
    expect(shapes).toEqual({
      'conv1/kernel': [11, 11, 3, 96],
      'conv1/bias': [96],
      'conv2/kernel': [5, 5, 48, 256],
      'conv2/bias': [256],
      'conv3/kernel': [3, 3, 256, 384],
      'conv3/bias': [384],
      'conv4/kernel': [3, 3, 192, 384],
      'conv4/bias': [384],
      'conv5/kernel': [3, 3, 192, 256],
      'conv5/bias': [256],
      'fc6/kernel': [9216, 4096],
      'fc6/bias': [4096],
      'fc7/kernel': [4096, 4096],
      'fc7/bias': [4096],
      'fc8/kernel': [4096, 1000],
      'fc8/bias': [1000],
    });
  });

  it('pools 55 to 27 to 13 to 6', () => {
    const pools = build().layers.filter(({ kind }) => kind === 'pool');
    expect(pools.map(({ input, output }) => [input[0], output[0]])).toEqual([
      [55, 27],
      [27, 13],
      [13, 6],
    ]);
  });

  it('scales filters and units with the width, but not the classes', () => {
    const net = build({ width: 0.25, classes: 9 });
    expect(net.classes).toBe(9);
    expect(net.parameters.filter(({ kind }) => kind === 'bias').map(({ shape }) => shape[0])).toEqual([
      24, 64, 96, 96, 64, 1024, 1024, 9,
    ]);
  });
});

describe('other nets of the family', () => {
  it('has that of cuda-convnet2, as many parameters as torchvision has, normalised before the ReLU of conv1', () => {
    const net = alexnet({ ...cudaConvnet2.net, classes: 1000 });
    expect(countParameters(net)).toBe(61_100_840);
    expect(net.layers.slice(0, 8).map(({ kind }) => kind)).toEqual([
      ...['convolution', 'normalise', 'relu', 'pool'],
      ...['convolution', 'relu', 'normalise', 'pool'],
    ]);
  });

  it('has the modified one for 32×32: 16 places, then 7, 3 and 1, and no conv4', () => {
    const net = alexnet({ ...modified.net, classes: 10 });
    const pools = net.layers.filter(({ kind }) => kind === 'pool');
    expect(pools.map(({ input, output }) => [input[0], output[0]])).toEqual([
      [16, 7],
      [7, 3],
      [3, 1],
    ]);
    const kernels = net.parameters.filter(({ kind }) => kind === 'kernel');
    expect(Object.fromEntries(kernels.map(({ layer, shape }) => [layer, shape]))).toEqual({
      conv1: [11, 11, 3, 96],
      conv2: [5, 5, 48, 256],
      conv3: [3, 3, 256, 384],
      conv5: [3, 3, 192, 256],
      fc6: [256, 1024],
      fc7: [1024, 2048],
      fc8: [2048, 10],
    });
  });
});

describe('alexnet without one of its tricks', () => {
  const kinds = (options: Partial<NetOptions>) => build(options).layers.map(({ kind }) => kind);

  it('has tanh in the place of every ReLU', () => {
    const swapped = kinds({}).map((kind) => (kind === 'relu' ? 'tanh' : kind));
    expect(kinds({ activation: 'tanh' })).toEqual(swapped);
    expect(swapped.filter((kind) => kind === 'tanh').length).toBe(7);
  });

  it('has no normalisation, and all else', () => {
    expect(kinds({ lrn: 'off' })).toEqual(kinds({}).filter((kind) => kind !== 'normalise'));
  });

  it('pools windows of 2 to the same shapes', () => {
    const pools = (options: Partial<NetOptions>) =>
      build(options).layers.filter((layer) => layer.kind === 'pool');
    expect(pools({ pooling: 'plain' }).map(({ size }) => size)).toEqual([2, 2, 2]);
    expect(pools({ pooling: 'plain' }).map(({ output }) => output)).toEqual(
      pools({}).map(({ output }) => output),
    );
    expect(countParameters(build({ pooling: 'plain' }))).toBe(60_965_224);
  });
});

describe('buildNet', () => {
  it.each([
    ['a window larger than its input', [{ kind: 'pool', size: 3, stride: 2 } as const]],
    ['an end in an image', [{ kind: 'relu' } as const]],
    ['a dense layer on an image', [{ kind: 'dense', name: 'fc', units: 3 } as const]],
    [
      'groups that do not divide the channels',
      [
        {
          kind: 'convolution',
          name: 'c',
          filters: 4,
          size: 1,
          stride: 1,
          padding: 'same',
          groups: 2,
        } as const,
      ],
    ],
  ])('refuses %s', (_what, layers) => {
    expect(() => buildNet([2, 2, 3], layers)).toThrow(RangeError);
  });
});
