import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pinnedWheels, verifyModule, verifyWheels } from './downloads.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'alexnet-downloads-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('verifyWheels', () => {
  it('takes the pinned wheel, and no other bytes or name', async () => {
    const file = path.join(folder, 'a-1.0-py3-none-any.whl');
    writeFileSync(file, 'what was pinned');
    const hash = createHash('sha256').update('what was pinned').digest('hex');
    const pinned = { 'a==1.0': { 'a-1.0-py3-none-any.whl': hash } };
    await verifyWheels([file], pinned);

    writeFileSync(file, 'something else');
    const other = createHash('sha256').update('something else').digest('hex');
    await expect(verifyWheels([file], pinned)).rejects.toMatchObject({
      code: 'PROVISION_FAILED',
      expected: expect.stringContaining(`a-1.0-py3-none-any.whl with SHA-256 ${hash}`) as string,
      actual: `SHA-256 ${other}`,
    });

    await expect(verifyWheels([file], { 'a==1.0': {} })).rejects.toMatchObject({
      code: 'PROVISION_FAILED',
      actual: 'a-1.0-py3-none-any.whl',
    });
  });
});

it('takes no Go module with another checksum', () => {
  const module = 'github.com/versity/versitygw@v1.8.0';
  expect(() => verifyModule(module, 'h1:other')).toThrow(`${module} with h1:`);
  expect(() => verifyModule(`${module}-1`, 'h1:other')).toThrow('downloads.json pins');
});

it('has at least one hash of SHA-256 for every requirement', () => {
  for (const part of ['valkey', 'tensorflow-cpu', 'tensorflow-gpu', 'photographs', 'parity', 'peers']) {
    for (const wheels of Object.values(pinnedWheels(part))) {
      expect(Object.values(wheels).join()).toMatch(/^[0-9a-f]{64}(,[0-9a-f]{64})*$/);
    }
  }
  expect(() => pinnedWheels('another')).toThrow('downloads.json pins');
});
