import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { loadConfig } from '@alexnet/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkTensorflow } from './check.ts';
import { layoutOf } from './layout.ts';
import { chooseVariant, provisionTensorflow } from './provision.ts';
import { findTools } from './tools.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'alexnet-provision-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

describe('provisionTensorflow', () => {
  it('does nothing and says nothing where it is done already', async () => {
    const { cacheDir } = loadConfig();
    const lines: string[] = [];
    const variant = checkTensorflow(cacheDir).detail.includes('gpu') ? 'gpu' : 'cpu';
    await provisionTensorflow({ cacheDir, variant, onProgress: (line) => lines.push(line) });
    expect(lines).toEqual([]);
  });

  it('names everything that is missing before it downloads anything', async () => {
    vi.stubEnv('PATH', folder);
    vi.stubEnv('PYTHON', 'no-python');
    vi.stubEnv('CXX', undefined);
    const attempt = provisionTensorflow({ cacheDir: folder, variant: 'cpu', onProgress: () => undefined });
    await expect(attempt).rejects.toMatchObject({
      code: 'PROVISION_FAILED',
      actual: expect.stringMatching(/no-python.*ENOENT.*none of c\+\+, g\+\+, clang\+\+ runs/) as string,
      remedy: expect.stringContaining('apt-get install -y python3-pip g++') as string,
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says that Python alone is missing', async () => {
    vi.stubEnv('PYTHON', 'no-python');
    await expect(findTools()).rejects.toMatchObject({ code: 'PYTHON_MISSING' });
  });
});

describe('checkTensorflow', () => {
  it('finds what the set-up provisioned, and not in a cache of another place', () => {
    expect(checkTensorflow(loadConfig().cacheDir)).toMatchObject({ ok: true, fix: '' });
    expect(checkTensorflow(folder)).toMatchObject({ ok: false, fix: 'npx alexnet setup tensorflow' });
  });
});

it('keeps the variants apart', async () => {
  expect(layoutOf(folder, 'cpu').root).toBe(path.join(folder, 'tensorflow/2.21.0-cpu'));
  expect(layoutOf(folder, 'gpu').root).not.toBe(layoutOf(folder, 'cpu').root);
  expect(await chooseVariant('gpu')).toBe('gpu');
  expect(['cpu', 'gpu']).toContain(await chooseVariant('auto'));
});
