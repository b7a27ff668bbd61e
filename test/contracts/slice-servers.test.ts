import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createLogger, loadConfig } from '@alexnet/core';
import { startRedis, type RunningRedis } from '@alexnet/local';
import { openRedis, openRedisGroup, type Redis } from '@alexnet/redis';
import { sliceJobId, SLICES, SliceStore, type SliceReader } from '@alexnet/tensor-store';
import { sliceAddress as address } from '../support/slices.ts';

const { cacheDir } = loadConfig();
const COUNT = 2;
const EIGHT = Array.from({ length: 8 }, (_, slice) => address(slice));
const allocate = (bytes: number): Buffer => Buffer.alloc(bytes);

let folder: string;
let servers: RunningRedis[];
let connections: Redis[];
/** Of a trainer, and of a worker that knows nothing of its places. */
let trainer: SliceStore;
let worker: SliceStore;
let reader: SliceReader;

const start = (index: number, more: { port?: number; password?: string } = {}): Promise<RunningRedis> =>
  startRedis({ cacheDir, dataDir: path.join(folder, String(index)), appendOnly: false, ...more });

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-slice-servers-'));
  servers = await Promise.all(Array.from({ length: COUNT }, (_, index) => start(index)));
  connections = await Promise.all(servers.map(({ url }) => openRedis(url)));
  trainer = new SliceStore(...connections);
  worker = new SliceStore(...connections);
  reader = trainer.reader(allocate);
});
afterAll(async () => {
  reader.close();
  for (const redis of connections) redis.disconnect();
  await Promise.all(servers.map((server) => server.stop()));
  await rm(folder, { recursive: true });
});
beforeEach(async () => {
  await Promise.all(connections.map((redis) => redis.flushall()));
});

const keysAt = async (index: number): Promise<number> =>
  (await connections[index]?.keys('alexnet:slice:*'))?.length ?? 0;

/** Ends a server, and starts it again at its address afterwards. */
async function whileAway<T>(index: number, then: () => Promise<T>): Promise<T> {
  const server = servers[index] as RunningRedis;
  const redis = connections[index] as Redis;
  const { port, password } = new URL(server.url);
  process.kill(server.pid, 'SIGKILL');
  await expect.poll(() => redis.status).not.toBe('ready');
  await server.stop();
  try {
    return await then();
  } finally {
    servers[index] = await start(index, { port: Number(port), password });
    await expect.poll(() => redis.status).toBe('ready');
  }
}

describe('slices on two servers', () => {
  it('are spread over both, and read from where they are', async () => {
    await trainer.reserve(EIGHT);
    expect([await keysAt(0), await keysAt(1)]).toEqual([4, 4]);
    for (const each of EIGHT) {
      expect(await worker.isWanted(each)).toBe(true);
      await worker.put(each, Buffer.from(sliceJobId(each)));
      expect(await worker.isWanted(each)).toBe(false);
    }
    for (const each of EIGHT) {
      expect((await reader.get(each))?.toString()).toBe(sliceJobId(each));
      expect([await trainer.has(each), await worker.has(each)]).toEqual([true, true]);
    }
    expect(await trainer.renew(EIGHT)).toEqual([]);
    await trainer.delete(EIGHT);
    expect([await keysAt(0), await keysAt(1)]).toEqual([0, 0]);
    expect(await worker.isWanted(address(0))).toBe(false);
    await worker.put(address(0), Buffer.from('too late'));
    expect([await keysAt(0), await keysAt(1)]).toEqual([0, 0]);
  });

  it('are announced from both', async () => {
    const arrivals = trainer.arrivals('r');
    await arrivals.open();
    // It is open when one server is subscribed to.
    await expect
      .poll(() => Promise.all(connections.map((redis) => redis.pubsub('NUMSUB', 'alexnet:ready:r'))))
      .toEqual(connections.map(() => ['alexnet:ready:r', 1]));
    const arrived = EIGHT.map(
      (each) => new Promise<void>((resolve) => arrivals.once(sliceJobId(each), resolve)),
    );
    await trainer.reserve(EIGHT);
    for (const each of EIGHT) await worker.put(each, Buffer.from('a slice'));
    await Promise.all(arrived);
    arrivals.close();
  });

  it.each([0, 1])(
    'are all on the other one while server %i is away, and on both again later',
    async (index) => {
      await trainer.reserve(EIGHT);
      const half = EIGHT.filter(({ slice }) => slice % COUNT === index);
      await whileAway(index, async () => {
        expect(await trainer.renew(EIGHT)).toEqual(half);
        expect(await trainer.has(half[0] ?? address(0))).toBe(false);
        await trainer.reserve(half);
        expect(await keysAt(1 - index)).toBe(8);
        for (const each of EIGHT) {
          expect(await worker.isWanted(each)).toBe(true);
          await worker.put(each, Buffer.from(sliceJobId(each)));
          expect((await reader.get(each))?.toString()).toBe(sliceJobId(each));
        }
        await trainer.delete(EIGHT);
        expect(await keysAt(1 - index)).toBe(0);
      });
      await trainer.reserve(EIGHT);
      expect([await keysAt(0), await keysAt(1)]).toEqual([4, 4]);
    },
  );

  it('tell that a server went away, and that it is back', async () => {
    let changes = 0;
    const stop = trainer.onChange(() => (changes += 1));
    await whileAway(0, () => expect.poll(() => changes).toBeGreaterThan(0));
    const before = changes;
    stop();
    await whileAway(1, () => Promise.resolve());
    expect(changes).toBe(before);
  });

  it('wait while both are away', async () => {
    const reserved = await whileAway(0, () =>
      whileAway(1, () => {
        const reserving = trainer.reserve([address(0)]);
        const looking = worker.isWanted(address(0));
        return Promise.resolve([reserving, looking] as const);
      }),
    );
    await Promise.all(reserved);
    expect((await keysAt(0)) + (await keysAt(1))).toBe(1);
  });

  it('is put nowhere when its server goes away on the way: that throws', async () => {
    await trainer.reserve([address(0)]);
    const observer = await openRedis(servers[0]?.url ?? '');
    // A server that takes no bytes: it is away before it has answered.
    await observer.client('PAUSE', 60_000, 'WRITE');
    const put = worker.put(address(0), Buffer.alloc(1024 ** 2));
    const refused = expect(put).rejects.toMatchObject({ code: 'REDIS_UNREACHABLE' });
    // The worker has found the place, and its bytes are on their way.
    await expect.poll(() => observer.client('LIST')).toMatch(/cmd=set /);
    observer.disconnect();
    await whileAway(0, () => refused);
  });

  it('go to the place that is empty where a server kept an old one', async () => {
    await trainer.reserve([address(0)]);
    await worker.put(address(0), Buffer.from('made before'));
    // The trainer could not reach the server for a while, and reserved a place on the other one.
    const elsewhere = new SliceStore(connections[1] as Redis);
    await elsewhere.reserve([address(0)]);
    expect(await worker.isWanted(address(0))).toBe(true);
    await worker.put(address(0), Buffer.from('made again'));
    expect(await elsewhere.has(address(0))).toBe(true);
    await trainer.delete([address(0)]);
    expect([await keysAt(0), await keysAt(1)]).toEqual([0, 0]);
  });
});

