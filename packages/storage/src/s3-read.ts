import { createHash } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3';
import { AlexnetError } from '@alexnet/core';
import { aws } from './aws.ts';
import { statusOf } from './s3-errors.ts';

/** The SDK repeats requests, but not the reading of a body that breaks off. */
const BODY_ATTEMPTS = 4;
const FIRST_WAIT_MS = 200;
const VERSION_ATTEMPTS = 20;
const PIECE_BYTES = 16 * 1024 ** 2;

export interface ObjectAddress {
  Bucket: string;
  Key: string;
}

/**
 * An object, or `length` bytes of it from `offset` on, whole in memory. What the headers leave out or get wrong does
 * not matter: bodies are read to their end, and a server that ignores the range is read past it.
 * @returns of a range that ends behind the object, what there is of it
 */
export async function receive(
  client: S3Client,
  address: ObjectAddress,
  range?: { offset: number; length: number },
): Promise<{ body: Buffer; etag: string }> {
  const Range = range && `bytes=${range.offset}-${range.offset + range.length - 1}`;
  for (let attempt = 1; ; attempt += 1) {
    const response = await client.send(new (aws().GetObjectCommand)({ ...address, Range }));
    try {
      const body = await collect(response);
      await refuseCompressed(client, address, response, body.length);
      return { body: range === undefined ? body : partOf(response, body, range), etag: response.ETag ?? '' };
    } catch (error) {
      if (attempt === BODY_ATTEMPTS || error instanceof AlexnetError || statusOf(error) !== undefined)
        throw error;
      await sleep(FIRST_WAIT_MS * 2 ** (attempt - 1));
    }
  }
}

/** Bytes of an object whose `HEAD` does not say. */
export async function measure(client: S3Client, address: ObjectAddress): Promise<number> {
  const response = await client
    .send(new (aws().GetObjectCommand)({ ...address, Range: 'bytes=0-0' }))
    .catch((error: unknown) => {
      if (statusOf(error) === 416) return undefined;
      throw error;
    });
  if (response === undefined) return 0;
  const body = await collect(response);
  return Number(/\/(\d+)$/.exec(response.ContentRange ?? '')?.[1] ?? body.length);
}

const isPart = ({ $metadata }: GetObjectCommandOutput): boolean => $metadata.httpStatusCode === 206;

function partOf(
  response: GetObjectCommandOutput,
  body: Buffer,
  { offset, length }: { offset: number; length: number },
): Buffer {
  if (!isPart(response)) return body.subarray(offset, offset + length);
  const begin = firstByte(response) ?? offset;
  if (begin === offset) return body;
  throw new Error(`the server sent a range from ${begin} instead of ${offset} on`);
}

function firstByte({ ContentRange }: GetObjectCommandOutput): number | undefined {
  const begin = /^bytes (\d+)-/.exec(ContentRange ?? '')?.[1];
  return begin === undefined ? undefined : Number(begin);
}

/**
 * A `Content-Encoding` is kept with an object by who wrote it, and then says nothing of how it is sent. Or a proxy
 * compressed the answer: then its size is another one than the object's.
 */
async function refuseCompressed(
  client: S3Client,
  address: ObjectAddress,
  response: GetObjectCommandOutput,
  bytes: number | undefined,
): Promise<void> {
  const encoding = response.ContentEncoding ?? '';
  if (encoding === '' || encoding === 'identity' || encoding === 'aws-chunked' || isPart(response)) return;
  const { ContentLength } = await client.send(new (aws().HeadObjectCommand)(address));
  if (bytes !== undefined && ContentLength === bytes) return;
  throw new AlexnetError('STORAGE_FAILED', {
    expected: `${address.Key} as it was written`,
    actual: `an answer with Content-Encoding: ${encoding}, of another size than the object`,
    remedy: 'A proxy compresses what the store answers: turn that off.',
  });
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

/** The whole body. Into one buffer as it comes, where its size is known. */
async function collect({ Body, ContentLength }: GetObjectCommandOutput): Promise<Buffer> {
  if (ContentLength === undefined) return await join(Body as Readable);
  const body = Buffer.allocUnsafe(ContentLength);
  let size = 0;
  for await (const chunk of Body as Readable) {
    size += (chunk as Buffer).length;
    if (size <= body.length) (chunk as Buffer).copy(body, size - (chunk as Buffer).length);
  }
  if (size !== body.length) throw new Error(`the connection ended after ${size} of ${body.length} bytes`);
  return body;
}

/** Joining the chunks of a large object in one go would block the event loop. */
async function join(chunks: AsyncIterable<unknown>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(chunk as Buffer);
  const body = Buffer.allocUnsafe(parts.reduce((sum, { length }) => sum + length, 0));
  let size = 0;
  for (const part of parts) {
    const before = size;
    size += part.copy(body, size);
    if (Math.floor(size / PIECE_BYTES) > Math.floor(before / PIECE_BYTES)) await nextTurn();
  }
  return body;
}

/** Asks for an object; {@link resuming} reads it. */
export async function begin(client: S3Client, address: ObjectAddress): Promise<GetObjectCommandOutput> {
  const response = await client.send(new (aws().GetObjectCommand)(address));
  await refuseCompressed(client, address, response, response.ContentLength);
  return response;
}

/** The chunks of an object whose first response is there; a body that breaks off is resumed where it ended. */
export async function* resuming(
  client: S3Client,
  address: ObjectAddress,
  first: GetObjectCommandOutput,
): AsyncGenerator<Buffer> {
  const total = first.ContentLength;
  let response = first;
  let done = 0;
  /** Bytes that a server which ignores ranges sends again. */
  let known = 0;
  for (let attempt = 1; ; attempt += 1) {
    const before = done;
    try {
      for await (const chunk of response.Body as Readable) {
        const fresh = (chunk as Buffer).subarray(Math.min(known, (chunk as Buffer).length));
        known -= (chunk as Buffer).length - fresh.length;
        done += fresh.length;
        if (fresh.length > 0) yield fresh;
      }
      // Without a size the end of the body is known by its encoding, or by that of the connection.
      if (total === undefined || done === total) return;
      throw new Error(`the connection ended after ${done} of ${total} bytes`);
    } catch (error) {
      if (done > before) attempt = 1;
      if (attempt === BODY_ATTEMPTS) throw error;
    }
    await sleep(FIRST_WAIT_MS * 2 ** (attempt - 1));
    // Under the same etag, so that two versions of an object are never joined.
    const rest = { ...address, Range: `bytes=${done}-`, IfMatch: first.ETag };
    try {
      response = await client.send(new (aws().GetObjectCommand)(rest));
    } catch (error) {
      // Only its end was missing.
      if (total === undefined && done > 0 && statusOf(error) === 416) return;
      throw error;
    }
    known = isPart(response) ? done - (firstByte(response) ?? done) : done;
    if (known < 0) throw new Error(`the server sent a range that begins behind ${done}`);
  }
}
