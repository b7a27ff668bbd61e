import { mkdir, readdir, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { imageFile } from '@alexnet/images/testing';
import { sha256Hex } from '@alexnet/storage';
import type { ObjectStore } from '@alexnet/storage';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Manifest } from './manifest-schema.ts';
import type { ShardIndex } from './shard-format.ts';
import { createShardReader } from './shard-reader.ts';
import { elsewhere, Workspace } from './testing.ts';

const SHARDS = 6;
let made: Workspace;
let here: Workspace;
let store: ObjectStore;
let manifest: Manifest;
let cacheDir: string;
beforeAll(async () => {
  made = await Workspace.open();
  for (let i = 0; i < SHARDS; i++) {
    const file = await imageFile({ width: 256, height: 256 }, () => [i, i, 200]);
    await made.write({ [`${i % 2}/${i}.png`]: file });
  }
  manifest = await made.make({ shardSize: 1 });
});
afterAll(async () => {
  await made.close();
});
beforeEach(async () => {
  here = await made.copy();
  cacheDir = path.join(here.root, 'cache');
  store = elsewhere(here.store);
});
afterEach(async () => {
  await here.close();
});

const shardBytes = () => manifest.splits.train.shards[0]?.bytes ?? NaN;
const cached = async () => await readdir(cacheDir).catch(() => []);

