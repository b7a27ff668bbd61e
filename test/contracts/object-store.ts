import { randomUUID } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { ObjectStore } from '@alexnet/storage';
import { sha256Hex } from '@alexnet/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const MiB = 1024 ** 2;

export interface Backend {
  /** Opens a store whose keys begin with `name` on the server or disk; every call makes a connection of its own. */
  open: (name: string) => ObjectStore;
  /** Where its bytes lie on this machine. */
  dataDir: string;
  stop: () => Promise<void>;
}

export const coded = (code: string): unknown => expect.objectContaining({ code });
const text = (value: string): Buffer => Buffer.from(value);

/** The contract of every object store; each test works under a name of its own. */
export function objectStoreContract(name: string, start: () => Promise<Backend>): void {
  describe(`${name} as an object store`, () => {
    let backend: Backend;
    const opened: ObjectStore[] = [];
    const open = (place: string = randomUUID()): ObjectStore => {
      const store = backend.open(place);
      opened.push(store);
      return store;
    };
    beforeAll(async () => {
      backend = await start();
    });
    afterAll(async () => {
      await Promise.all(opened.map((store) => store.close()));
      await backend.stop();
    });
    basics(open);
    listing(open);
    ranges(open);
    conditions(open);
    streams(open, () => diskUse(backend.dataDir));
    badKeys(open);
  });
}

type Open = (place?: string) => ObjectStore;

function basics(open: Open): void {
  it.each([
    'a',
    'a/b/c.json',
    'with space+plus%25 #?&=.txt',
    'ünï/日本語',
    `${'x'.repeat(200)}/${'y'.repeat(200)}`,
  ])('returns what was put under %s', async (key) => {
    const store = open();
    const { etag } = await store.put(key, text('hello'));
    expect((await store.get(key)).toString()).toBe('hello');
    expect(await store.head(key)).toEqual({ key, size: 5, etag });
    const read = await store.getWithEtag(key);
    expect({ body: read?.body.toString(), etag: read?.etag }).toEqual({ body: 'hello', etag });
    expect(await collect(await store.getStream(key))).toEqual(text('hello'));
    expect(await all(store.list(''))).toMatchObject([{ key, size: 5 }]);
  });

  it('keeps an empty object, and one of all byte values', async () => {
    const store = open();
    const bytes = Buffer.from(Array.from({ length: 256 }, (_, value) => value));
    await store.put('empty', new Uint8Array());
    await store.put('bytes', bytes);
    expect((await store.get('empty')).length).toBe(0);
    expect((await store.head('empty'))?.size).toBe(0);
    expect(await store.get('bytes')).toEqual(bytes);
  });

  it('replaces an object and its etag', async () => {
    const store = open();
    const first = await store.put('k', text('1'));
    const second = await store.put('k', text('2'));
    expect(second.etag).not.toBe(first.etag);
    expect((await store.get('k')).toString()).toBe('2');
  });

  it('knows nothing of an object that is not there', async () => {
    const store = open();
    await expect(store.get('none')).rejects.toThrow(coded('OBJECT_NOT_FOUND'));
    await expect(store.get('none', { offset: 0, length: 1 })).rejects.toThrow(coded('OBJECT_NOT_FOUND'));
    await expect(store.get('none', { offset: 0, length: 0 })).rejects.toThrow(coded('OBJECT_NOT_FOUND'));
    await expect(store.getStream('none')).rejects.toThrow(coded('OBJECT_NOT_FOUND'));
    expect(await store.getWithEtag('none')).toBeUndefined();
    expect(await store.head('none')).toBeUndefined();
  });

  it('deletes, also what is gone already', async () => {
    const store = open();
    await store.put('k', text('1'));
    await store.delete('k');
    await store.delete('k');
    expect(await store.head('k')).toBeUndefined();
    expect(await all(store.list(''))).toEqual([]);
  });

  it('keeps places apart', async () => {
    const place = randomUUID();
    const [outer, inner, beside] = [open(place), open(`${place}/inner`), open(`${place}-2`)];
    await inner.put('k', text('1'));
    await beside.put('k', text('2'));
    expect((await outer.get('inner/k')).toString()).toBe('1');
    expect((await all(outer.list(''))).map(({ key }) => key)).toEqual(['inner/k']);
  });

  it('passes its own check and leaves no probe', async () => {
    const store = open();
    await store.check();
    expect(await all(store.list(''))).toEqual([]);
  });

  it('takes 64 MiB at once', async () => {
    const store = open();
    const body = Buffer.alloc(64 * MiB, 'alexnet');
    const { etag } = await store.put('k', body, { ifNoneMatch: '*' });
    expect(await store.head('k')).toEqual({ key: 'k', size: body.length, etag });
    expect((await store.get('k')).equals(body)).toBe(true);
  });
}

