import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { NotificationEvent } from '@alexnet/pipeline';

/** A request as it came. */
export interface Received {
  method: string | undefined;
  path: string | undefined;
  headers: IncomingHttpHeaders;
  body: string;
  event: NotificationEvent;
}

/** A server that receives webhooks. */
export interface Receiver {
  url: string;
  received: Received[];
  /** Statuses of the next answers; 200 afterwards. */
  answers: number[];
  close: () => Promise<void>;
}

/** @param port a free one unless it is given */
export async function startReceiver(port = 0): Promise<Receiver> {
  const received: Received[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      const { method, url: path, headers } = request;
      received.push({ method, path, headers, body, event: JSON.parse(body) as NotificationEvent });
      const status = answers.shift() ?? 200;
      // Where a redirect would lead to.
      response.writeHead(status, { location: '/elsewhere' }).end('x'.repeat(100_000));
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?token=secret`,
    received,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
