import { S3Client } from '@aws-sdk/client-s3';

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
}

export function createClient({ endpoint, region, credentials }: S3Access): S3Client {
  return new S3Client({
    region,
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(credentials === undefined ? {} : { credentials }),
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
}