function listing(open: Open): void {
  it('lists in the order of the bytes of the keys, by plain prefix', async () => {
    const store = open();
    const keys = ['a-b', 'a.b', 'a/c', 'a/d/e', 'a0', 'b', 'ä', '日'];
    for (const key of [...keys].reverse()) await store.put(key, text(key));
    const listed = async (prefix: string): Promise<string[]> =>
      (await all(store.list(prefix))).map(({ key }) => key);
    expect(await listed('')).toEqual(keys);
    expect(await listed('a')).toEqual(['a-b', 'a.b', 'a/c', 'a/d/e', 'a0']);
    expect(await listed('a/')).toEqual(['a/c', 'a/d/e']);
    expect(await listed('a/d')).toEqual(['a/d/e']);
    expect(await listed('b')).toEqual(['b']);
    expect(await listed('b/')).toEqual([]);
    expect(await listed('none')).toEqual([]);
  });

  it('lists the size of each object and when it was written', async () => {
    const store = open();
    const before = Date.now();
    await store.put('a', text('four'));
    const [listed] = await all(store.list('a'));
    expect(listed).toMatchObject({ key: 'a', size: 4 });
    // S3 dates objects in whole seconds.
    expect(listed?.modified.getTime()).toBeGreaterThanOrEqual(before - 1000);
    expect(listed?.modified.getTime()).toBeLessThanOrEqual(Date.now() + 1000);
  });

  it('lists the folders of a folder, and not what lies deeper', async () => {
    const store = open();
    for (const key of ['a/1', 'a/b/c/2', 'a/ä/3', 'a/b-d/4', 'b/5']) await store.put(key, text(key));
    expect(await store.folders('')).toEqual(['a', 'b']);
    expect(await store.folders('a/')).toEqual(['b-d', 'b', 'ä']);
    expect(await store.folders('a/b/')).toEqual(['c']);
    expect(await store.folders('a/b/c/')).toEqual([]);
    expect(await store.folders('none/')).toEqual([]);
    await store.delete('a/b/c/2');
    expect(await store.folders('a/')).toEqual(['b-d', 'ä']);
    await expect(store.folders('a')).rejects.toThrow(coded('KEY_INVALID'));
  });

  it('lists more than a page of 1,000', async () => {
    const store = open();
    const keys = Array.from({ length: 1100 }, (_, i) => `many/${String(i).padStart(4, '0')}`);
    const queue = [...keys];
    const work = async (): Promise<void> => {
      for (let key = queue.pop(); key !== undefined; key = queue.pop()) await store.put(key, text(key));
    };
    await Promise.all(Array.from({ length: 16 }, work));
    expect((await all(store.list('many/'))).map(({ key }) => key)).toEqual(keys);
    expect(await store.folders('')).toEqual(['many']);
  });
}

