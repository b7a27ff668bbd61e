import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import type { AlexnetError } from '@alexnet/core';
import { findMinio, startMinio, type RunningS3Server } from '@alexnet/local';
import { openStore, type ObjectStore } from '@alexnet/storage';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cacheDir, isThere, s3Backend } from './backends.ts';
import { startProxy, type Proxy } from '../support/flaky-proxy.ts';
import { all, coded, collect, type Backend } from './object-store.ts';

const there = isThere('MinIO', await findMinio(cacheDir));

describe.skipIf(!there)('an S3 server that fails', () => {
  let backend: Backend & { server: RunningS3Server };
  const closers: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    backend = await s3Backend(startMinio);
  });
  afterAll(async () => {
    for (const close of closers) await close();
    await backend.stop();
  });

  const open = (change: Partial<RunningS3Server>): ObjectStore => {
    const { endpoint, bucket, ...credentials } = { ...backend.server, ...change };
    const store = openStore(`s3://${bucket}/place`, { s3Endpoint: endpoint, credentials });
    closers.push(() => store.close());
    return store;
  };
  /** `cut` says after how many bytes of an answer the connection breaks; undefined lets it pass. */
  const through = async (
    cut: (method: string, count: number) => number | undefined,
  ): Promise<Proxy & { store: ObjectStore }> => {
    const proxy = await startProxy(backend.server.endpoint, (method, count) => {
      const answerBytes = cut(method, count);
      return answerBytes === undefined ? undefined : { answerBytes };
    });
    closers.push(() => proxy.stop());
    return { ...proxy, store: open({ endpoint: proxy.endpoint }) };
  };

  const operations: [string, (store: ObjectStore) => Promise<unknown>][] = [
    ['get', (store) => store.get('k')],
    ['getWithEtag', (store) => store.getWithEtag('k')],
    ['getStream', (store) => store.getStream('k')],
    ['head', (store) => store.head('k')],
    ['put', (store) => store.put('k', Buffer.from('1'))],
    ['conditional put', (store) => store.put('k', Buffer.from('1'), { ifNoneMatch: '*' })],
    ['putStream', (store) => store.putStream('k', bytes(6))],
    ['putStream in parts', (store) => store.putStream('k', bytes(20_000_000))],
    ['list', (store) => all(store.list(''))],
    ['delete', (store) => store.delete('k')],
    ['check', (store) => store.check()],
  ];

  it.concurrent.each(operations)('%s says that nobody answers, where', async (_, operate) => {
    const error = await failure(operate(open({ endpoint: 'http://127.0.0.1:9' })));
    expect(error).toMatchObject({ code: 'STORAGE_UNREACHABLE' });
    expect(error.message).toContain('bucket alexnet at http://127.0.0.1:9;');
  });

  it.concurrent.each(operations)(
    '%s says that the secret is wrong, and not what it is',
    async (_, operate) => {
      const secretAccessKey = `guess${randomBytes(16).toString('hex')}`;
      const error = await failure(operate(open({ secretAccessKey })));
      expect(error).toMatchObject({ code: 'STORAGE_DENIED' });
      expect(error.message).toContain(`bucket alexnet at ${backend.server.endpoint};`);
      expect(error.message).toContain('AWS_SECRET_ACCESS_KEY');
      expect(error.message).not.toMatch(/\n\s+at /);
      expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(secretAccessKey);
    },
  );

  it('says that there is no such access key', async () => {
    const error = await failure(open({ accessKeyId: 'nobody' }).check());
    expect(error).toMatchObject({ code: 'STORAGE_DENIED' });
  });

  it('says that there is no such bucket, and makes none', async () => {
    const error = await failure(open({ bucket: 'another' }).check());
    expect(error).toMatchObject({ code: 'STORAGE_FAILED' });
    expect(error.message).toContain('aws s3 mb s3://another');
    await expect(all(open({ bucket: 'another' }).list(''))).rejects.toThrow(coded('STORAGE_FAILED'));
  });

  it('does not show credentials that stand in the endpoint', async () => {
    const error = await failure(open({ endpoint: 'http://user:hidden@127.0.0.1:9' }).check());
    expect(inspect(error, { depth: 20 })).not.toContain('hidden');
  });

  it('knows a conditional write as its own when only the answer was lost', async () => {
    const { store, seen } = await through((method, count) =>
      method === 'PUT' && count === 1 ? 0 : undefined,
    );
    const { etag } = await store.put('created', Buffer.from('1'), { ifNoneMatch: '*' });
    expect(seen.filter((method) => method === 'PUT')).toHaveLength(2);
    expect(await store.head('created')).toMatchObject({ etag });
    await expect(store.put('created', Buffer.from('1'), { ifNoneMatch: '*' })).rejects.toThrow(
      coded('OBJECT_PRECONDITION_FAILED'),
    );
  });

  it('knows a conditional write as its own when no answer ever came', async () => {
    const { store } = await through((method) => (method === 'PUT' ? 0 : undefined));
    const direct = open({});
    const { etag } = await direct.put('replaced', Buffer.from('1'));
    const replaced = await store.put('replaced', Buffer.from('2'), { ifMatch: etag });
    expect(await direct.getWithEtag('replaced')).toEqual({ body: Buffer.from('2'), etag: replaced.etag });
  });

  it('does not take the write of another for its own, be it of the same bytes', async () => {
    const direct = open({});
    const { store } = await through((method, count) => (method === 'PUT' && count === 1 ? 0 : undefined));
    await direct.put('taken', Buffer.from('1'));
    await expect(store.put('taken', Buffer.from('1'), { ifNoneMatch: '*' })).rejects.toThrow(
      coded('OBJECT_PRECONDITION_FAILED'),
    );
  });

  it('finds an upload in parts done when only the last answer was lost', async () => {
    // POST 1 begins the upload, POST 2 completes it.
    const { store, seen } = await through((method, count) =>
      method === 'POST' && count === 2 ? 0 : undefined,
    );
    const { etag } = await store.putStream('parts', bytes(20_000_000));
    expect(seen.filter((method) => method === 'POST').length).toBeGreaterThan(2);
    expect(await store.head('parts')).toEqual({ key: 'parts', size: 20_000_000, etag });
  });

  it('reads on where a body broke off', async () => {
    const body = randomBytes(3_000_000);
    await open({}).put('long', body);
    const { store, seen } = await through((method, count) =>
      method === 'GET' && count < 3 ? 1_000_000 : undefined,
    );
    expect((await collect(await store.getStream('long'))).equals(body)).toBe(true);
    expect(seen).toEqual(['GET', 'GET', 'GET']);
    const other = await through((method, count) => (method === 'GET' && count < 3 ? 1_000_000 : undefined));
    expect((await other.store.get('long')).equals(body)).toBe(true);
    expect(other.seen).toEqual(['GET', 'GET', 'GET']);
  });

  it('gives up on a body that always breaks off', async () => {
    await open({}).put('broken', randomBytes(1000));
    const { store } = await through((method) => (method === 'GET' ? 1 : undefined));
    await expect(store.get('broken')).rejects.toThrow(coded('STORAGE_UNREACHABLE'));
  });
});

async function* bytes(size: number): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.alloc(size));
}

async function failure(work: Promise<unknown>): Promise<AlexnetError> {
  return await work.then(
    () => {
      throw new Error('it did not fail');
    },
    (error: unknown) => error as AlexnetError,
  );
}