describe('a group of servers that is opened', () => {
  const requirements = { uses: [SLICES], leastBytes: 0 };
  const log = createLogger('test', 'silent');
  async function open<T>(urls: string[], use: (group: (Redis | Promise<Redis>)[]) => Promise<T>): Promise<T> {
    const opened: Redis[] = [];
    const closing = new AbortController();
    try {
      const onOpen = (redis: Redis): void => void opened.push(redis);
      return await use(await openRedisGroup(urls, { requirements, log, onOpen, signal: closing.signal }));
    } finally {
      closing.abort();
      for (const redis of opened) redis.disconnect();
    }
  }
  const urls = (): string[] => servers.map(({ url }) => url);

  it('begins with those that are there, and takes the others when they come', async () => {
    const closing = new AbortController();
    const opened: Redis[] = [];
    const onOpen = (redis: Redis): void => void opened.push(redis);
    const late = await whileAway(0, async () => {
      const group = await openRedisGroup(urls(), { requirements, log, onOpen, signal: closing.signal });
      expect(group.map((each) => each instanceof Promise)).toEqual([true, false]);
      const store = new SliceStore(...group);
      await store.reserve(EIGHT);
      expect(await keysAt(1)).toBe(8);
      await store.delete(EIGHT);
      return { group, store };
    });
    for (const each of late.group) await each;
    await late.store.reserve(EIGHT);
    expect([await keysAt(0), await keysAt(1)]).toEqual([4, 4]);
    closing.abort();
    for (const redis of opened) redis.disconnect();
  });

  it('is refused where none is there', async () => {
    const nowhere = ['redis://127.0.0.1:1', 'redis://127.0.0.1:2'];
    await expect(open(nowhere, () => Promise.resolve())).rejects.toMatchObject({ code: 'REDIS_UNREACHABLE' });
  });

  it('is refused where one of those that are there is unsuitable, also when others are away', async () => {
    const [first = '', second = ''] = urls();
    const wrong = new URL(second);
    wrong.password = 'wrong';
    for (const group of [
      [first, wrong.href],
      ['redis://127.0.0.1:1', wrong.href, first],
    ])
      await expect(open(group, () => Promise.resolve())).rejects.toMatchObject({ code: 'REDIS_DENIED' });
  });

  it('waits no longer for the others when it is closed', async () => {
    const [first = ''] = urls();
    const { waiting } = await open([first, 'redis://127.0.0.1:1'], (group) =>
      Promise.resolve({ waiting: group[1] }),
    );
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
  });
});
