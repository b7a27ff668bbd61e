import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { AlexnetError } from '@alexnet/core';

const TRIES = 5;

/**
 * Runs `start` with a free port of the loopback interface, again with another one where a third process took it
 * in between. A port that was asked for is used as it is.
 */
export async function withPort<T>(port: number | undefined, start: (port: number) => Promise<T>): Promise<T> {
  if (port !== undefined) return await start(port);
  for (let tried = 1; ; tried += 1) {
    try {
      return await start(await freePort());
    } catch (error) {
      const inUse =
        error instanceof AlexnetError && /address already in use|port is already/i.test(error.actual);
      if (!inUse || tried === TRIES) throw error;
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
