import tar from 'tar-stream';

export interface TarEntry {
  name: string;
  body: Buffer;
}

const BLOCK = 512;
/** The same for every entry, so that the same entries give the same bytes. */
const FIXED = { mtime: new Date(0), mode: 0o644, uid: 0, gid: 0, type: 'file' } as const;

/** Bytes of an entry in the tar: one block of header, for names of at most 100 bytes, and whole blocks of body. */
export const entryBytes = (body: Uint8Array): number => BLOCK + Math.ceil(body.length / BLOCK) * BLOCK;
/** First byte of an entry's body, from the entry's beginning. */
export const BODY_OFFSET = BLOCK;

/** The entries as a ustar file. What the entries throw, the stream throws. */
export async function* packTar(entries: AsyncIterable<TarEntry>): AsyncGenerator<Uint8Array> {
  const pack = tar.pack();
  const filled = fill(pack, entries).catch((error: unknown) => {
    pack.destroy(error as Error);
  });
  try {
    yield* pack as AsyncIterable<Uint8Array>;
  } finally {
    // A reader that stops early leaves the filling waiting for room.
    pack.destroy();
    await filled;
  }
}

async function fill(pack: tar.Pack, entries: AsyncIterable<TarEntry>): Promise<void> {
  for await (const { name, body } of entries) {
    await new Promise<void>((resolve, reject) => {
      pack.entry({ name, ...FIXED }, body, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }
  pack.finalize();
}
