import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { AlexnetError } from '@alexnet/core';
import { statusOf } from './s3-errors.ts';

/** The SDK repeats requests, but not the reading of a body that breaks off. */
const BODY_ATTEMPTS = 4;
const FIRST_WAIT_MS = 200;
const VERSION_ATTEMPTS = 20;

export interface ObjectAddress {
  Bucket: string;
  Key: string;
}

/** An object, or the part of it that `Range` names (`bytes=0-9`), whole in memory. */
export async function receive(
  client: S3Client,
  address: ObjectAddress,
  Range?: string,
): Promise<{ body: Buffer; etag: string }> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await client.send(new GetObjectCommand({ ...address, Range }));
    try {
      return { body: await collect(response), etag: response.ETag ?? '' };
    } catch (error) {
      if (attempt === BODY_ATTEMPTS || statusOf(error) !== undefined) throw error;
      await sleep(FIRST_WAIT_MS * 2 ** (attempt - 1));
    }
  }
}

/**
 * A small object whose body and etag belong together. versitygw reads the two one after the other, so that a write
 * in between separates them, and a conditional write would replace what was never read. Where an etag is the MD5
 * of the body (AWS: of a single part, not under KMS) that proves it; else the same answer must come twice.
 */
export async function receiveVersion(
  client: S3Client,
  address: ObjectAddress,
): Promise<{ body: Buffer; etag: string }> {
  let read = await receive(client, address);
  for (let attempt = 1; attempt < VERSION_ATTEMPTS; attempt += 1) {
    const md5 = createHash('md5').update(read.body).digest('hex');
    if (read.etag === `"${md5}"`) return read;
    const again = await receive(client, address);
    if (again.etag === read.etag && again.body.equals(read.body)) return again;
    read = again;
  }
  throw new AlexnetError('STORAGE_FAILED', {
    expected: `one version of ${address.Key}`,
    actual: `another one each of ${VERSION_ATTEMPTS} times`,
    remedy: 'Another process rewrites it all the time; stop it, then try again.',
  });
}

/** Into one buffer as it comes: joining the chunks of a large object at the end would block the event loop. */
async function collect(response: GetObjectCommandOutput): Promise<Buffer> {
  const body = Buffer.allocUnsafe(response.ContentLength ?? 0);
  let size = 0;
  for await (const chunk of response.Body as Readable) size += (chunk as Buffer).copy(body, size);
  if (size !== body.length) throw new Error(`the connection ended after ${size} of ${body.length} bytes`);
  return body;
}

/** The chunks of an object whose first response is there; a body that breaks off is resumed where it ended. */
export async function* resuming(
  client: S3Client,
  address: ObjectAddress,
  first: GetObjectCommandOutput,
): AsyncGenerator<Buffer> {
  const total = first.ContentLength ?? 0;
  let response = first;
  let done = 0;
  for (let attempt = 1; ; attempt += 1) {
    const before = done;
    try {
      for await (const chunk of response.Body as Readable) {
        done += (chunk as Buffer).length;
        yield chunk as Buffer;
      }
      if (done === total) return;
      throw new Error(`the connection ended after ${done} of ${total} bytes`);
    } catch (error) {
      if (done > before) attempt = 1;
      if (attempt === BODY_ATTEMPTS) throw error;
    }
    await sleep(FIRST_WAIT_MS * 2 ** (attempt - 1));
    // Under the same etag, so that two versions of an object are never joined.
    const rest = { ...address, Range: `bytes=${done}-`, IfMatch: first.ETag };
    response = await client.send(new GetObjectCommand(rest));
  }
}
