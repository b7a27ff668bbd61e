import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createShardReader, readMeanImage } from '@alexnet/datasets';
import type { Manifest } from '@alexnet/datasets';
import type { ObjectStore } from '@alexnet/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { makeTextures } from './dataset.ts';
import { askPython, pythonOrSkip } from './python.ts';

const python = (await pythonOrSkip("a dataset's statistics against numpy")) ?? '';
const numbers = z.array(z.number());
const Statistics = z.object({
  mean: numbers,
  covariance: z.array(numbers),
  eigenvalues: numbers,
  eigenvectors: z.array(numbers),
});

const RELATIVE = 1e-9;
function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) {
    expect(Math.abs((actual[i] ?? NaN) - value)).toBeLessThanOrEqual(RELATIVE * Math.abs(value));
  }
}

describe.skipIf(python === '')("a dataset's statistics", () => {
  let folder: string;
  let store: ObjectStore;
  let manifest: Manifest;
  let byNumpy: z.infer<typeof Statistics>;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'alexnet-statistics-'));
    ({ store, manifest } = await makeTextures(folder));
    const reader = createShardReader({ store, cacheDir: folder, maxBytes: 1e9 });
    const images: Buffer[] = [];
    for (const [number, { count }] of manifest.splits.train.shards.entries()) {
      const shard = await reader.open(manifest, 'train', number);
      for (let at = 0; at < count; at++) images.push(Buffer.from(await shard.read(at)));
    }
    await reader.close();
    await writeFile(path.join(folder, 'pixels.bin'), Buffer.concat(images));
    byNumpy = Statistics.parse(await askPython(python, 'statistics.py', folder, String(images.length)));
  });
  afterAll(async () => {
    await store.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('have the mean and the covariance that numpy has', () => {
    expectClose(manifest.statistics.mean, byNumpy.mean);
    expectClose(manifest.statistics.covariance.flat(), byNumpy.covariance.flat());
  });

  it('have the eigenvalues of numpy, and its eigenvectors up to their sign', () => {
    const { eigenvalues, eigenvectors } = manifest.statistics;
    expectClose(eigenvalues, byNumpy.eigenvalues);
    expect(eigenvectors).toHaveLength(3);
    for (const [i, expected] of byNumpy.eigenvectors.entries()) {
      const vector = eigenvectors[i] ?? [];
      const along = vector.reduce((sum, value, channel) => sum + value * (expected[channel] ?? NaN), 0);
      const turned = vector.map((value) => Math.sign(along) * value);
      const apart = Math.hypot(...turned.map((value, channel) => value - (expected[channel] ?? NaN)));
      expect(apart).toBeLessThan(RELATIVE);
    }
  });

  it('have its mean image, rounded to float32', async () => {
    const bytes = await readFile(path.join(folder, 'mean.bin'));
    const expected = new Float64Array(new Uint8Array(bytes).buffer);
    const actual = await readMeanImage(store, manifest);
    expect(actual).toHaveLength(expected.length);
    // Both add up whole numbers; numpy's quotient may be rounded the other way before it is rounded to float32.
    let apart = 0;
    for (const [i, value] of expected.entries()) {
      apart = Math.max(apart, Math.abs((actual[i] ?? NaN) - value));
    }
    expect(apart).toBeLessThan(1e-5);
  });
});
