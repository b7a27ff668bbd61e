import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { expect, it } from 'vitest';
import { freePort } from './ports.ts';

async function listen(port: number): Promise<Server> {
  const server = createServer().listen(port, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

it('is one that no outgoing connection is given', async () => {
  for (let tried = 0; tried < 20; tried += 1) {
    const port = await freePort();
    expect(port).toBeGreaterThanOrEqual(10_000);
    expect(port).toBeLessThan(32_768);
    (await listen(port)).close();
  }
});

it('is the preferred one where that is free', async () => {
  const server = await listen(0);
  const { port: taken } = server.address() as AddressInfo;
  try {
    expect(await freePort(taken)).not.toBe(taken);
    server.close();
    await once(server, 'close');
    expect(await freePort(taken)).toBe(taken);
  } finally {
    server.close();
  }
});