function ranges(open: Open): void {
  it.each([
    [0, 10, '0123456789'],
    [0, 1, '0'],
    [3, 4, '3456'],
    [9, 1, '9'],
    [0, 0, ''],
    [10, 0, ''],
  ])('reads %i+%i', async (offset, length, expected) => {
    const store = open();
    await store.put('k', text('0123456789'));
    expect((await store.get('k', { offset, length })).toString()).toBe(expected);
  });

  it.each([
    [0, 11],
    [9, 2],
    [10, 1],
    [11, 0],
    [100, 1],
    [-1, 2],
  ])('refuses %i+%i of 10 bytes', async (offset, length) => {
    const store = open();
    await store.put('k', text('0123456789'));
    await expect(store.get('k', { offset, length })).rejects.toThrow(coded('FORMAT_INVALID'));
  });
}

function conditions(open: Open): void {
  const refused = coded('OBJECT_PRECONDITION_FAILED');

  it('creates an object once', async () => {
    const store = open();
    await store.put('k', text('1'), { ifNoneMatch: '*' });
    await expect(store.put('k', text('2'), { ifNoneMatch: '*' })).rejects.toThrow(refused);
    expect((await store.get('k')).toString()).toBe('1');
    await store.delete('k');
    await store.put('k', text('3'), { ifNoneMatch: '*' });
    expect((await store.get('k')).toString()).toBe('3');
  });

  it('replaces what was read and nothing else, along a chain', async () => {
    const store = open();
    let { etag } = await store.put('k', text('0'));
    const outdated = [];
    for (let i = 1; i <= 20; i += 1) {
      outdated.push(etag);
      ({ etag } = await store.put('k', text(String(i)), { ifMatch: etag }));
    }
    for (const old of outdated)
      await expect(store.put('k', text('x'), { ifMatch: old })).rejects.toThrow(refused);
    expect((await store.get('k')).toString()).toBe('20');
    await store.delete('k');
    await expect(store.put('k', text('x'), { ifMatch: etag })).rejects.toThrow(refused);
    expect(await store.head('k')).toBeUndefined();
  });

  it.each([
    ['creates', undefined],
    ['replaces', 'before'],
  ])('of 16 writers that race one %s', async (_, before) => {
    const place = randomUUID();
    const first = open(place);
    for (let round = 0; round < 5; round += 1) {
      const key = `k${round}`;
      const condition =
        before === undefined
          ? { ifNoneMatch: '*' as const }
          : { ifMatch: (await first.put(key, text(before))).etag };
      const results = await Promise.allSettled(
        Array.from({ length: 16 }, (_, i) => open(place).put(key, text(`writer ${i}`), condition)),
      );
      const winners = results.flatMap((result, i) => (result.status === 'fulfilled' ? [i] : []));
      expect(winners).toHaveLength(1);
      expect((await first.get(key)).toString()).toBe(`writer ${winners[0]}`);
      for (const result of results) {
        if (result.status === 'rejected') expect(result.reason).toEqual(refused);
      }
    }
  });

  it('reads body and etag of the same version while another writes', async () => {
    const place = randomUUID();
    const [writer, reader] = [open(place), open(place)];
    const bodies = new Map<string, string>();
    const put = async (i: number): Promise<void> => {
      bodies.set((await writer.put('k', text(`version ${i}`))).etag, `version ${i}`);
    };
    await put(0);
    const reading = { goesOn: true };
    const reads: { body: Buffer; etag: string }[] = [];
    const done = (async () => {
      while (reading.goesOn) {
        const read = await reader.getWithEtag('k');
        if (read === undefined) throw new Error('an object that is being replaced was not there');
        reads.push(read);
      }
    })();
    for (let i = 1; i <= 100; i += 1) await put(i);
    reading.goesOn = false;
    await done;
    expect(reads.length).toBeGreaterThan(1);
    for (const { body, etag } of reads) expect(bodies.get(etag)).toBe(body.toString());
  });
}