async function cachedBytes(): Promise<number> {
  const sizes = (await cached()).map(async (name) => (await stat(path.join(cacheDir, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

/** The first byte of each shard's only sample is the number in its name. */
async function expectAll(reader: ReturnType<typeof createShardReader>): Promise<void> {
  for (let shard = 0; shard < SHARDS; shard++) {
    const opened = await reader.open(manifest, 'train', shard);
    expect(`${(await opened.read(0))[0] ?? NaN}.png`).toBe(path.basename(opened.names[0] ?? ''));
  }
}

describe('a reader of a store elsewhere', () => {
  describe('beside readers of other processes', () => {
    /** Readers that share a cache, each with a list of its own of what it checked, as processes have. */
    const readers = (getStream: typeof store.getStream) =>
      Array.from({ length: 3 }, () =>
        createShardReader({ store: { ...store, getStream }, cacheDir, maxBytes: 1e9 }),
      );
    const reads = async (reader: ReturnType<typeof createShardReader>): Promise<boolean> => {
      try {
        const opened = await reader.open(manifest, 'train', 0);
        return `${(await opened.read(0))[0] ?? NaN}.png` === path.basename(opened.names[0] ?? '');
      } finally {
        await reader.close();
      }
    };

    it('waits for the download that is going on', async () => {
      let downloads = 0;
      const all = readers(async (key) => {
        downloads++;
        await sleep(300);
        return await store.getStream(key);
      });
      expect(await Promise.all(all.map(reads))).toEqual([true, true, true]);
      expect(downloads).toBe(1);
    });

    it('downloads itself where another download fails', async () => {
      let downloads = 0;
      const all = readers(async (key) => {
        if (++downloads > 1) return await store.getStream(key);
        await sleep(300);
        throw new Error('cut off');
      });
      const outcomes = await Promise.allSettled(all.map(reads));
      expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'fulfilled', 'rejected']);
      expect(downloads).toBe(2);
    });

    it('does not wait for a download that stands still', async () => {
      const [shard] = manifest.splits.train.shards;
      await mkdir(cacheDir);
      const minuteAgo = new Date(Date.now() - 60_000);
      for (const name of ['', '.of-a-process-that-was-killed']) {
        const left = path.join(cacheDir, `${shard?.sha256 ?? ''}${name}.part`);
        await writeFile(left, '');
        await utimes(left, minuteAgo, minuteAgo);
      }
      expect(await Promise.all(readers(store.getStream.bind(store)).map(reads))).toEqual([true, true, true]);
    });
  });

  it('downloads each shard once', async () => {
    let downloads = 0;
    const counting = {
      ...store,
      getStream: (key: string) => {
        downloads++;
        return store.getStream(key);
      },
    };
    for (let round = 0; round < 2; round++) {
      const reader = createShardReader({ store: counting, cacheDir, maxBytes: 1e9 });
      await expectAll(reader);
      await expectAll(reader);
      const shard = await reader.open(manifest, 'train', 0);
      await Promise.all(Array.from({ length: 20 }, () => shard.read(0)));
      await reader.close();
    }
    expect(downloads).toBe(SHARDS);
    expect((await cached()).length).toBe(SHARDS);
  });

  it('downloads once for many reads at a time', async () => {
    const reader = createShardReader({ store, cacheDir, maxBytes: 1e9 });
    const shard = await reader.open(manifest, 'train', 0);
    const all = await Promise.all(Array.from({ length: 20 }, () => shard.read(0)));
    for (const pixels of all) expect(pixels.equals(all[0] ?? pixels)).toBe(true);
    await reader.close();
    expect((await cached()).length).toBe(1);
  });

  it('stays within its bound, several of them at once, and still reads what was evicted', async () => {
    const maxBytes = 2 * shardBytes() + 10;
    const readers = [1, 2, 3].map(() => createShardReader({ store, cacheDir, maxBytes }));
    for (let round = 0; round < 3; round++) {
      await Promise.all(readers.map(expectAll));
      // Downloads in progress at the same time count, but cannot be evicted.
      expect(await cachedBytes()).toBeLessThanOrEqual(3 * shardBytes());
    }
    await Promise.all(readers.map((reader) => reader.close()));
    const last = createShardReader({ store, cacheDir, maxBytes });
    await expectAll(last);
    expect(await cachedBytes()).toBeLessThanOrEqual(maxBytes);
    await last.close();
  });

  it('evicts what was used longest ago', async () => {
    const reader = createShardReader({ store, cacheDir, maxBytes: 2 * shardBytes() });
    const read = async (shard: number) => await (await reader.open(manifest, 'train', shard)).read(0);
    const file = (shard: number) => `${manifest.splits.train.shards[shard]?.sha256 ?? ''}.tar`;
    await read(0);
    await read(1);
    await utimes(path.join(cacheDir, file(1)), 1000, 1000);
    await read(2);
    expect((await cached()).sort()).toEqual([file(0), file(2)].sort());
    await reader.close();
  });

  it('clears away what killed processes left', async () => {
    await mkdir(cacheDir, { recursive: true });
    for (const [name, hoursAgo] of [
      ['old.part', 2],
      ['new.part', 0],
    ] as const) {
      await writeFile(path.join(cacheDir, name), 'x');
      const then = Date.now() / 1000 - hoursAgo * 3600;
      await utimes(path.join(cacheDir, name), then, then);
    }
    const reader = createShardReader({ store, cacheDir, maxBytes: 1e9 });
    await (await reader.open(manifest, 'train', 0)).read(0);
    expect(await cached()).toContain('new.part');
    expect(await cached()).not.toContain('old.part');
    await reader.close();
  });

  it('refuses a shard with a byte changed, and keeps nothing of it', async () => {
    const key = `datasets/d/${manifest.splits.train.shards[0]?.key ?? ''}`;
    const bytes = await here.store.get(key);
    bytes.writeUInt8(bytes.readUInt8(100_000) ^ 1, 100_000);
    await here.store.put(key, bytes);
    const reader = createShardReader({ store, cacheDir, maxBytes: 1e9 });
    const shard = await reader.open(manifest, 'train', 0);
    await expect(shard.read(0)).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' });
    expect(await cached()).toEqual([]);
    bytes.writeUInt8(bytes.readUInt8(100_000) ^ 1, 100_000);
    await here.store.put(key, bytes);
    expect((await shard.read(0)).length).toBe(256 * 256 * 3);
    await reader.close();
  });

  it('fetches a cached file of the wrong size again', async () => {
    const first = createShardReader({ store, cacheDir, maxBytes: 1e9 });
    await expectAll(first);
    await first.close();
    await truncate(path.join(cacheDir, (await cached())[0] ?? ''), 1000);
    const second = createShardReader({ store, cacheDir, maxBytes: 1e9 });
    await expectAll(second);
    await second.close();
  });

  it('fetches a cached file that the disk has damaged again', async () => {
    const first = createShardReader({ store, cacheDir, maxBytes: 1e9 });
    await expectAll(first);
    await first.close();
    for (const name of await cached()) {
      await writeFile(path.join(cacheDir, name), Buffer.alloc(shardBytes(), 0xff));
    }
    const second = createShardReader({ store, cacheDir, maxBytes: 1e9 });
    await expectAll(second);
    await second.close();
  });

  it('says that a cache smaller than a shard is too small', async () => {
    const reader = createShardReader({ store, cacheDir, maxBytes: 1000 });
    const shard = await reader.open(manifest, 'train', 0);
    await expect(shard.read(0)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await reader.close();
  });
});

describe('a reader of a store on this machine', () => {
  it('opens shards in place', async () => {
    const reader = createShardReader({ store: here.store, cacheDir, maxBytes: 1e9 });
    await expectAll(reader);
    expect(await cached()).toEqual([]);
    await reader.close();
  });

  it('refuses a shard of another size, or an index that is not the manifest’s', async () => {
    const [first, second] = manifest.splits.train.shards;
    await truncate(here.store.localPath(`datasets/d/${first?.key ?? ''}`) ?? '', 1000);
    await here.store.put(`datasets/d/${second?.index ?? ''}`, Buffer.from('{}'));
    const reader = createShardReader({ store: here.store, cacheDir, maxBytes: 1e9 });
    const shard = await reader.open(manifest, 'train', 0);
    await expect(shard.read(0)).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' });
    await expect(reader.open(manifest, 'train', 1)).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' });
    await reader.close();
  });

  it.each(['rgb', 'jpg'] as const)('reads some rows of a sample stored as %s', async (encoding) => {
    const gradient = await imageFile({ width: 256, height: 256 }, (row) => [row, 255 - row, 9]);
    await here.write({ '0/gradient.png': gradient });
    const made = await here.make({ name: encoding, encoding, shardSize: 10 });
    const reader = createShardReader({ store: here.store, cacheDir, maxBytes: 1e9 });
    const shard = await reader.open(made, 'train', 0);
    const position = shard.names.findIndex((name) => name.endsWith('gradient.png'));
    const whole = await shard.read(position);
    const rows = await shard.read(position, Buffer.alloc(3 * 768), 100);
    expect(rows.equals(whole.subarray(100 * 768, 103 * 768))).toBe(true);
    expect(Math.abs(rows.readUInt8(0) - 100)).toBeLessThan(4);
    await reader.close();
  });

  it.each<[what: string, encoding: 'rgb' | 'jpg', change: (index: ShardIndex) => Partial<ShardIndex>]>([
    ['an offset past the end', 'rgb', () => ({ offsets: [2 ** 50] })],
    ['a length past the end', 'jpg', () => ({ lengths: [2 ** 50] })],
    ['a length that no JPEG has', 'jpg', () => ({ offsets: [0], lengths: [4 * 256 * 256 * 3 + 1] })],
    ['a length of other pixels', 'rgb', () => ({ lengths: [3] })],
    ['more samples than the manifest says', 'rgb', ({ labels }) => ({ labels: [...labels, 0] })],
    ['a label that no class has', 'rgb', () => ({ labels: [2] })],
    ['a label past int32', 'rgb', () => ({ labels: [2 ** 40] })],
  ])('refuses an index with %s', async (_, encoding, change) => {
    const made = await here.make({ name: encoding, encoding, shardSize: 1 });
    const [entry] = made.splits.train.shards;
    if (entry === undefined) throw new RangeError('a dataset without a shard');
    const key = `datasets/${encoding}/${entry.index}`;
    const index = JSON.parse((await here.store.get(key)).toString()) as ShardIndex;
    const forged = Buffer.from(JSON.stringify({ ...index, ...change(index) }));
    await here.store.put(key, forged);
    entry.indexSha256 = sha256Hex(forged);
    const reader = createShardReader({ store: here.store, cacheDir, maxBytes: 1e9 });
    await expect(reader.open(made, 'train', 0)).rejects.toMatchObject({ code: 'OBJECT_CORRUPT' });
    await reader.close();
  });

  it('refuses positions that are not there', async () => {
    const reader = createShardReader({ store: here.store, cacheDir, maxBytes: 1e9 });
    const shard = await reader.open(manifest, 'train', 0);
    await expect(shard.read(1)).rejects.toThrow(RangeError);
    await expect(shard.read(0, Buffer.alloc(3))).rejects.toThrow(RangeError);
    for (const row of [-1, 0.5, 255]) {
      await expect(shard.read(0, Buffer.alloc(2 * 256 * 3), row)).rejects.toThrow(RangeError);
    }
    await expect(reader.open(manifest, 'val', 0)).rejects.toThrow(RangeError);
    await reader.close();
  });
});
