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

/** The types of numbers that can be written and read, by their names in the format. */
const ARRAYS = { F32: Float32Array, F64: Float64Array, U32: Uint32Array };
type DType = keyof typeof ARRAYS;

/** A tensor of one of the types of numbers. */
export interface NumericTensor {
  shape: number[];
  data: Float32Array | Float64Array | Uint32Array;
}

/** A file with its tensors and the texts of its `__metadata__`. */
export interface SafetensorsFile {
  tensors: Map<string, NumericTensor>;
  metadata: Record<string, string>;
}

const HEADER_LIMIT = 16 * 1024 ** 2;
const ALIGNMENT = 8;
/** The one key of the header that is no tensor. */
const METADATA = '__metadata__';

interface Entry {
  dtype: DType;
  shape: number[];
  data_offsets: [number, number];
}

/**
 * The file as chunks, in order: the header, then each tensor in the order of the map, so a 500 MB file is never
 * copied whole.
 */
export function* serialise(
  tensors: ReadonlyMap<string, NumericTensor>,
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
    entries.push([name, { dtype: dtypeOf(data), shape, data_offsets: [offset, offset + data.byteLength] }]);
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
  return parseFile(bytes, what, ['F32']).tensors as Map<string, FloatTensor>;
}

/**
 * Reads a safetensors file of float32, float64 and uint32 tensors with its metadata, like {@link parse}.
 * @throws FORMAT_INVALID
 */
export function parseNumeric(bytes: Uint8Array, what = 'the file'): SafetensorsFile {
  return parseFile(bytes, what, Object.keys(ARRAYS) as DType[]);
}

function parseFile(bytes: Uint8Array, what: string, dtypes: readonly DType[]): SafetensorsFile {
  const { header, dataStart } = parseHeader(bytes, what);
  const available = bytes.length - dataStart;
  const entries = Object.entries(header)
    .filter(([name]) => name !== METADATA)
    .map(([name, value]) => [name, checkEntry(name, value, { available, what, dtypes })] as const);
  checkCover(
    entries.map(([, entry]) => entry.data_offsets),
    available,
    what,
  );
  const tensors = new Map<string, NumericTensor>();
  for (const [name, { dtype, shape, data_offsets: range }] of entries) {
    const [begin, end] = range;
    tensors.set(name, { shape, data: numbers(bytes, dtype, dataStart + begin, dataStart + end) });
  }
  return { tensors, metadata: checkMetadata(header[METADATA], what) };
}

function dtypeOf(data: NumericTensor['data']): DType {
  if (data instanceof Float32Array) return 'F32';
  return data instanceof Float64Array ? 'F64' : 'U32';
}

/** In place where it can be: to copy the 150 MB of a layer would block the event loop for 100 ms. */
function numbers(bytes: Uint8Array, dtype: DType, begin: number, end: number): NumericTensor['data'] {
  const Numbers = ARRAYS[dtype];
  const count = (end - begin) / Numbers.BYTES_PER_ELEMENT;
  const alone = bytes.byteLength === bytes.buffer.byteLength;
  const aligned = begin % Numbers.BYTES_PER_ELEMENT === 0;
  if (alone && aligned) return new Numbers(bytes.buffer as ArrayBuffer, begin, count);
  const data = new Numbers(count);
  new Uint8Array(data.buffer).set(bytes.subarray(begin, end));
  return data;
}

function checkMetadata(value: unknown, what: string): Record<string, string> {
  if (value === undefined) return {};
  const isTexts =
    typeof value === 'object' &&
    value !== null &&
    Object.values(value).every((text) => typeof text === 'string');
  if (!isTexts) throw invalid(what, `${METADATA} of texts`, formatValue(value));
  return value as Record<string, string>;
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

function checkEntry(
  name: string,
  value: unknown,
  { available, what, dtypes }: { available: number; what: string; dtypes: readonly DType[] },
): Entry {
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
  const dtype = dtypes.find((each) => each === entry.dtype);
  if (dtype === undefined)
    throw invalid(what, `tensor ${name} of dtype ${dtypes.join(', ')}`, formatValue(entry.dtype));
  const [begin, end] = entry.data_offsets;
  const size = ARRAYS[dtype].BYTES_PER_ELEMENT * entry.shape.reduce((product, length) => product * length, 1);
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
