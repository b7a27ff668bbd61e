import type {
  FastifyBaseLogger,
  FastifyInstance,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import type { Audits } from '../audit/audits.ts';
import type { Backend } from '../backend.ts';
import type { RunHistories } from '../runs/run-histories.ts';
import type { RunIndex } from '../runs/run-index.ts';
import type { RunStreams } from '../runs/run-streams.ts';
import type { Predictions } from '../predict/predictions.ts';

/** A server whose routes take and return what their zod schemas say. */
export type Server = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  ZodTypeProvider
>;

/** What the routes share. */
export interface Parts {
  backend: Backend;
  runs: RunIndex;
  histories: RunHistories;
  streams: RunStreams;
  predictions: Predictions;
  audits: Audits;
  version: string;
}
