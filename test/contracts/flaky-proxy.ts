import { createServer, request, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';

export interface Proxy {
  endpoint: string;
  /** Requests forwarded, e.g. "PUT". */
  seen: string[];
  stop: () => Promise<void>;
}

/**
 * Forwards requests to a server. `cut` says after how many bytes of a response's body (0: before its head) the
 * connection is to break; undefined lets it pass. The server has done its work either way.
 */
export async function startProxy(
  target: string,
  cut: (method: string, count: number) => number | undefined,
): Promise<Proxy> {
  const seen: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const method = incoming.method ?? '';
    seen.push(method);
    const limit = cut(method, seen.filter((other) => other === method).length);
    const { hostname, port } = new URL(target);
    const options = { hostname, port, method, path: incoming.url, headers: incoming.headers };
    incoming.pipe(request(options, (answer) => void pass(answer, outgoing, limit)));
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

async function pass(
  answer: IncomingMessage,
  outgoing: ServerResponse,
  limit: number | undefined,
): Promise<void> {
  const body: Buffer[] = [];
  for await (const chunk of answer) body.push(chunk as Buffer);
  const whole = Buffer.concat(body);
  if (limit === 0) {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
  if (limit === undefined) outgoing.end(whole);
  else outgoing.write(whole.subarray(0, limit), () => outgoing.destroy());
}
