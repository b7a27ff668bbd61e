import type { CompletedPart, S3Client } from '@aws-sdk/client-s3';
import { aws } from './aws.ts';
import type { ObjectAddress } from './s3-read.ts';

/** At 10,000 parts, the most that S3 takes, this allows objects of 78 GiB. */
const PART_BYTES = 8 * 1024 ** 2;
const PARTS_AT_ONCE = 4;

/**
 * Writes an object from a stream, in parts where it is longer than one. The parts go through a few buffers that are
 * used again: with @aws-sdk/lib-storage, which joins each part again, collecting the garbage of a 500 MB checkpoint
 * stopped the event loop for 100 ms at a time. When it fails the parts are discarded.
 * @returns the etag
 */
export async function uploadStream(
  client: S3Client,
  address: ObjectAddress,
  Metadata: Record<string, string>,
  body: AsyncIterable<Uint8Array>,
): Promise<string> {
  const upload = new PartUpload(client, address, Metadata);
  try {
    for await (const chunk of body) await upload.write(chunk);
    return await upload.complete();
  } catch (error) {
    await upload.abort();
    throw error;
  }
}

class PartUpload {
  readonly #client: S3Client;
  readonly #address: ObjectAddress;
  readonly #metadata: Record<string, string>;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #free: Buffer[] = [];
  readonly #done: CompletedPart[] = [];
  #buffer: Buffer = Buffer.allocUnsafe(PART_BYTES);
  #filled = 0;
  #parts = 0;
  #uploadId: string | undefined;
  #failure: { error: unknown } | undefined;

  constructor(client: S3Client, address: ObjectAddress, metadata: Record<string, string>) {
    this.#client = client;
    this.#address = address;
    this.#metadata = metadata;
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let begin = 0; begin < chunk.length;) {
      if (this.#filled === PART_BYTES) await this.#send();
      const piece = chunk.subarray(begin, begin + PART_BYTES - this.#filled);
      this.#buffer.set(piece, this.#filled);
      this.#filled += piece.length;
      begin += piece.length;
    }
  }

  async complete(): Promise<string> {
    if (this.#uploadId === undefined) {
      const Body = this.#buffer.subarray(0, this.#filled);
      const request = { ...this.#address, Metadata: this.#metadata, Body };
      return (await this.#client.send(new (aws().PutObjectCommand)(request))).ETag ?? '';
    }
    await this.#send();
    while (this.#inFlight.size > 0) await this.#oneLanded();
    const Parts = this.#done.sort((a, b) => (a.PartNumber ?? 0) - (b.PartNumber ?? 0));
    const request = { ...this.#address, UploadId: this.#uploadId, MultipartUpload: { Parts } };
    return (await this.#client.send(new (aws().CompleteMultipartUploadCommand)(request))).ETag ?? '';
  }

  async abort(): Promise<void> {
    // A part that lands after the abort would stay.
    await Promise.all(this.#inFlight);
    if (this.#uploadId === undefined) return;
    const request = { ...this.#address, UploadId: this.#uploadId };
    // What made the upload fail is what matters; where it also keeps this from arriving, nothing can be done.
    await this.#client.send(new (aws().AbortMultipartUploadCommand)(request)).catch(() => undefined);
  }

  /** Sends the buffer off as the next part and provides another one, waiting where enough parts are under way. */
  async #send(): Promise<void> {
    if (this.#uploadId === undefined) {
      const request = { ...this.#address, Metadata: this.#metadata };
      this.#uploadId = (await this.#client.send(new (aws().CreateMultipartUploadCommand)(request))).UploadId;
    }
    this.#parts += 1;
    const flight = this.#sendPart(this.#parts, this.#buffer, this.#filled).finally(() =>
      this.#inFlight.delete(flight),
    );
    this.#inFlight.add(flight);
    if (this.#inFlight.size === PARTS_AT_ONCE) await this.#oneLanded();
    this.#buffer = this.#free.pop() ?? Buffer.allocUnsafe(PART_BYTES);
    this.#filled = 0;
  }

  /** Never rejects: a failure is kept for the next caller that waits. */
  async #sendPart(PartNumber: number, buffer: Buffer, filled: number): Promise<void> {
    const request = {
      ...this.#address,
      UploadId: this.#uploadId,
      PartNumber,
      Body: buffer.subarray(0, filled),
    };
    try {
      const { ETag } = await this.#client.send(new (aws().UploadPartCommand)(request));
      this.#done.push({ PartNumber, ETag });
      this.#free.push(buffer);
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  async #oneLanded(): Promise<void> {
    await Promise.race(this.#inFlight);
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
