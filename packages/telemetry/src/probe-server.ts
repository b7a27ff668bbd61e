import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AlexnetError, messageOf, type Config, type Logger } from '@alexnet/core';
import type { Metrics, MetricTable } from './metrics.ts';
import { readiness, type Check } from './readiness.ts';

export interface ProbeOptions {
  metrics: Pick<Metrics<MetricTable>, 'contentType' | 'format'>;
  log: Logger;
}

export interface ProbeServer {
  /** `http://host:port` */
  readonly address: string;
  /** From now on the process is ready where all of these hold; until then it is not, because it still starts. */
  started(checks: Readonly<Record<string, Check>>): void;
  close(): void;
}

/** A scraper, a kubelet, and a person or two. */
const MOST_CONNECTIONS = 32;
const REQUEST_MS = 5_000;

interface Answer {
  status: number;
  type: string;
  body: string;
}

/**
 * Serves `/metrics` for Prometheus, `/healthz` (200 as long as the process answers) and `/readyz` (200 while work
 * advances, else 503 with the reason). It changes nothing and shows no secret, so it asks for no token.
 * @returns undefined where the configuration names no port
 * @throws PROCESS_FAILED where it cannot listen
 */
export async function openProbes(
  { metricsPort: port, metricsHost: host }: Pick<Config, 'metricsPort' | 'metricsHost'>,
  { metrics, log }: ProbeOptions,
): Promise<ProbeServer | undefined> {
  if (port === undefined) return undefined;
  let checks: Readonly<Record<string, Check>> = { started: stillStarting };
  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
    (request, response) => {
      answer(request, { metrics, checks }).then(
        (sent) => send(response, request, sent),
        (error: unknown) => {
          log.warn({ error, path: request.url }, 'could not answer a probe');
          send(response, request, json(500, { error: messageOf(error) }));
        },
      );
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) => reject(cannotListen(host, port, cause)));
    server.listen({ host, port }, resolve);
  });
  server.on('error', (error) => log.warn({ error }, 'probes'));
  server.unref();
  const { address, family, port: taken } = server.address() as AddressInfo;
  return {
    address: `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}`,
    started(these) {
      checks = these;
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

const stillStarting = (): never => {
  throw new Error('it still starts');
};

async function answer(
  { method, url }: IncomingMessage,
  { metrics, checks }: Pick<ProbeOptions, 'metrics'> & { checks: Readonly<Record<string, Check>> },
): Promise<Answer> {
  if (method !== 'GET' && method !== 'HEAD') return json(405, { error: 'only GET and HEAD are answered' });
  switch (url?.split('?')[0] ?? '') {
    case '/metrics':
      return { status: 200, type: metrics.contentType, body: await metrics.format() };
    case '/healthz':
      return json(200, { status: 'ok' });
    case '/readyz': {
      const { isReady, answers } = await readiness(checks);
      return json(isReady ? 200 : 503, { status: isReady ? 'ready' : 'not ready', checks: answers });
    }
    default:
      return json(404, { error: 'expected /metrics, /healthz or /readyz' });
  }
}

const json = (status: number, body: object): Answer => ({
  ...{ status, type: 'application/json; charset=utf-8' },
  body: `${JSON.stringify(body)}\n`,
});

function send(response: ServerResponse, { method }: IncomingMessage, { status, type, body }: Answer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  response.end(method === 'HEAD' ? undefined : body);
}

const cannotListen = (host: string, port: number, cause: Error): AlexnetError =>
  new AlexnetError('PROCESS_FAILED', {
    expected: `to serve metrics on ${host}, port ${port}`,
    actual: cause.message,
    remedy: 'Choose another port with ALEXNET_METRICS_PORT; 0 takes a free one.',
    cause,
  });
