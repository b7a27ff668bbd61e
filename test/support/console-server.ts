import http from 'node:http';
import { connect } from 'node:net';
import { createLogger, loadConfig, type Config } from '@alexnet/core';
import { Backend, createServer } from '@alexnet/console/testing';

export const TOKEN = 'a-token-of-this-test';
export const VERSION = '1.2.3';
export const withToken: Readonly<Record<string, string>> = { authorization: `Bearer ${TOKEN}` };

export interface ConsoleServer {
  /** Without a slash at its end. */
  address: string;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  /** With headers and paths that `fetch` would not send as they are. */
  raw(path: string, options?: http.RequestOptions): Promise<RawResponse>;
  /** Sends what may be no HTTP. Returns what came back until the connection was closed. */
  send(text: string): Promise<string>;
  close(): Promise<void>;
}

export interface RawResponse {
  status: number;
  headers: http.IncomingHttpHeaders;
  body: string;
}

/** A console in this process, on a free port of loopback, that behaves as if it listened on `host`. */
export async function startConsole(
  configuration: Config | Record<string, string>,
  { host = '127.0.0.1', trustedProxies = [] as readonly string[] } = {},
): Promise<ConsoleServer> {
  const config = isConfig(configuration) ? configuration : loadConfig(configuration);
  const log = createLogger('console', 'silent');
  const backend = new Backend(config, log);
  await backend.open();
  const server = await createServer(
    backend,
    { token: TOKEN, host, trustedProxies },
    { log, version: VERSION },
  );
  const address = await server.listen({ host: '127.0.0.1', port: 0 });
  return {
    address,
    get: (path, headers = {}) => fetch(address + path, { headers }),
    raw: (path, options = {}) => rawRequest(address + path, options),
    send: (text) => exchange(Number(new URL(address).port), text),
    async close() {
      await server.close();
      await backend.close();
    },
  };
}

const isConfig = (configuration: Config | Record<string, string>): configuration is Config =>
  'batchRedisUrls' in configuration;

function rawRequest(url: string, options: http.RequestOptions): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const request = http.request(url, options, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(pieces).toString(),
        }),
      );
    });
    request.on('error', reject);
    request.end();
  });
}

async function exchange(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  const pieces: Buffer[] = [];
  for await (const piece of socket) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString();
}
