import { describe, expect, it } from 'vitest';
import { alexnet } from '../architecture.ts';
import { resolveProfile } from '../resolve.ts';
import { checkTrainable } from './precision.ts';

const { net } = resolveProfile('demo', []);
const grouped = alexnet({ ...net, classes: 2 });
const whole = alexnet({ ...net, groups: 1, classes: 2 });

describe('checkTrainable', () => {
  it('refuses grouped convolutions in bf16 on a processor without AVX-512, and says what to set', () => {
    expect(() =>
      checkTrainable(grouped, { precision: 'bf16' }, { device: 'cpu', hasAvx512: () => false }),
    ).toThrow(
      expect.objectContaining({
        code: 'CONFIG_INVALID',
        remedy: expect.stringContaining('precision=float32') as string,
      }),
    );
  });

  it.each([
    ['float32', grouped, 'float32', 'cpu', false],
    ['a GPU', grouped, 'bf16', 'gpu', false],
    ['AVX-512', grouped, 'bf16', 'cpu', true],
    ['one group', whole, 'bf16', 'cpu', false],
  ] as const)('takes %s', (_, net, precision, device, hasAvx512) => {
    expect(() => checkTrainable(net, { precision }, { device, hasAvx512: () => hasAvx512 })).not.toThrow();
  });
});
