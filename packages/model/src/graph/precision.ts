import { readFileSync } from 'node:fs';
import { AlexnetError } from '@alexnet/core';
import type { Device } from '@alexnet/tensorflow';
import type { Net } from '../net.ts';
import type { Profile } from '../profile.ts';

/**
 * Refuses to train what TensorFlow cannot: on processors without AVX-512, oneDNN leaves bfloat16 to kernels that take no
 * grouped filters ("filter_size does not have enough elements" at the first gradient). Evaluating works everywhere.
 * @throws CONFIG_INVALID
 */
export function checkTrainable(
  net: Net,
  { precision }: Pick<Profile, 'precision'>,
  { device, hasAvx512 = processorHasAvx512 }: { device: Device; hasAvx512?: () => boolean },
): void {
  const isGrouped = net.layers.some((layer) => layer.kind === 'convolution' && layer.groups > 1);
  if (precision !== 'bf16' || device === 'gpu' || !isGrouped || hasAvx512()) return;
  throw new AlexnetError('CONFIG_INVALID', {
    expected: 'a GPU, or a processor with AVX-512, to train grouped convolutions with precision=bf16',
    actual: 'a processor without AVX-512',
    remedy: 'Train with --set precision=float32, or with --set net.groups=1.',
  });
}

/** Where Linux says what the processor has. */
const CPU_INFO = '/proc/cpuinfo';

export function processorHasAvx512(): boolean {
  try {
    return /^flags\s*:.*\bavx512bw\b/m.test(readFileSync(CPU_INFO, 'utf8'));
  } catch {
    return false;
  }
}
