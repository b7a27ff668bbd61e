import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { crc32c } from '@aws-crypto/crc32c';
import { PbfWriter } from 'pbf';

/** Values of one step, by tag. */
export interface Scalars {
  /** Milliseconds since 1970. */
  at: number;
  step: number;
  values: Readonly<Record<string, number>>;
}

/** Records are written in pieces of about this size. */
const PIECE_BYTES = 64 * 1024;

/**
 * Writes an event file of TensorBoard: TFRecords of `tensorflow.Event` messages
 * (https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto). Values are float32 there. The file is
 * complete or not there at all.
 */
export async function writeEventFile(
  file: string,
  startedAt: number,
  scalars: AsyncIterable<Scalars> | Iterable<Scalars>,
): Promise<void> {
  const partial = `${file}.partial`;
  try {
    await pipeline(Readable.from(records(startedAt, scalars)), createWriteStream(partial));
    await rename(partial, file);
  } finally {
    await rm(partial, { force: true });
  }
}

async function* records(
  startedAt: number,
  scalars: AsyncIterable<Scalars> | Iterable<Scalars>,
): AsyncGenerator<Buffer> {
  let [pieces, bytes] = [[record(versionEvent(startedAt))], 0];
  for await (const each of scalars) {
    const next = record(scalarEvent(each));
    pieces.push(next);
    bytes += next.length;
    if (bytes < PIECE_BYTES) continue;
    yield Buffer.concat(pieces);
    [pieces, bytes] = [[], 0];
  }
  yield Buffer.concat(pieces);
}

/** Of `Event`: wall_time 1, step 2, file_version 3, summary 5. */
function versionEvent(at: number): Uint8Array {
  const event = new PbfWriter();
  event.writeDoubleField(1, at / 1000);
  event.writeStringField(3, 'brain.Event:2');
  return event.finish();
}

function scalarEvent({ at, step, values }: Scalars): Uint8Array {
  const event = new PbfWriter();
  event.writeDoubleField(1, at / 1000);
  event.writeVarintField(2, step);
  event.writeMessage(5, writeSummary, values);
  return event.finish();
}

/** Of `Summary`: value 1. */
function writeSummary(values: Scalars['values'], summary: PbfWriter): void {
  for (const value of Object.entries(values)) summary.writeMessage(1, writeValue, value);
}

/** Of `Summary.Value`: tag 1, simple_value 2. */
function writeValue([tag, value]: [string, number], message: PbfWriter): void {
  message.writeStringField(1, tag);
  message.writeFloatField(2, value);
}

/** A TFRecord: length (uint64), its checksum, the data, its checksum. */
function record(data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(12 + data.length + 4);
  bytes.writeBigUInt64LE(BigInt(data.length));
  bytes.writeUInt32LE(maskedChecksum(bytes.subarray(0, 8)), 8);
  bytes.set(data, 12);
  bytes.writeUInt32LE(maskedChecksum(data), 12 + data.length);
  return bytes;
}

/** CRC-32C, rotated and shifted, as TFRecords have it. */
function maskedChecksum(bytes: Uint8Array): number {
  const checksum = crc32c(bytes);
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
}
