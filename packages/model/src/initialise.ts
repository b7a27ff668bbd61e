import { RandomStream } from '@alexnet/core';
import type { FloatTensor } from '@alexnet/safetensors';
import { sizeOf } from './net.ts';
import type { Net } from './net.ts';
import type { Profile } from './profile.ts';

/**
 * Fresh weights, a pure function of (net, profile, seed): each kernel draws from a stream of its own.
 * `normal` is N(0, stddev²) (paper §5); `he` is N(0, 2 / fan-in) (He et al., ICCV 2015), the last layer included.
 */
export function initialise(
  net: Net,
  profile: Pick<Profile, 'initialisation'>,
  seed: number,
): Map<string, FloatTensor> {
  const { initialisation } = profile;
  const ones = new Set<string>(initialisation.biasOnes);
  const tensors = new Map<string, FloatTensor>();
  for (const [index, { name, layer, kind, shape, fanIn }] of net.parameters.entries()) {
    const data = new Float32Array(sizeOf(shape));
    if (kind === 'bias') {
      if (ones.has(layer)) data.fill(1);
    } else {
      const stddev = initialisation.kind === 'normal' ? initialisation.stddev : Math.sqrt(2 / fanIn);
      const stream = new RandomStream(seed, 'initialisation', index);
      for (let i = 0; i < data.length; i++) data[i] = stddev * stream.normal();
    }
    tensors.set(name, { shape: [...shape], data });
  }
  return tensors;
}

/** The momentum of a fresh run: zero for each parameter. */
export function zeroVelocity(net: Net): Map<string, FloatTensor> {
  return new Map(
    net.parameters.map(({ name, shape }) => [
      name,
      { shape: [...shape], data: new Float32Array(sizeOf(shape)) },
    ]),
  );
}
