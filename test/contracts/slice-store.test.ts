import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRedis } from '@alexnet/redis';
import { SLICE_LEASE_SECONDS, sliceJobId, SliceStore } from '@alexnet/tensor-store';
import type { Redis } from '@alexnet/redis';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { sliceAddress as address } from '../support/slices.ts';

let server: TestRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startTestRedis();
  redis = server.redis;
});
afterAll(async () => {
  await server.close();
});

describe('SliceStore', () => {
  it('returns what was put, with a lease, and notifies listeners', async () => {
    const slices = new SliceStore(redis);
    const arrivals = slices.arrivals('r');
    await arrivals.open();
    const arrived = new Promise<void>((resolve) => arrivals.once(sliceJobId(address(7)), resolve));
    const reader = slices.reader((bytes) => Buffer.alloc(bytes));
    expect(await reader.get(address(7))).toBeUndefined();
    const bytes = Buffer.from([0, 255, 13, 10, 128]);
    await slices.reserve([address(7)]);
    await slices.put(address(7), bytes);
    await arrived;
    expect(await reader.get(address(7))).toEqual(bytes);
    for (const key of await redis.keys('alexnet:slice:*')) expect(await redis.ttl(key)).toBeGreaterThan(0);
    await slices.delete([address(7), address(8)]);
    expect(await slices.has(address(7))).toBe(false);
    arrivals.close();
    reader.close();
  });

  it('stores nothing that nobody waits for any more', async () => {
    const slices = new SliceStore(redis);
    const wanted = (): Promise<boolean[]> =>
      Promise.all([30, 31, 32].map((slice) => slices.isWanted(address(slice))));
    expect(await wanted()).toEqual([false, false, false]);
    await slices.reserve([address(30), address(31)]);
    expect(await wanted()).toEqual([true, true, false]);
    await slices.put(address(30), Buffer.from('in time'));
    expect(await wanted()).toEqual([false, true, false]);

    await slices.delete([address(30), address(31)]);
    for (const slice of [30, 31, 32]) await slices.put(address(slice), Buffer.from('too late'));
    expect(await redis.keys('alexnet:slice:*')).toEqual([]);
  });

  it('keeps what is there when a place is reserved again', async () => {
    const slices = new SliceStore(redis);
    await slices.reserve([address(40)]);
    await slices.put(address(40), Buffer.from('made'));
    await slices.reserve([address(40)]);
    expect(await slices.has(address(40))).toBe(true);
    await slices.delete([address(40)]);
  });

  it('renews leases, and says which places are gone', async () => {
    const slices = new SliceStore(redis);
    await slices.reserve([address(50), address(51)]);
    const keys = await redis.keys('alexnet:slice:*');
    for (const key of keys) await redis.expire(key, 5);
    expect(await slices.renew([address(50), address(52), address(51)])).toEqual([address(52)]);
    for (const key of keys) expect(await redis.ttl(key)).toBeGreaterThan(SLICE_LEASE_SECONDS - 5);
    await slices.delete([address(50), address(51)]);
  });

  it('stores a slice whole when the connection is lost on the way', async () => {
    const own = await openRedis(server.url);
    const slices = new SliceStore(own);
    const bytes = Buffer.alloc(16 * 1024 ** 2, 'slice');
    await slices.reserve([address(9)]);
    const put = slices.put(address(9), bytes);
    await new Promise(setImmediate);
    own.disconnect(true);
    await put;
    const reader = slices.reader((bytes) => Buffer.alloc(bytes));
    expect((await reader.get(address(9)))?.equals(bytes)).toBe(true);
    reader.close();
    own.disconnect();
  });

  it('reads slices into memory of the caller’s, also after the connection was lost', async () => {
    const slices = new SliceStore(redis);
    const memory: Buffer[] = [];
    const reader = slices.reader((bytes) => {
      memory.push(Buffer.alloc(bytes));
      return memory.at(-1) as Buffer;
    });
    const values = [20, 21, 22].map((slice) => Buffer.alloc(1024 ** 2 + slice, `slice ${slice}`));
    await slices.reserve([20, 21, 22, 23].map(address));
    for (const [i, value] of values.entries()) await slices.put(address(20 + i), value);
    await slices.put(address(23), Buffer.from('small'));
    const expected = [values[0], Buffer.from('small'), values[1], undefined, values[2]];
    const read = async (): Promise<boolean[]> => {
      const got = await Promise.all([20, 23, 21, 24, 22].map((slice) => reader.get(address(slice))));
      return got.map(
        (bytes, i) => bytes?.equals(expected[i] ?? Buffer.alloc(0)) ?? expected[i] === undefined,
      );
    };
    const allRight = Array(5).fill(true);
    expect(await read()).toEqual(allRight);
    expect(memory.map(({ length }) => length)).toEqual(values.map(({ length }) => length));
    const interrupted = read();
    await redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    expect(await interrupted).toEqual(allRight);
    expect(await read()).toEqual(allRight);
    reader.close();
  });
});
