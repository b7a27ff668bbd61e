import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openSource, type SourceFile } from '@alexnet/sources';
import { findMinio, findVersitygw, startMinio, startVersitygw } from '@alexnet/local';
import type { BucketOptions } from '@alexnet/storage';
import { makePublic } from '@alexnet/storage/testing';
import { describe, expect, it, vi } from 'vitest';
import { cacheDir, isThere, s3Backend } from './backends.ts';

/** Names that servers take, and that programs which read addresses as URLs get wrong. */
const NAMES = [
  ...['x y+z%20&é#?.png', "it's <b>.png", ' lead.png', 'trail.png ', '007', '%2F.png', '%.png', 'a=b&c.png'],
  ...['[1](2){3}.png', 'a:b;c,d.png', '@$!*~^`|.png', '"quoted".png', '日本.png', '😀.png', 'cafe\u0301.png'],
  ...['caf\u00e9.png', 'a..b.png', '+.png', '?versionId=1.png', '#.png'],
];
const PREFIXES = ['my%20set', 'my set', 'a#b', 'c?d=e&f', "it's (1)", '%', '日本/é'];

describe.each([
  ['MinIO', startMinio, await findMinio(cacheDir)],
  ['versitygw', startVersitygw, await findVersitygw(cacheDir)],
] as const)('a bucket on %s', (name, start, found) => {
  it.skipIf(!isThere(name, found))('is read by keys and prefixes as they are', async () => {
    const backend = await s3Backend(start);
    const { bucket, endpoint } = backend.server;
    const options = { s3Endpoint: endpoint, credentials: backend.server };
    const store = backend.open('');
    const keyed = (prefix: string): string[] => NAMES.map((each) => `${prefix}/class/${each}`);
    try {
      for (const prefix of PREFIXES) for (const key of keyed(prefix)) await store.put(key, Buffer.from(key));
      for (const prefix of PREFIXES) {
        const source = await openSource(`s3://${bucket}/${prefix}`, options);
        const files: SourceFile[] = [];
        for await (const file of source.list()) files.push(file);
        expect(files.map((file) => file.name).sort(), prefix).toEqual(
          NAMES.map((each) => `class/${each}`).sort(),
        );
        for (const file of files) expect((await source.read(file)).toString()).toBe(`${prefix}/${file.name}`);
        await expect(source.read({ name: 'class/none.png' })).rejects.toMatchObject({
          problem: { reason: 'missing' },
        });
        await source.close();
      }
      const nowhere = openSource(`s3://${bucket}x/p`, options);
      await expect(nowhere).rejects.toMatchObject({ code: 'STORAGE_FAILED', actual: 'no such bucket' });
      await expect(nowhere).rejects.toThrow(/the address of the source/);
    } finally {
      await store.close();
      await backend.stop();
    }
  });

  it.skipIf(!isThere(name, found))('of other people is read with their profile, or without any', async () => {
    const backend = await s3Backend(start);
    const folder = await mkdtemp(path.join(tmpdir(), 'alexnet-profile-'));
    try {
      const { bucket, endpoint, accessKeyId, secretAccessKey } = backend.server;
      const store = backend.open('');
      await store.put('set/class/1.png', Buffer.from('1'));
      await store.close();
      const credentials = path.join(folder, 'credentials');
      await writeFile(
        credentials,
        `[theirs]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
      );
      // Those of another store.
      vi.stubEnv('AWS_ACCESS_KEY_ID', 'ours');
      vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'ours-ours-ours');
      vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', credentials);
      const namesWith = async (access: BucketOptions): Promise<string[]> => {
        const source = await openSource(`s3://${bucket}/set`, { s3Endpoint: endpoint, ...access });
        try {
          const names: string[] = [];
          for await (const file of source.list()) {
            await source.read(file);
            names.push(file.name);
          }
          return names;
        } finally {
          await source.close();
        }
      };
      expect(await namesWith({ profile: 'theirs' })).toEqual(['class/1.png']);
      await expect(namesWith({})).rejects.toMatchObject({ code: 'STORAGE_DENIED' });
      await expect(namesWith({ profile: 'nobodys' })).rejects.toMatchObject({ code: 'STORAGE_DENIED' });
      await expect(namesWith({ anonymous: true })).rejects.toMatchObject({ code: 'STORAGE_DENIED' });
      await makePublic(bucket, { endpoint, credentials: { accessKeyId, secretAccessKey } });
      expect(await namesWith({ anonymous: true })).toEqual(['class/1.png']);
    } finally {
      vi.unstubAllEnvs();
      await rm(folder, { recursive: true });
      await backend.stop();
    }
  });
});
