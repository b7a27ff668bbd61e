import { randomInt } from 'node:crypto';
import { AlexnetError } from '@alexnet/core';
import getPort from 'get-port';

const HOST = '127.0.0.1';
const TRIES = 5;

/**
 * Below the ports that systems give to outgoing connections (Linux from 32768, macOS and Windows from 49152): a server that
 * is started again finds its port free.
 */
const SERVER_PORTS = { from: 10_000, below: 32_768 };
const CANDIDATES = 100;

/**
 * A free port of the loopback interface for a server: `preferred` where that is free, otherwise a random one from 10000
 * to 32767.
 */
export async function freePort(preferred?: number): Promise<number> {
  const { from, below } = SERVER_PORTS;
  const random = Array.from({ length: CANDIDATES }, () => randomInt(from, below));
  return await getPort({ host: HOST, port: preferred === undefined ? random : [preferred, ...random] });
}

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
