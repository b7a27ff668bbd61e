/**
 * What tests need of an S3 server that the store has no use for.
 */
import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { createClient, type S3Access } from './s3-client.ts';

/** Lets everyone list and read a bucket, without credentials. */
export async function makePublic(bucket: string, access: Omit<S3Access, 'region'>): Promise<void> {
  const client = createClient({ ...access, region: 'us-east-1' });
  const statement = {
    ...{ Effect: 'Allow', Principal: '*', Action: ['s3:ListBucket', 's3:GetObject'] },
    Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
  };
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
  client.destroy();
}
