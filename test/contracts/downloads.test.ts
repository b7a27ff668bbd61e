import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pinnedWheels } from '@alexnet/core';
import { plantWheel } from '@alexnet/core/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { preparePython } from '../support/python.ts';
import { run } from '../support/run.ts';

const root = path.resolve(import.meta.dirname, '../..');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'alexnet-downloads-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

it('fills no Python environment with wheels other than the pinned ones', async () => {
  for (const wheels of Object.values(pinnedWheels('parity'))) {
    for (const name of Object.keys(wheels)) plantWheel(folder, name);
  }
  vi.stubEnv('PIP_NO_INDEX', '1');
  vi.stubEnv('PIP_FIND_LINKS', folder);
  const cacheDir = path.join(folder, 'cache');
  const attempt = preparePython({
    ...{ name: 'parity', size: 'nothing', imports: '', cacheDir },
    onProgress: () => undefined,
  });
  await expect(attempt).rejects.toMatchObject({
    code: 'PROVISION_FAILED',
    actual: expect.stringMatching(/Expected sha256 [0-9a-f]{64}[^]*Got\s+[0-9a-f]{64}/) as string,
  });
  expect(readdirSync(path.join(cacheDir, 'python'))).toEqual([]);
});

it('notices a kernel whose source was changed', async () => {
  const [source, binary] = ['packages/datasets/kernel/sums.as', 'packages/datasets/src/sums-binary.ts'];
  for (const file of [source, binary]) cpSync(path.join(root, file), path.join(folder, file));
  vi.stubEnv('npm_config_prefer_offline', 'true');
  const check = (): Promise<{ status: number; tail: string }> =>
    run('sh', ['-c', `cd '${folder}' && node '${root}/infra/kernel.mjs' --check`]);
  expect(await check()).toMatchObject({ status: 0 });

  const text = readFileSync(path.join(folder, source), 'utf8');
  writeFileSync(path.join(folder, source), `${text}\nexport function another(): i32 {\n  return 1;\n}\n`);
  const { status, tail } = await check();
  expect(status).toBe(1);
  expect(tail).toContain(`${binary} is not what ${source} compiles to`);
});