function streams(open: Open, used: () => Promise<number>): void {
  it.each([0, 1, 6 * MiB, 70 * MiB + 1])('streams %i bytes in and out, hashing on the way', async (size) => {
    const store = open();
    const body = Buffer.alloc(size, randomUUID());
    const result = await store.putStream('k', chunks(body));
    expect(result.size).toBe(size);
    expect(result.sha256).toBe(sha256Hex(body));
    expect(await store.head('k')).toEqual({ key: 'k', size, etag: result.etag });
    expect((await collect(await store.getStream('k'))).equals(body)).toBe(true);
  });

  it.each([1, 30 * MiB])('leaves nothing of a stream that fails after %i bytes', async (size) => {
    const store = open();
    await store.put('old', text('old'));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const before = await used();
    for (const key of ['new', 'old']) {
      const failure = new Error('the source broke');
      await expect(store.putStream(key, chunks(Buffer.alloc(size), failure))).rejects.toBe(failure);
    }
    expect((await all(store.list(''))).map(({ key }) => key)).toEqual(['old']);
    expect((await store.get('old')).toString()).toBe('old');
    // Servers clear away in their own time. Less than a part may be books that they keep.
    await expect.poll(async () => (await used()) - before).toBeLessThan(MiB / 2);
  });

  it('can be left in the middle of a stream', async () => {
    const store = open();
    await store.put('k', Buffer.alloc(20 * MiB));
    const stream = await store.getStream('k');
    for await (const chunk of stream) {
      expect((chunk as Buffer).length).toBeGreaterThan(0);
      break;
    }
    expect(stream.destroyed).toBe(true);
    expect((await store.head('k'))?.size).toBe(20 * MiB);
  });
}

function badKeys(open: Open): void {
  const keys = [
    '',
    '/a',
    'a/',
    'a//b',
    '..',
    '../a',
    'a/../../b',
    './a',
    'a\0b',
    'a\nb',
    'a\\b',
    'x'.repeat(901),
  ];
  it.each(keys)('refuses the key %j everywhere', async (key) => {
    const store = open();
    const invalid = coded('KEY_INVALID');
    await expect(store.put(key, text('1'))).rejects.toThrow(invalid);
    await expect(store.putStream(key, chunks(text('1')))).rejects.toThrow(invalid);
    await expect(store.get(key)).rejects.toThrow(invalid);
    await expect(store.getWithEtag(key)).rejects.toThrow(invalid);
    await expect(store.getStream(key)).rejects.toThrow(invalid);
    await expect(store.head(key)).rejects.toThrow(invalid);
    await expect(store.delete(key)).rejects.toThrow(invalid);
    expect(() => store.localPath(key)).toThrow(invalid);
  });

  it.each(['/', '../', 'a/../b', 'a//b'])('refuses to list %j', async (prefix) => {
    await expect(all(open().list(prefix))).rejects.toThrow(coded('KEY_INVALID'));
  });
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found = [];
  for await (const item of items) found.push(item);
  return found;
}

export async function collect(stream: AsyncIterable<unknown>): Promise<Buffer> {
  return Buffer.concat((await all(stream)) as Buffer[]);
}

/** A body in uneven pieces, with an error after the last if one is given. */
async function* chunks(body: Buffer, failure?: Error): AsyncGenerator<Uint8Array> {
  const sizes = [1, 1000, 1_000_003, 9_999_999];
  for (let begin = 0, i = 0; begin < body.length; i += 1) {
    const size = sizes[i % sizes.length] ?? 1;
    yield await Promise.resolve(body.subarray(begin, begin + size));
    begin += size;
  }
  if (failure !== undefined) throw failure;
}

async function diskUse(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  // MinIO empties its trash every five minutes.
  const files = entries.filter((entry) => entry.isFile() && !entry.parentPath.includes('/tmp/.trash/'));
  const sizes = files.map(async (entry) => {
    const info = await stat(path.join(entry.parentPath, entry.name)).catch(() => undefined);
    return info?.size ?? 0;
  });
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}
