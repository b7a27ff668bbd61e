import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { pinnedWheels } from '@alexnet/core';
import { plantWheel } from '@alexnet/core/testing';
import { provisionTensorflow } from '@alexnet/tensorflow';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'alexnet-pip-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('provisionTensorflow with pip', () => {
  it("carries pip's own words and leaves no partial folder", async () => {
    // An index that nothing answers at.
    vi.stubEnv('PIP_INDEX_URL', 'http://127.0.0.1:9/simple');
    vi.stubEnv('PIP_NO_INDEX', '1');
    vi.stubEnv('PIP_FIND_LINKS', folder);
    const cacheDir = path.join(folder, 'cache');
    const attempt = provisionTensorflow({ cacheDir, variant: 'cpu', onProgress: () => undefined });
    await expect(attempt).rejects.toMatchObject({
      code: 'PROVISION_FAILED',
      actual: expect.stringContaining('tensorflow-cpu==2.21.0') as string,
    });
    expect(readdirSync(path.join(cacheDir, 'tensorflow'))).toEqual([]);
  });

  it.each(['cpu', 'gpu'] as const)('refuses wheels other than the pinned ones (%s)', async (variant) => {
    const pinned = Object.values(pinnedWheels(`tensorflow-${variant}`)).flatMap((files) =>
      Object.keys(files),
    );
    for (const name of pinned) plantWheel(folder, name);
    vi.stubEnv('PIP_NO_INDEX', '1');
    vi.stubEnv('PIP_FIND_LINKS', folder);
    const cacheDir = path.join(folder, 'cache');
    const attempt = provisionTensorflow({ cacheDir, variant, onProgress: () => undefined });
    await expect(attempt).rejects.toMatchObject({
      code: 'PROVISION_FAILED',
      expected: expect.stringMatching(/\.whl with SHA-256 [0-9a-f]{64},/) as string,
      actual: expect.stringMatching(/^SHA-256 [0-9a-f]{64}$/) as string,
    });
    expect(readdirSync(path.join(cacheDir, 'tensorflow'))).toEqual([]);
  });
});
