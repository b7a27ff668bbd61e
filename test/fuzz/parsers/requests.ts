import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { ApiError, Backend, createServer } from '@alexnet/console/testing';
import { AlexnetError, createLogger, loadConfig, type ErrorCode } from '@alexnet/core';
import { makeDataset } from '@alexnet/datasets/testing';
import { startRedis } from '@alexnet/local';
import { openPipeline } from '@alexnet/pipeline';
import * as z from 'zod';
import { drawShapes } from '../../support/pictures.ts';
import { addRun, saveCheckpoints } from '../../support/saved-run.ts';
import { json, type Parser } from '../parser.ts';

const TOKEN = 'the-token-of-this-parser';
const RUN = '/api/v1/runs/r';
const DATASET = '/api/v1/datasets/d';

const READS = [
  ...[
    '/api/v1/session',
    '/api/v1/status',
    '/api/v1/jobs/failed',
    '/api/v1/profiles',
    '/api/v1/profiles/demo',
  ],
  ...['/api/v1/runs?limit=10&cursor=q', RUN, `${RUN}/history?from=1&to=5&points=10`, `${RUN}/history.csv`],
  ...[`${RUN}/events`, `${RUN}/batches/2`, `${RUN}/batches/2/images/1/seen.png`, `${RUN}/evaluations`],
  ...[`${RUN}/filters.png?checkpoint=best`, `${RUN}/checkpoints/4/model.safetensors`],
  ...['/api/v1/datasets', DATASET, `${DATASET}/samples?split=val&limit=3`, `${DATASET}/samples/train/1.png`],
  ...[`${DATASET}/mean.png`, `${DATASET}/quarantine?limit=5&cursor=0`, `${DATASET}/duplicates?limit=5`],
];

/** Of what is not there, so that the inputs after it find what those before it found. */
const CHANGES = [
  ['POST', '/api/v1/runs', { dataset: 'gone', run: 'new', profile: 'demo', set: ['epochs=2'], seed: 3 }],
  ['POST', `${RUN}/stop`, undefined],
  ['POST', `${RUN}/resume`, { checkpoint: 4, set: [] }],
  ['POST', `${RUN}/evaluate`, { checkpoint: 'best', views: 10 }],
  ['DELETE', '/api/v1/runs/gone', { confirm: 'gone' }],
  ['POST', '/api/v1/datasets', { name: 'd', source: '/pictures', valFraction: 0.2, seed: 1 }],
  ['DELETE', '/api/v1/datasets/gone', { confirm: 'gone' }],
  ['POST', '/api/v1/runs/gone/predict/samples?checkpoint=best', { ids: [0, 1] }],
] as const;

/** What goes into a request line; whatever is no address of a server is one of this server. */
const addressOf = (text: string): string => `/${text.replace(/^[/\\]+/, '')}`;

const Request = z.object({
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']).catch('GET'),
  url: z.string().catch('/').transform(addressOf),
  authorization: z.string().optional().catch(undefined),
  body: z.json().optional(),
});

/** The console: what it answers to requests, all of them with a Redis and a store that work. */
export const requests: Parser = {
  name: 'console-requests',
  async open(folder) {
    const redis = await startRedis({
      ...{ cacheDir: loadConfig().cacheDir, dataDir: path.join(folder, 'redis'), appendOnly: false },
    });
    const config = loadConfig({
      REDIS_URL: redis.url,
      STORAGE_URL: pathToFileURL(path.join(folder, 'store')).href,
    });
    const pipeline = await openPipeline(config);
    const source = await drawShapes(path.join(folder, 'source'), { train: 3, val: 1 });
    await makeDataset(pipeline.store, {
      ...{ name: 'd', source, valFraction: 0, seed: 1, shardSize: 8, side: 256 },
    });
    await addRun(pipeline, 'r');
    await saveCheckpoints(pipeline, 'r');
    const log = createLogger('fuzz', 'silent');
    const backend = new Backend(config, log);
    await backend.open();
    const server = await createServer(
      backend,
      { token: TOKEN, host: '127.0.0.1', trustedProxies: [] },
      { log, version: '0' },
    );
    const authorization = `Bearer ${TOKEN}`;
    let requestsMade = 0;
    return {
      documents: [
        ...READS.map((url) => json({ method: 'GET', url, authorization })),
        ...CHANGES.map(([method, url, body]) => json({ method, url, authorization, body })),
      ],
      async read(bytes) {
        const { method, url, authorization: given, body } = requestOf(bytes);
        const response = await server.inject({
          ...{ method, url, payloadAsStream: true },
          // From many clients, so that none of them asks too often.
          remoteAddress: `127.0.${(requestsMade >> 8) & 255}.${requestsMade++ & 255}`,
          headers: { host: '127.0.0.1', ...(given === undefined ? {} : { authorization: given }) },
          ...(body === undefined ? {} : { body: body as object }),
        });
        const stream = response.stream();
        // A stream of events has no end.
        if (String(response.headers['content-type']).startsWith('text/event-stream')) {
          stream.destroy();
          return;
        }
        const pieces: Buffer[] = [];
        for await (const piece of stream) pieces.push(piece as Buffer);
        if (response.statusCode < 400) return;
        const { error } = ApiError.parse(JSON.parse(Buffer.concat(pieces).toString()));
        if (response.statusCode >= 500) throw new Error(`${response.statusCode}: ${JSON.stringify(error)}`);
        throw new AlexnetError(error.code as ErrorCode, error);
      },
    };
  },
};

/** What is no request is one for the address that it has instead. */
function requestOf(bytes: Buffer): z.infer<typeof Request> {
  const text = bytes.toString();
  try {
    return Request.parse(JSON.parse(text));
  } catch {
    return { method: 'GET', url: addressOf(text), authorization: undefined };
  }
}
