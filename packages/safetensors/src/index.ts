/**
 * The safetensors format (https://github.com/huggingface/safetensors): 8 bytes of header length, a JSON header, then
 * the tensors' bytes. Written so that Python's `safetensors` reads it as it is.
 */
import { AlexnetError, formatValue } from '@alexnet/core';

/** A tensor in memory: its shape and its values in row-major order. */
export interface FloatTensor {
  shape: number[];
  data: Float32Array;
}

const HEADER_LIMIT = 16 * 1024 ** 2;
const ALIGNMENT = 8;
/** The one key of the header that is no tensor. */
const METADATA = '__metadata__';

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/**
 * The file as chunks, in order: the header, then each tensor in the order of the map, so a 500 MB file is never
 * copied whole.
 */
export function* serialise(
  tensors: ReadonlyMap<string, FloatTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Generator<Uint8Array> {
  const entries: [string, Entry | Record<string, string>][] = [];
  if (Object.keys(metadata).length > 0) entries.push([METADATA, { ...metadata }]);
  let offset = 0;
  for (const [name, { shape, data }] of tensors) {
    const count = shape.reduce((product, size) => product * size, 1);
    if (count !== data.length)
      throw new RangeError(`${name}: shape [${shape.join(', ')}] has ${count} values, not ${data.length}`);
    if (name === METADATA) throw new RangeError(`no tensor may be called ${METADATA}`);
    entries.push([name, { dtype: 'F32', shape, data_offsets: [offset, offset + data.byteLength] }]);
    offset += data.byteLength;
  }
  let json = JSON.stringify(Object.fromEntries(entries));
  // Padded with spaces, as the reference implementation does, so that the tensors begin aligned.
  json += ' '.repeat((ALIGNMENT - (Buffer.byteLength(json) % ALIGNMENT)) % ALIGNMENT);
  const head = Buffer.alloc(8 + Buffer.byteLength(json));
  head.writeBigUInt64LE(BigInt(head.length - 8));
  head.write(json, 8);
  yield head;
  for (const { data } of tensors.values())
    yield new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

/**
 * Reads a safetensors file of float32 tensors. They lie in the memory of `bytes` where that is theirs alone.
 * @throws FORMAT_INVALID for a header that is too long, no JSON, or names bytes outside the file, another dtype, or
 *   tensors that do not cover the file's bytes exactly
 */
export function parse(bytes: Uint8Array, what = 'the file'): Map<string, FloatTensor> {
  const { header, dataStart } = parseHeader(bytes, what);
  const available = bytes.length - dataStart;
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => [name, checkEntry(name, value, available, what)] as const);
  checkCover(
    entries.map(([, entry]) => entry.data_offsets),
    available,
    what,
  );
  const tensors = new Map<string, FloatTensor>();
  for (const [name, entry] of entries) {
    const [begin, end] = entry.data_offsets;
    tensors.set(name, { shape: entry.shape, data: floats(bytes, dataStart + begin, dataStart + end) });
  }
  return tensors;
}

/** In place where it can be: to copy the 150 MB of a layer would block the event loop for 100 ms. */
function floats(bytes: Uint8Array, begin: number, end: number): Float32Array {
  const alone = bytes.byteLength === bytes.buffer.byteLength;
  const aligned = begin % Float32Array.BYTES_PER_ELEMENT === 0;
  if (alone && aligned) return new Float32Array(bytes.buffer, begin, (end - begin) / 4);
  const data = new Float32Array((end - begin) / 4);
  new Uint8Array(data.buffer).set(bytes.subarray(begin, end));
  return data;
}

function parseHeader(
  bytes: Uint8Array,
  what: string,
): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < 8) throw invalid(what, 'at least 8 bytes', `${bytes.length} bytes`);
  const length = Number(Buffer.from(bytes.buffer, bytes.byteOffset, 8).readBigUInt64LE());
  if (length > HEADER_LIMIT || length > bytes.length - 8) {
    throw invalid(
      what,
      `a header of at most ${Math.min(HEADER_LIMIT, bytes.length - 8)} bytes`,
      `${length} bytes`,
    );
  }
  let header: unknown;
  try {
    header = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + 8, length).toString('utf8'));
  } catch (cause) {
    throw invalid(what, 'a JSON header', 'bytes that are no JSON', cause);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    throw invalid(what, 'a JSON object as header', formatValue(header));
  }
  return { header: header as Record<string, unknown>, dataStart: 8 + length };
}

function checkEntry(name: string, value: unknown, available: number, what: string): Entry {
  const entry = value as Partial<Entry> | null;
  const whole = (n: unknown): n is number => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0;
  if (
    typeof entry !== 'object' ||
    entry === null ||
    !Array.isArray(entry.shape) ||
    !entry.shape.every(whole) ||
    !Array.isArray(entry.data_offsets) ||
    !entry.data_offsets.every(whole)
  ) {
    throw invalid(what, `tensor ${name} with a shape and offsets`, formatValue(value));
  }
  if (entry.dtype !== 'F32') throw invalid(what, `tensor ${name} of dtype F32`, formatValue(entry.dtype));
  const [begin, end] = entry.data_offsets;
  const size = 4 * entry.shape.reduce((product, length) => product * length, 1);
  if (begin > end || end > available || end - begin !== size) {
    throw invalid(what, `tensor ${name} of ${size} bytes within ${available}`, `bytes ${begin} to ${end}`);
  }
  return entry as Entry;
}

/** Tensors that share bytes would take more memory than the file has. */
function checkCover(ranges: readonly (readonly [number, number])[], available: number, what: string): void {
  let covered = 0;
  for (const [begin, end] of ranges.toSorted(([a, b], [c, d]) => a - c || b - d)) {
    if (begin !== covered) throw invalid(what, `a tensor that begins at ${covered}`, `one at ${begin}`);
    covered = end;
  }
  if (covered !== available) throw invalid(what, `tensors of ${available} bytes`, `${covered} bytes`);
}

function invalid(what: string, expected: string, actual: string, cause?: unknown): AlexnetError {
  return new AlexnetError('FORMAT_INVALID', {
    expected: `${what} to be safetensors: ${expected}`,
    actual,
    remedy: 'The file is damaged or of another format; fetch or write it again.',
    cause,
  });
}
