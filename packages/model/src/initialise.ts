import { fillNormals } from '@alexnet/core';
import type { FloatTensor } from '@alexnet/safetensors';
import { sizeOf } from './net.ts';
import type { Net } from './net.ts';
import type { Profile } from './profile.ts';

/**
 * Fresh weights, a pure function of (net, profile, seed): each kernel draws from a stream of its own.
 * `normal` is N(0, stddev²) (paper §5), with a deviation of their own in some layers (Caffe, cuda-convnet2); `he` is
 * N(0, 2 / fan-in) (He et al., ICCV 2015), the last layer included.
 */
export function initialise(
  net: Net,
  profile: Pick<Profile, 'initialisation'>,
  seed: number,
): Map<string, FloatTensor> {
  const { initialisation } = profile;
  const biases: Readonly<Record<string, number | undefined>> = initialisation.biases;
  const stddevOf = (layer: string, fanIn: number): number => {
    if (initialisation.kind === 'he') return Math.sqrt(2 / fanIn);
    const own: Readonly<Record<string, number | undefined>> = initialisation.stddevs;
    return own[layer] ?? initialisation.stddev;
  };
  const tensors = new Map<string, FloatTensor>();
  for (const [index, { name, layer, kind, shape, fanIn }] of net.parameters.entries()) {
    const data = new Float32Array(sizeOf(shape));
    if (kind === 'bias') {
      data.fill(biases[layer] ?? 0);
    } else {
      fillNormals(data, stddevOf(layer, fanIn), { seed, purpose: 'initialisation', a: index });
    }
    tensors.set(name, { shape: [...shape], data });
  }
  return tensors;
}
