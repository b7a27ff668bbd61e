import { createHash, createHmac } from 'node:crypto';

export interface S3Credentials {
  accessKeyId: string;
  secretAccessKey: string;
}

const REGION = 'us-east-1';
const EMPTY_SHA256 = createHash('sha256').update('').digest('hex');

/**
 * Creates a bucket with one request, signed with AWS Signature Version 4 (the only S3 request that this package
 * makes; objects are the storage package's).
 * @returns whether the bucket is there; false while the server does not answer or is not ready
 */
export async function createBucket(
  endpoint: string,
  bucket: string,
  credentials: S3Credentials,
): Promise<boolean> {
  const date = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
  const headers = { host: new URL(endpoint).host, 'x-amz-content-sha256': EMPTY_SHA256, 'x-amz-date': date };
  const request = { method: 'PUT', path: `/${bucket}`, headers };
  try {
    const response = await fetch(`${endpoint}/${bucket}`, {
      method: 'PUT',
      headers: { ...headers, authorization: authorization(request, date, credentials) },
      signal: AbortSignal.timeout(5_000),
    });
    await response.arrayBuffer();
    // 409: it is there already.
    return response.ok || response.status === 409;
  } catch {
    return false;
  }
}

/** The Authorization header of a request without query and body. `headers` are in alphabetical order. */
function authorization(
  request: { method: string; path: string; headers: Record<string, string> },
  date: string,
  { accessKeyId, secretAccessKey }: S3Credentials,
): string {
  const names = Object.keys(request.headers).join(';');
  const lines = Object.entries(request.headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = [request.method, request.path, '', lines.join(''), names, EMPTY_SHA256].join('\n');
  const digest = createHash('sha256').update(canonical).digest('hex');
  const scope = `${date.slice(0, 8)}/${REGION}/s3/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', date, scope, digest].join('\n');
  let key: Buffer = Buffer.from(`AWS4${secretAccessKey}`);
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
  const signature = createHmac('sha256', key).update(toSign).digest('hex');
  return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope},SignedHeaders=${names},Signature=${signature}`;
}
