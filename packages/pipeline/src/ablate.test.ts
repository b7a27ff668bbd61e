import { describe, expect, it } from 'vitest';
import { planAblation, VARIANTS } from './ablate.ts';

const REQUEST = {
  dataset: 'd',
  name: 'd-paper-ablation',
  profile: 'paper',
  assignments: ['epochs=3'],
  seed: 0,
  variants: Object.keys(VARIANTS),
};

describe('planAblation', () => {
  it('gives the full net and each variant a run of its own, with the same settings except one', () => {
    const { runs, unchanged } = planAblation(REQUEST);
    expect(unchanged).toEqual([]);
    expect(runs.map(({ run }) => run)).toEqual(
      ['full', ...REQUEST.variants].map((variant) => `d-paper-ablation-${variant}`),
    );
    const [full, tanh] = runs.map(({ profile }) => profile);
    expect(full?.epochs).toBe(3);
    expect(tanh).toEqual({ ...full, net: { ...full?.net, activation: 'tanh' } });
    expect(new Set(runs.map(({ profile }) => JSON.stringify(profile))).size).toBe(runs.length);
  });

  it('leaves out what the profile goes without already, and what is asked for twice', () => {
    const variants = ['no-lighting', 'tanh', 'tanh'];
    const { runs, unchanged } = planAblation({ ...REQUEST, profile: 'caffe', variants });
    expect(runs.map(({ variant }) => variant)).toEqual(['full', 'tanh']);
    expect(unchanged).toEqual(['no-lighting']);
  });

  it('refuses a variant that there is not', () => {
    for (const variant of ['no-relu', 'full', 'constructor', '']) {
      expect(() => planAblation({ ...REQUEST, variants: [variant] }), variant).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID' }),
      );
    }
  });
});
