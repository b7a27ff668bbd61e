import { createRequire } from 'node:module';
import path from 'node:path';
import { shownJobData } from '@alexnet/queues';
import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { FastifyAdapter } from '@bull-board/fastify';
import type { FastifyInstance } from 'fastify';
import type { Backend } from './backend.ts';
import { answerOf } from './errors.ts';

const PREFIX = '/queues';

/**
 * Every job of every queue, as bull-board shows it. It only shows: what changes jobs must know what they belong to, as the commands do.
 * Its files are those of `@bull-board/ui` on this machine.
 */
export async function serveQueues(server: FastifyInstance, backend: Backend): Promise<void> {
  const adapter = new FastifyAdapter();
  adapter.setBasePath(PREFIX);
  const board = createBullBoard({
    queues: [],
    serverAdapter: adapter,
    options: {
      uiBasePath: path.dirname(createRequire(import.meta.url).resolve('@bull-board/ui/package.json')),
      uiConfig: { boardTitle: 'alexnet queues', hideRedisDetails: true },
    },
  });
  adapter.setErrorHandler((error) => {
    const { status, body } = answerOf(error);
    // The type of bull-board lists only some statuses.
    return { status: status as 500, body };
  });
  let shown: unknown;
  await server.register(
    async (scope) => {
      scope.addHook('onRequest', (_, __, done) => {
        const { queues } = backend.reading;
        // Redis may come later than the console.
        if (queues === undefined) throw backend.noRedis;
        if (shown !== queues) {
          board.setQueues(
            queues.ofBullMq.map((queue) => {
              const adapted = new BullMQAdapter(queue, { readOnlyMode: true, allowRetries: false });
              adapted.setFormatter('data', shownJobData);
              return adapted;
            }),
          );
        }
        shown = queues;
        done();
      });
      scope.addHook('onSend', async (_, reply, payload) => {
        const isPage = String(reply.getHeader('content-type')).startsWith('text/html');
        if (!isPage || typeof payload !== 'string') return payload;
        reply.header('content-security-policy', PAGE_SECURITY);
        return withoutInline(payload);
      });
      await scope.register(adapter.registerPlugin());
    },
    { prefix: PREFIX },
  );
}

/** As that of the other pages, except that its addresses are relative to a base, which its own page states. */
const PAGE_SECURITY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "font-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join(';');

/** Without the fonts of another site, and without the inline styles of what is shown while the page loads. */
const withoutInline = (page: string): string =>
  page
    .replaceAll(/<link href="https:[^>]*>/g, '')
    .replaceAll(/<style>.*?<\/style>/gs, '')
    .replaceAll(/ style="[^"]*"/g, '');
