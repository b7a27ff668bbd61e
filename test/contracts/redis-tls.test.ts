import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect, type AddressInfo } from 'node:net';
import { createServer, type Server, type TlsOptions } from 'node:tls';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLogger, loadConfig } from '@alexnet/core';
import { consume, JOBS, Queues } from '@alexnet/queues';
import { checkRedis, openRedis } from '@alexnet/redis';
import { sliceJobId, SLICES, SliceStore } from '@alexnet/tensor-store';
import { makeAuthority, sign, type Certificate } from '../support/certificates.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';
import { sliceAddress as address } from '../support/slices.ts';

let folder: string;
let redis: TestRedis;
const servers: Server[] = [];
let own: Certificate;
/** Ports: a server with a good certificate, one that also asks clients for theirs, one with the name of another host. */
let ports: { plain: number; good: number; mutual: number; elsewhere: number };

const file = (name: string): string => path.join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet tls '));
  redis = await startTestRedis();
  const authority = await makeAuthority();
  const here = await sign(authority, '127.0.0.1');
  const other = await sign(authority, 'redis.example');
  own = await sign(authority, 'a client');
  await writeFile(file('ca.pem'), authority.cert);
  await writeFile(file('client.pem'), own.cert);
  await writeFile(file('client.key'), own.key);
  ports = {
    plain: Number(new URL(redis.url).port),
    good: await listen(here),
    mutual: await listen({ ...here, ca: authority.cert, requestCert: true, rejectUnauthorized: true }),
    elsewhere: await listen(other),
  };
});
afterAll(async () => {
  for (const server of servers) server.close();
  await redis.close();
  await rm(folder, { recursive: true });
});

/** TLS in front of the server, which was built without it. */
async function listen(options: TlsOptions): Promise<number> {
  const server = createServer(options, (socket) => {
    const behind = connect(ports.plain, '127.0.0.1');
    socket.on('error', () => behind.destroy());
    behind.on('error', () => socket.destroy());
    socket.pipe(behind).pipe(socket);
  });
  // A client that is refused.
  server.on('tlsClientError', () => undefined);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

/** The address of the server at a port, with parameters for TLS. */
function at(port: number, parameters: Readonly<Record<string, string>>): string {
  const { password } = new URL(redis.url);
  return `rediss://:${password}@127.0.0.1:${port}?${new URLSearchParams(parameters).toString()}`;
}

it('carries slices, arrivals and jobs', async () => {
  const url = at(ports.good, { cacert: file('ca.pem') });
  expect(loadConfig({ REDIS_URL: url }).redisUrl).toBe(url);
  const connection = await openRedis(url);
  await checkRedis(connection, url, { uses: [JOBS, SLICES], leastBytes: 0 });

  const slices = new SliceStore(connection);
  const reader = slices.reader((bytes) => Buffer.alloc(bytes));
  const arrivals = slices.arrivals('r');
  await arrivals.open();
  const arrived = new Promise<void>((resolve) => arrivals.once(sliceJobId(address(1)), resolve));
  const bytes = Buffer.alloc(5 * 1024 ** 2, 'a slice');
  await slices.reserve([address(1)]);

  const queues = new Queues(connection);
  const log = createLogger('test', 'silent');
  const make = async ({ address: wanted }: { address: ReturnType<typeof address> }): Promise<undefined> => {
    await slices.put(wanted, bytes);
    return undefined;
  };
  const consumer = consume('slices', { make }, { redis: connection, concurrency: 1, log });
  await queues.makeSlices([address(1)]);
  await arrived;
  expect((await reader.get(address(1)))?.equals(bytes)).toBe(true);

  reader.close();
  arrivals.close();
  await consumer.close();
  await queues.close();
  connection.disconnect();
});

it('shows its own certificate to a server that asks for it', async () => {
  const mine = { cert: file('client.pem'), key: file('client.key') };
  const connection = await openRedis(at(ports.mutual, { cacert: file('ca.pem'), ...mine }));
  expect(await connection.ping()).toBe('PONG');
  connection.disconnect();
});

it('takes the name of the certificate from the address', async () => {
  const connection = await openRedis(at(ports.elsewhere, { cacert: file('ca.pem'), sni: 'redis.example' }));
  expect(await connection.ping()).toBe('PONG');
  connection.disconnect();
});

it.each<[string, string, () => string]>([
  ['that nobody whom we trust has signed for', 'cacert=FILE', () => at(ports.good, {})],
  [
    'with the certificate of another host',
    'cacert=FILE',
    () => at(ports.elsewhere, { cacert: file('ca.pem') }),
  ],
  ['that asks for a certificate', 'cert=FILE', () => at(ports.mutual, { cacert: file('ca.pem') })],
  ['without TLS', 'Use redis://', () => at(ports.plain, { cacert: file('ca.pem') })],
])('refuses a server %s, and says what to do', async (_, advice, url) => {
  const { password } = new URL(redis.url);
  const refused = openRedis(url());
  await expect(refused).rejects.toMatchObject({
    code: 'REDIS_UNREACHABLE',
    remedy: expect.stringContaining(advice) as string,
  });
  await expect(refused).rejects.not.toThrow(password);
});

it.each(['cacert', 'cert', 'key'])('names the file that %s cannot be read from', async (name) => {
  const files = { cacert: file('ca.pem'), cert: file('client.pem'), key: file('client.key') };
  const missing = { ...files, [name]: file('missing.pem') };
  const refused = openRedis(at(ports.mutual, missing));
  await expect(refused).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
    expected: expect.stringContaining(name) as string,
    actual: expect.stringContaining(file('missing.pem')) as string,
  });
});

it('says that a file is none of certificates', async () => {
  await writeFile(file('text.pem'), 'a text');
  await expect(openRedis(at(ports.good, { cacert: file('text.pem') }))).rejects.toMatchObject({
    code: 'REDIS_UNREACHABLE',
  });
});
