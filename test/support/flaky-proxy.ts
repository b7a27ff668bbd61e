import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

/** What is done to one request. */
export interface Disturbance {
  /** The connection breaks after so many bytes of the answer's body (0: before its head); the server has done its work. */
  answerBytes?: number;
  /** This answer, without asking the server. */
  status?: number;
  /** The connections on both sides break after this share of the request's body. */
  uploaded?: number;
}

export interface Proxy {
  endpoint: string;
  /** Requests that came, e.g. "PUT". */
  seen: string[];
  stop: () => Promise<void>;
}

/**
 * Forwards requests to a server.
 * @param disturb what to do to the `count`th request of a method, from 1; undefined lets it pass
 */
export async function startProxy(
  target: string,
  disturb: (method: string, count: number) => Disturbance | undefined,
): Promise<Proxy> {
  const seen: string[] = [];
  const counts = new Map<string, number>();
  const { hostname, port } = new URL(target);
  const server = createServer((incoming, outgoing) => {
    const method = incoming.method ?? '';
    seen.push(method);
    const count = (counts.get(method) ?? 0) + 1;
    counts.set(method, count);
    const { status, answerBytes, uploaded } = disturb(method, count) ?? {};
    if (status !== undefined) {
      refuse(incoming, outgoing, status);
      return;
    }
    const options = { hostname, port, method, path: incoming.url, headers: incoming.headers };
    const forwarded = request(options, (answer) => void pass(answer, outgoing, answerBytes));
    // A client or a server that is gone: the other side is told by the end of its connection.
    forwarded.on('error', () => outgoing.destroy());
    incoming.on('error', () => forwarded.destroy());
    incoming.pipe(forwarded);
    if (uploaded !== undefined) {
      breakAfter(incoming, uploaded * Number(incoming.headers['content-length'] ?? 0), () => {
        forwarded.destroy();
        incoming.destroy();
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** What S3 says when it is asked for too much. */
function refuse(incoming: IncomingMessage, outgoing: ServerResponse, status: number): void {
  incoming.resume();
  incoming.on('error', () => undefined);
  incoming.on('end', () => {
    outgoing.writeHead(status, { 'content-type': 'application/xml' });
    outgoing.end('<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>');
  });
}

function breakAfter(incoming: IncomingMessage, bytes: number, breakOff: () => void): void {
  let came = 0;
  incoming.on('data', (chunk: Buffer) => {
    came += chunk.length;
    if (came >= bytes) breakOff();
  });
}

async function pass(
  answer: IncomingMessage,
  outgoing: ServerResponse,
  limit: number | undefined,
): Promise<void> {
  const body: Buffer[] = [];
  try {
    for await (const chunk of answer) body.push(chunk as Buffer);
  } catch {
    outgoing.destroy();
    return;
  }
  const whole = Buffer.concat(body);
  if (limit === 0) {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
  if (limit === undefined) outgoing.end(whole);
  else outgoing.write(whole.subarray(0, limit), () => outgoing.destroy());
}
