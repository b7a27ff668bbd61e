import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { makeDataset } from '@alexnet/datasets/testing';
import { prepareEmoji } from '@alexnet/demo-data';
import { lightingOffset } from '@alexnet/images';
import type { LightingMode, PrincipalComponents } from '@alexnet/images';
import { openStore } from '@alexnet/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { drawAugmentation } from './augmentation.ts';

const DRAWS = 100_000;

let folder: string;
/** Of some of the demo's pictures. */
let components: PrincipalComponents;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-lighting-'));
  const pictures = path.join(folder, 'emoji');
  await prepareEmoji(pictures, { limitPerClass: 3 });
  const store = openStore(pathToFileURL(path.join(folder, 'store')).href);
  const spec = { name: 'emoji', source: pictures, valFraction: 0, seed: 1 };
  components = (await makeDataset(store, spec)).statistics;
  await store.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** How far the lighting of many images goes along each component: mean and standard deviation. */
function measure(lighting: LightingMode): { mean: number; stddev: number }[] {
  const { eigenvectors } = components;
  const along = eigenvectors.map(() => new Float64Array(DRAWS));
  const recipe = { crop: 'random', mirror: true, lighting } as const;
  const sides = { stored: 256, input: 227 };
  for (let sample = 0; sample < DRAWS; sample++) {
    const { alphas } = drawAugmentation(recipe, sides, { seed: 1, epoch: 0, sample });
    const offset = lightingOffset(components, alphas, lighting);
    for (const [i, vector] of eigenvectors.entries()) {
      const values = along[i] ?? [];
      values[sample] = vector.reduce((sum, value, channel) => sum + value * (offset[channel] ?? NaN), 0);
    }
  }
  return along.map((values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / DRAWS;
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / DRAWS;
    return { mean, stddev: Math.sqrt(variance) };
  });
}

describe('lighting drawn for 100,000 images, with the components of real pictures', () => {
  it.each([
    ['stddev', Math.sqrt],
    ['eigenvalue', (value: number) => value],
  ] as const)('deviates along each component by a tenth of what mode %s says, within 2 %', (mode, scale) => {
    const measured = measure(mode);
    expect(measured).toHaveLength(3);
    for (const [i, { mean, stddev }] of measured.entries()) {
      const expected = 0.1 * scale(components.eigenvalues[i] ?? NaN);
      // Not a set of grey pictures, where this would say nothing.
      expect(expected).toBeGreaterThan(0.5);
      expect(Math.abs(stddev / expected - 1)).toBeLessThan(0.02);
      expect(Math.abs(mean / expected)).toBeLessThan(0.02);
    }
  });

  it('is nothing where it is off', () => {
    for (const { mean, stddev } of measure('off')) {
      expect(mean).toBe(0);
      expect(stddev).toBe(0);
    }
  });
});
