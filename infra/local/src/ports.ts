import { AlexnetError } from '@alexnet/core';
import getPort from 'get-port';

const TRIES = 5;

/**
 * Runs `start` with a free port of the loopback interface, again with another one where a third process took it
 * in between. A port that was asked for is used as it is.
 */
export async function withPort<T>(port: number | undefined, start: (port: number) => Promise<T>): Promise<T> {
  if (port !== undefined) return await start(port);
  for (let tried = 1; ; tried += 1) {
    try {
      return await start(await getPort({ host: '127.0.0.1' }));
    } catch (error) {
      const inUse =
        error instanceof AlexnetError && /address already in use|port is already/i.test(error.actual);
      if (!inUse || tried === TRIES) throw error;
    }
  }
}
