import { openSource, type SourceFile } from '@alexnet/datasets';
import { findMinio, findVersitygw, startMinio, startVersitygw } from '@alexnet/local';
import { describe, expect, it } from 'vitest';
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
        for (const file of files)
          expect((await source.read(file.name)).toString()).toBe(`${prefix}/${file.name}`);
        await expect(source.read('class/none.png')).rejects.toMatchObject({ problem: { reason: 'missing' } });
        await source.close();
      }
      const nowhere = await openSource(`s3://${bucket}x/p`, options);
      const listed = nowhere.list()[Symbol.asyncIterator]().next();
      await expect(listed).rejects.toMatchObject({ code: 'STORAGE_FAILED', actual: 'no such bucket' });
      await expect(listed).rejects.toThrow(/the address of the source/);
      await nowhere.close();
    } finally {
      await store.close();
      await backend.stop();
    }
  });
});
