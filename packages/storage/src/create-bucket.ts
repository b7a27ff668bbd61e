import { aws } from './aws.ts';
import { statusOf } from './s3-errors.ts';

const ANSWER_MS = 5_000;

export interface BucketPlace {
  /** Of an S3-compatible server. */
  endpoint: string;
  bucket: string;
  credentials: { accessKeyId: string; secretAccessKey: string };
}

/**
 * Creates a bucket on a server of this machine, with one request.
 * @returns whether the bucket is there; false where the server does not answer, is not ready or refuses
 */
export async function createBucket({ endpoint, bucket, credentials }: BucketPlace): Promise<boolean> {
  const { S3Client, CreateBucketCommand } = aws();
  const requestHandler = { requestTimeout: ANSWER_MS, throwOnRequestTimeout: true };
  const client = new S3Client({
    ...{ endpoint, credentials, region: 'us-east-1', forcePathStyle: true },
    ...{ maxAttempts: 1, requestHandler },
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    return true;
  } catch (error) {
    // It is there already.
    return statusOf(error) === 409;
  } finally {
    client.destroy();
  }
}
