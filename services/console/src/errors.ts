import type { Socket } from 'node:net';
import { AlexnetError, ERRORS, messageOf, toAlexnetError, type ErrorCode, type Logger } from '@alexnet/core';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import * as z from 'zod';
import { ApiError, type Failure } from './api/schemas.ts';

/** HTTP statuses by code; a code that is not here is a failure of the server. */
const STATUSES: Partial<Record<ErrorCode, number>> = {
  ...{
    REQUEST_INVALID: 400,
    USAGE: 400,
    CONFIG_INVALID: 400,
    CONFIG_UNKNOWN_KEY: 400,
    NAME_INVALID: 400,
    SOURCE_LAYOUT: 400,
  },
  ...{ UNAUTHENTICATED: 401, ACCESS_DENIED: 403, TOO_MANY_REQUESTS: 429 },
  ...{ RUN_NOT_FOUND: 404, DATASET_NOT_FOUND: 404, CHECKPOINT_NOT_FOUND: 404, STEP_NOT_RECORDED: 404 },
  ...{ SOURCE_NOT_FOUND: 404, OBJECT_NOT_FOUND: 404 },
  ...{ RUN_EXISTS: 409, RUN_ACTIVE: 409, RUN_FINISHED: 409, RUN_UNFINISHED: 409, RUN_INACTIVE: 409 },
  ...{ DATASET_EXISTS: 409, DATASET_IN_USE: 409, DATASET_CHANGED: 409 },
  ...{ CHECKPOINT_CORRUPT: 422, OBJECT_CORRUPT: 422, FORMAT_INVALID: 422 },
  ...{ IMAGE_UNREADABLE: 422, CHECKPOINT_MISMATCH: 422 },
  ...{ REDIS_UNREACHABLE: 503, REDIS_FULL: 503, STORAGE_UNREACHABLE: 503, STORAGE_FAILED: 503 },
  ...{ TENSORFLOW_MISSING: 503 },
};

/** Redis and the store are asked again every few seconds. */
const RETRY_AFTER_SECONDS = 5;

const statusOf = (code: ErrorCode): number => STATUSES[code] ?? 500;

/** What a page or script is told of an error of a run, a dataset or a job. */
export const asFailure = ({ code, message, remedy }: AlexnetError): Failure => ({ code, message, remedy });

/**
 * Every error goes out in the form of {@link ApiError}, with a code of the error table, and the routes that are added from
 * now on document it. Another method of a path of the API is answered with 405.
 */
export function answerErrors(server: FastifyInstance, log: Logger): void {
  const paths = new PathsOfTheApi();
  server.addHook('onRoute', (route) => {
    if (route.schema === undefined || route.schema.hide === true) return;
    const success = (route.schema.response as object | undefined) ?? { 200: z.unknown() };
    route.schema.response = { ...success, '4xx': ERROR_RESPONSE, '5xx': ERROR_RESPONSE };
    paths.add(route.url, [route.method].flat());
  });
  server.setErrorHandler(errorHandler(log));
  server.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? '';
    const methods = paths.methodsOf(path).join(', ');
    const error = new AlexnetError('REQUEST_INVALID', {
      expected: methods === '' ? 'a path of the API (/api/docs lists them)' : `${methods} of ${path}`,
      actual: `${request.method} ${path}`,
      remedy: `Correct the ${methods === '' ? 'path' : 'method'}.`,
    });
    if (methods !== '') reply.header('allow', methods);
    return reply.status(methods === '' ? 404 : 405).send(bodyOf(error));
  });
}

/** JSON, whatever else the route produces. */
const ERROR_RESPONSE = {
  description: 'What was expected, what came, and what to do',
  content: { 'application/json': { schema: ApiError } },
};

/** Which methods a path of the API has, as requests spell it. */
class PathsOfTheApi {
  readonly #routes = new Map<string, { matches: RegExp; methods: Set<string> }>();

  add(url: string, methods: readonly string[]): void {
    const route = this.#routes.get(url) ?? { matches: patternOf(url), methods: new Set() };
    for (const method of methods) route.methods.add(method);
    this.#routes.set(url, route);
  }

  methodsOf(path: string): string[] {
    const found = [...this.#routes.values()].filter(({ matches }) => matches.test(path));
    return [...new Set(found.flatMap(({ methods }) => [...methods]))].sort();
  }
}

/** @param url as routes spell it, e.g. `/api/v1/runs/:run` */
function patternOf(url: string): RegExp {
  const parts = url.split('/').map((part) => (part.startsWith(':') ? '[^/]+' : part.replaceAll('.', '\\.')));
  return new RegExp(`^${parts.join('/')}$`);
}

/** Answers what a request failed with, also before it had a route. */
export const errorHandler =
  (log: Logger) =>
  (thrown: FastifyError, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const { error, status, body } = answerOf(thrown);
    if (status >= 500) log.error({ error, method: request.method, url: request.url }, 'request failed');
    if (status === 401) reply.header('www-authenticate', 'Bearer realm="alexnet console"');
    if (status === 503) reply.header('retry-after', RETRY_AFTER_SECONDS);
    return reply.status(status).send(body);
  };

/** Answers what is no HTTP, and ends the connection. */
export function refuseConnection(thrown: Error, socket: Socket): void {
  if (!socket.writable) return;
  const error = new AlexnetError('REQUEST_INVALID', {
    expected: 'an HTTP request with headers of at most 16 KB',
    actual: messageOf(thrown),
    remedy: 'Correct the request.',
  });
  const body = JSON.stringify(bodyOf(error));
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** What is answered to an error. */
export function answerOf(thrown: Error): { error: AlexnetError; status: number; body: ApiError } {
  const error = asAlexnetError(thrown as FastifyError);
  return { error, status: statusOf(error.code), body: bodyOf(error) };
}

function bodyOf(error: AlexnetError): ApiError {
  const { code, expected, actual, remedy } = error.toJSON();
  return { error: { code, message: ERRORS[code].summary, expected, actual, remedy } };
}

function asAlexnetError(thrown: FastifyError): AlexnetError {
  if (hasZodFastifySchemaValidationErrors(thrown)) {
    const [first] = thrown.validation;
    return new AlexnetError('REQUEST_INVALID', {
      expected: `${thrown.validationContext ?? 'request'} of its schema (/api/docs)`,
      actual: `${first?.instancePath || 'it'}: ${first?.message}`,
      remedy: 'Correct the request.',
    });
  }
  // Of Fastify itself: a body that is too large or no JSON, too many requests.
  if (thrown.statusCode === 429) return tooMany(thrown);
  if (thrown.statusCode !== undefined && thrown.statusCode >= 400 && thrown.statusCode < 500) {
    return new AlexnetError('REQUEST_INVALID', {
      expected: 'a request that the API accepts',
      actual: thrown.message,
      remedy: 'Correct the request; /api/docs describes the API.',
      cause: thrown,
    });
  }
  return toAlexnetError(thrown);
}

const tooMany = (thrown: FastifyError): AlexnetError =>
  new AlexnetError('TOO_MANY_REQUESTS', {
    expected: 'fewer requests',
    actual: thrown.message,
    remedy: 'Wait a moment, then try again.',
  });
