import tar from 'tar-stream';
import { buffer } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { BODY_OFFSET, entryBytes, packTar, type TarEntry } from './tar.ts';

const BODIES = [0, 1, 511, 512, 513, 200_000].map((length) => Buffer.alloc(length, length % 251));
const ENTRIES: TarEntry[] = BODIES.map((body, i) => ({ name: `${'n'.repeat(1 + i * 19)}.rgb`, body }));

async function* each(entries: readonly TarEntry[]): AsyncGenerator<TarEntry> {
  for (const entry of entries) yield await Promise.resolve(entry);
}

async function packed(entries: readonly TarEntry[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of packTar(each(entries))) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

it('writes what tar-stream writes', async () => {
  const pack = tar.pack();
  const theirs = buffer(pack);
  for (const { name, body } of ENTRIES) {
    await new Promise((resolve) => {
      pack.entry(
        { name, mtime: new Date(0), mode: 0o644, uid: 0, gid: 0, type: 'file' },
        Buffer.from(body),
        resolve,
      );
    });
  }
  pack.finalize();
  expect((await packed(ENTRIES)).equals(await theirs)).toBe(true);
});

it('has bodies where it says that they are', async () => {
  const bytes = await packed(ENTRIES);
  let at = 0;
  for (const { body } of ENTRIES) {
    expect(bytes.subarray(at + BODY_OFFSET, at + BODY_OFFSET + body.length).equals(body)).toBe(true);
    at += entryBytes(body);
  }
  expect(bytes.length).toBe(at + 1024);
});

it.each(['', 'n'.repeat(101), 'ü.rgb', 'a\nb'])('refuses the name %j', async (name) => {
  await expect(packed([{ name, body: Buffer.alloc(1) }])).rejects.toThrow(RangeError);
});
