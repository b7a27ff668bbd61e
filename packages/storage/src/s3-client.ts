import { channel, subscribe } from 'node:diagnostics_channel';
import type { S3Client } from '@aws-sdk/client-s3';
import { aws } from './aws.ts';
import { StreamHash } from './hashing.ts';

/** Tries of one request. With waits that double from 0.1 s an absent server is given up after 3 to 6 s. */
const MAX_ATTEMPTS = 7;
const CONNECT_MS = 3_000;
/** A connection on which nothing moves for this long is given up. */
const IDLE_MS = 30_000;
const SOCKETS = 64;

export interface S3Access {
  /** Address of the server; AWS where undefined. */
  endpoint?: string | undefined;
  region: string;
  /** From the environment or instance role unless given. */
  credentials?: { accessKeyId: string; secretAccessKey: string } | undefined;
  /** Of the files of the AWS tools on this machine (`~/.aws`), instead of the environment. */
  profile?: string | undefined;
  /** Requests are not signed: for buckets that everyone may read. */
  anonymous?: boolean | undefined;
}

const UNSIGNED = {
  credentials: { accessKeyId: '', secretAccessKey: '' },
  signer: { sign: <T>(request: T): Promise<T> => Promise.resolve(request) },
};

export function createClient({ endpoint, region, credentials, profile, anonymous }: S3Access): S3Client {
  const client = new (aws().S3Client)({
    region,
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(profile === undefined ? {} : { profile }),
    ...(anonymous === true ? UNSIGNED : {}),
    maxAttempts: MAX_ATTEMPTS,
    retryMode: 'standard',
    // Newer checksums are unknown to some servers; bodies are covered by the signature's SHA-256 already.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      socketTimeout: IDLE_MS,
      httpAgent: { keepAlive: true, maxSockets: SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: SOCKETS },
    },
  });
  hashInTurns(client);
  askForPlainBodies(client);
  reportRetries(client);
  return client;
}

/** So that no proxy compresses them. After the signing, since proxies may change this header. */
function askForPlainBodies(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers['accept-encoding'] = 'identity';
      return next(args);
    },
    { step: 'deserialize', name: 'askForPlainBodies', priority: 'low' },
  );
}

const RETRIES = 'alexnet:store:retry';
const retries = channel(RETRIES);

/** Calls `listener` for each request to an S3 server of this process that is tried again. */
export function onRetry(listener: () => void): void {
  subscribe(RETRIES, listener);
}

/** The SDK numbers the tries of a request in a header: `attempt=2; max=7`. */
function reportRetries(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      const attempt = Number(/attempt=(\d+)/.exec(headers['amz-sdk-request'] ?? '')?.[1] ?? 1);
      if (attempt > 1) retries.publish({ attempt });
      return next(args);
    },
    { step: 'deserialize', name: 'reportRetries', priority: 'low' },
  );
}

/**
 * Gives the signer the SHA-256 of a body, made in pieces between which the event loop turns. Left to itself it
 * hashes the whole body at once, several bodies in a row.
 */
function hashInTurns(client: S3Client): void {
  client.middlewareStack.add(
    (next) => async (args) => {
      const { body, headers } = args.request as { body?: unknown; headers: Record<string, string> };
      if (body instanceof Uint8Array) {
        const hash = new StreamHash();
        await hash.update(body);
        headers['x-amz-content-sha256'] = hash.digest();
      }
      return next(args);
    },
    { step: 'build', name: 'hashInTurns' },
  );
}
