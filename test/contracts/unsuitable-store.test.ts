import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openStore } from '@alexnet/storage';
import { afterEach, expect, it } from 'vitest';
import { coded } from './object-store.ts';

const objects = new Map<string, Buffer>();
let server: Server | undefined;

afterEach(async () => {
  server?.closeAllConnections();
  server?.close();
  if (server !== undefined) await once(server, 'close');
  objects.clear();
});

const etagOf = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`;

function conditionHolds({ headers, url = '' }: IncomingMessage, heeded: readonly string[]): boolean {
  const present = objects.get(url.split('?')[0] ?? '');
  const { 'if-match': match, 'if-none-match': noneMatch } = headers;
  if (noneMatch !== undefined && heeded.includes('if-none-match')) return present === undefined;
  if (match !== undefined && heeded.includes('if-match'))
    return present !== undefined && etagOf(present) === match;
  return true;
}

/** A stand-in for an S3 server that heeds only some conditions; returns its address. */
async function startServer(heeded: readonly string[]): Promise<string> {
  server = createServer((request, response) => {
    void (async () => {
      const key = request.url?.split('?')[0] ?? '';
      const body: Buffer[] = [];
      for await (const chunk of request) body.push(chunk as Buffer);
      if (request.method === 'PUT') {
        if (!conditionHolds(request, heeded)) return response.writeHead(412).end();
        objects.set(key, Buffer.concat(body));
      }
      if (request.method === 'DELETE') {
        objects.delete(key);
        return response.writeHead(204).end();
      }
      const object = objects.get(key);
      if (object === undefined) return response.writeHead(404).end();
      response.setHeader('etag', etagOf(object));
      return request.method === 'PUT' ? response.end() : response.end(object);
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function check(heeded: readonly string[]): Promise<void> {
  const store = openStore('s3://bucket', {
    s3Endpoint: await startServer(heeded),
    credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
  });
  try {
    await store.check();
  } finally {
    await store.close();
  }
}

it.each([
  ['all conditions', [], 'If-None-Match: *'],
  ['If-None-Match', ['if-match'], 'If-None-Match: *'],
  ['If-Match', ['if-none-match'], 'If-Match with an outdated etag'],
])('a server that ignores %s is refused, and keeps no probe', async (_, heeded, what) => {
  const checking = check(heeded);
  await expect(checking).rejects.toThrow(coded('STORAGE_UNSUITABLE'));
  await expect(checking).rejects.toThrow(`it accepted a write under ${what}`);
  expect([...objects.keys()]).toEqual([]);
});

it('a server that heeds both is taken', async () => {
  await check(['if-match', 'if-none-match']);
  expect([...objects.keys()]).toEqual([]);
});
