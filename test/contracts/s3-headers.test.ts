import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { openStore, type ObjectStore } from '@alexnet/storage';
import { afterEach, describe, expect, it } from 'vitest';
import { coded, collect } from './object-store.ts';

/** How a server, or a proxy before it, answers. */
interface Manner {
  /** With Content-Length. */
  hasLength: boolean;
  /** Ranges with status 206; else the whole object with 200. */
  hasRanges: boolean;
  /** The connection of every first answer to a GET breaks after half of the body. */
  breaks: boolean;
  /** Bodies are sent with this Content-Encoding: by a proxy that compresses, or as the object's writer said. */
  encoding?: 'proxy' | 'kept';
}

const BODY = randomBytes(3_000_000);
let server: Server | undefined;
let store: ObjectStore | undefined;
let accepted: (string | undefined)[] = [];

afterEach(async () => {
  await store?.close();
  server?.closeAllConnections();
  server?.close();
  if (server !== undefined) await once(server, 'close');
  accepted = [];
});

async function start(manner: Manner, body = BODY): Promise<ObjectStore> {
  let answers = 0;
  server = createServer((request, response) => {
    accepted.push(request.headers['accept-encoding']);
    answer(request, response, { manner, body, breaks: manner.breaks && answers++ === 0 });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  store = openStore('s3://bucket', {
    s3Endpoint: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
  return store;
}

function answer(
  { headers, method }: IncomingMessage,
  response: ServerResponse,
  { manner, body, breaks }: { manner: Manner; body: Buffer; breaks: boolean },
): void {
  const [, first, last] = /^bytes=(\d+)-(\d*)$/.exec(manner.hasRanges ? (headers.range ?? '') : '') ?? [];
  const begin = Number(first ?? 0);
  const end = last === undefined || last === '' ? body.length : Math.min(Number(last) + 1, body.length);
  response.setHeader('etag', '"v1"');
  if (first !== undefined) {
    if (begin >= body.length) return void response.writeHead(416).end();
    response.statusCode = 206;
    response.setHeader('content-range', `bytes ${begin}-${end - 1}/${body.length}`);
  }
  const part = body.subarray(begin, end);
  const sent = manner.encoding === 'proxy' && method === 'GET' ? gzipSync(part) : part;
  if (manner.encoding !== undefined) response.setHeader('content-encoding', 'gzip');
  if (manner.hasLength) response.setHeader('content-length', method === 'HEAD' ? part.length : sent.length);
  if (method === 'HEAD') response.end();
  else if (breaks) response.write(sent.subarray(0, sent.length / 2), () => response.destroy());
  else response.end(sent);
}

const PLAIN: Manner = { hasLength: true, hasRanges: true, breaks: false };

describe.each([
  ['with a length', PLAIN],
  ['in chunks, without a length', { ...PLAIN, hasLength: false }],
  ['with the whole object for every range', { ...PLAIN, hasRanges: false }],
  ['in chunks, with the whole object for every range', { ...PLAIN, hasLength: false, hasRanges: false }],
  ['with a connection that breaks', { ...PLAIN, breaks: true }],
  ['in chunks, over a connection that breaks', { ...PLAIN, hasLength: false, breaks: true }],
  [
    'in chunks, over a connection that breaks, with the whole object for every range',
    { hasLength: false, hasRanges: false, breaks: true },
  ],
  ['with the Content-Encoding that its writer kept with it', { ...PLAIN, encoding: 'kept' }],
] satisfies [string, Manner][])('an object that is answered %s', (_, manner) => {
  it('is read whole', async () => {
    expect((await (await start(manner)).get('k')).equals(BODY)).toBe(true);
  });

  it('is read whole with its etag', async () => {
    const read = await (await start(manner)).getWithEtag('k');
    expect(read?.body.equals(BODY)).toBe(true);
    expect(read?.etag).toBe('"v1"');
  });

  it('is streamed whole', async () => {
    expect((await collect(await (await start(manner)).getStream('k'))).equals(BODY)).toBe(true);
  });

  it('is read in parts, but not past its end', async () => {
    const opened = await start(manner);
    for (const [offset, length] of [
      [0, 10],
      [1_000_000, 1_000_000],
      [BODY.length - 1, 1],
    ] as const) {
      const part = await opened.get('k', { offset, length });
      expect(part.equals(BODY.subarray(offset, offset + length)), `${offset}+${length}`).toBe(true);
    }
    for (const range of [
      { offset: BODY.length - 1, length: 2 },
      { offset: BODY.length, length: 1 },
    ])
      await expect(opened.get('k', range)).rejects.toThrow(coded('FORMAT_INVALID'));
  });

  it('has its size, also when it is empty', async () => {
    expect(await (await start({ ...manner, breaks: false })).head('k')).toMatchObject({ size: BODY.length });
  });
});

it.each([PLAIN, { ...PLAIN, hasLength: false }])(
  'an empty object is empty, answered by %j',
  async (manner) => {
    const opened = await start(manner, Buffer.alloc(0));
    expect(await opened.get('k')).toEqual(Buffer.alloc(0));
    expect(await opened.head('k')).toMatchObject({ size: 0 });
    expect(await collect(await opened.getStream('k'))).toEqual(Buffer.alloc(0));
  },
);

it('what a proxy compressed is no object', async () => {
  const opened = await start({ ...PLAIN, encoding: 'proxy' }, Buffer.alloc(1000));
  await expect(opened.get('k')).rejects.toThrow(coded('STORAGE_FAILED'));
  await expect(opened.get('k')).rejects.toThrow(/proxy/);
  await expect(opened.getStream('k')).rejects.toThrow(coded('STORAGE_FAILED'));
  expect(new Set(accepted)).toEqual(new Set(['identity']));
});
