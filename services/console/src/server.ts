import path from 'node:path';
import compress from '@fastify/compress';
import cookie from '@fastify/cookie';
import etag from '@fastify/etag';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import fastifyStatic from '@fastify/static';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { Logger } from '@alexnet/core';
import fastify, { type FastifyInstance } from 'fastify';
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod';
import { auditRoutes } from './api/audit-routes.ts';
import { datasetListRoutes } from './api/dataset-list-routes.ts';
import { datasetRoutes } from './api/dataset-routes.ts';
import { downloadRoutes } from './api/download-routes.ts';
import type { Parts } from './api/parts.ts';
import { predictionRoutes } from './api/prediction-routes.ts';
import { profileRoutes } from './api/profile-routes.ts';
import { runChangeRoutes } from './api/run-change-routes.ts';
import { runRoutes } from './api/run-routes.ts';
import { systemRoutes } from './api/system-routes.ts';
import { Audits } from './audit/audits.ts';
import type { Backend } from './backend.ts';
import { answerErrors, errorHandler, refuseConnection } from './errors.ts';
import { PipelineMetrics } from './metrics.ts';
import { Predictions } from './predict/predictions.ts';
import { serveQueues } from './queues-page.ts';
import { RunIndex } from './runs/run-index.ts';
import { RunHistories } from './runs/run-histories.ts';
import { RunStreams } from './runs/run-streams.ts';
import { guard, type Access } from './security.ts';

const BODY_LIMIT_BYTES = 256 * 1024;
/** From one address: a page with eight runs in it asks about ten times a second. */
const REQUESTS_A_MINUTE = 6_000;
/** Of a name in a path, decoded: of datasets and runs. */
const NAME_LIMIT = 100;
const PAGE = path.join(import.meta.dirname, 'page');

/** The console: its API under /api/v1, its page, and the page of the API at /api/docs. Listens after `listen`. */
export async function createServer(
  backend: Backend,
  access: Access,
  { log, version }: { log: Logger; version: string },
): Promise<FastifyInstance> {
  const server = fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    trustProxy: access.trustedProxies.length > 0 && [...access.trustedProxies],
    routerOptions: { maxParamLength: NAME_LIMIT },
    // Streams would keep it open.
    forceCloseConnections: true,
    frameworkErrors: (error, request, reply) => {
      void errorHandler(log)(error, request, reply);
    },
    clientErrorHandler: refuseConnection,
  });
  server.setValidatorCompiler(validatorCompiler);
  server.setSerializerCompiler(serializerCompiler);
  answerErrors(server, log);
  await server.register(cookie);
  await server.register(helmet, { contentSecurityPolicy: CONTENT_SECURITY, hsts: false });
  await server.register(rateLimit, { max: REQUESTS_A_MINUTE, timeWindow: '1 minute' });
  await server.register(compress, { threshold: 1024, encodings: ['gzip'] });
  await server.register(etag);
  guard(server, access);
  await server.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'alexnet console',
        version,
        description: 'Runs, datasets and workers of an alexnet pipeline. Changes need the token.',
      },
      components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    },
    transform: jsonSchemaTransform,
  });
  await server.register(swaggerUi, { routePrefix: '/api/docs', staticCSP: true });
  const histories = new RunHistories(backend);
  const runs = new RunIndex(backend, histories);
  // So that the first page does not wait for it.
  runs.rows().catch(() => undefined);
  const streams = new RunStreams(backend);
  const predictions = new Predictions(backend.config, log);
  const audits = new Audits(backend.config, log);
  server.addHook('onClose', async () => {
    streams.close();
    await Promise.all([predictions.close(), audits.close()]);
  });
  const parts: Parts = { backend, runs, histories, streams, predictions, audits, version };
  healthRoutes(server, backend);
  const metrics = new PipelineMetrics(backend);
  server.get('/metrics', { schema: { hide: true } }, async (_, reply) =>
    reply.type(metrics.contentType).send(await metrics.read()),
  );
  server.get('/api/openapi.json', { schema: { hide: true } }, () => server.swagger());
  for (const routes of [
    ...[systemRoutes, runRoutes, runChangeRoutes, downloadRoutes, auditRoutes, predictionRoutes],
    ...[datasetRoutes, datasetListRoutes, profileRoutes],
  ])
    await server.register((scope) => routes(scope.withTypeProvider<ZodTypeProvider>(), parts), {
      prefix: '/api/v1',
    });
  await serveQueues(server, backend);
  await servePage(server);
  return server;
}

/** Alive: it answers. Ready: the store and Redis answer too. */
function healthRoutes(server: FastifyInstance, backend: Backend): void {
  server.get('/healthz', { schema: { hide: true } }, () => ({ status: 'ok' }));
  server.get('/readyz', { schema: { hide: true } }, async (_, reply) => {
    const redis = await backend.ask(({ redis: connection }) => connection.ping());
    await backend.store.folders('runs/');
    const isReady = redis !== undefined;
    return await reply
      .status(isReady ? 200 : 503)
      .send({ status: isReady ? 'ready' : 'Redis does not answer' });
  });
}

const CONTENT_SECURITY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:', 'blob:'],
    connectSrc: ["'self'"],
    fontSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
};

/** The files of the page, and the page itself for its own addresses. */
async function servePage(server: FastifyInstance): Promise<void> {
  await server.register(fastifyStatic, {
    root: PAGE,
    // Their names have a digest of their content.
    immutable: true,
    maxAge: '30d',
    index: false,
  });
  for (const address of [
    '/',
    '/runs/:name',
    '/datasets',
    '/datasets/:name',
    '/workers',
    '/compare',
    '/predict',
  ])
    server.get(address, { schema: { hide: true } }, (_, reply) =>
      reply.sendFile('index.html', { maxAge: 0, immutable: false }),
    );
}
