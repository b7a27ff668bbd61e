import { AlexnetError } from '@alexnet/core';

/** @throws USAGE */
export function parseDevice(text: string): 'auto' | 'cpu' | 'gpu' {
  if (text === 'auto' || text === 'cpu' || text === 'gpu') return text;
  throw new AlexnetError('USAGE', {
    expected: '--device auto, cpu or gpu',
    actual: text,
    remedy: 'auto takes the GPU where TensorFlow finds one.',
  });
}
