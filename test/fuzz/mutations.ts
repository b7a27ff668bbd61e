import fc from 'fast-check';
import type { Document } from './parser.ts';
import { mutatedJson, oddTexts } from './json-mutations.ts';

/** An input, and which document it was made from. */
export interface Input {
  bytes: Buffer;
  document: number;
}

/** Inputs longer than this would only cost time. */
const MOST_BYTES = 4 * 1024 ** 2;
const NOISE_BYTES = 300;
const CHANGES = 4;

/** Valid documents as they are, with bytes changed, with values changed, and noise. */
export function inputs(documents: readonly Document[]): fc.Arbitrary<Input> {
  const each = documents.map(({ bytes, form }, document) =>
    variants(bytes, form).map((made) => ({ bytes: made.subarray(0, MOST_BYTES), document })),
  );
  return fc.oneof(...each);
}

function variants(bytes: Buffer, form: Document['form']): fc.Arbitrary<Buffer> {
  const noise = fc.uint8Array({ maxLength: NOISE_BYTES }).map((values) => Buffer.from(values));
  const byBytes: fc.WeightedArbitrary<Buffer>[] = [
    { weight: 1, arbitrary: fc.constant(bytes) },
    { weight: 2, arbitrary: noise },
    { weight: 8, arbitrary: mutatedBytes(bytes) },
  ];
  if (form === 'bytes') return fc.oneof(...byBytes);
  return fc.oneof(
    ...byBytes,
    { weight: 1, arbitrary: fc.constantFrom(...oddTexts()).map((text) => Buffer.from(text)) },
    { weight: 16, arbitrary: form === 'json' ? mutatedJson(bytes) : mutatedLines(bytes) },
  );
}

/** What counts and offsets are set to: their ends, and those of the types that they are read into. */
const EXTREMES = [
  0n,
  1n,
  2n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
];
const LARGE_EXTREMES = [...EXTREMES, 2n ** 50n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 64n - 1n];

type Change = (bytes: Buffer) => Buffer;

/** Where in the bytes, as a share: more often near the beginning, where headers are. */
const place = fc.oneof(
  fc.nat({ max: 64 }).map((at) => (length: number) => Math.min(at, length)),
  fc.nat({ max: 1_000_000 }).map((share) => (length: number) => Math.floor((share / 1_000_000) * length)),
);
const size = fc.oneof(fc.constantFrom(1, 2, 4, 8), fc.nat({ max: 200 }));

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(place, fc.nat({ max: 7 })).map(([at, bit]) => flip(at, bit)),
  fc.tuple(place, fc.nat({ max: 255 })).map(([at, value]) => overwrite(at, Buffer.of(value))),
  fc.tuple(place, extremes()).map(([at, value]) => overwrite(at, value)),
  place.map(
    (at): Change =>
      (bytes) =>
        bytes.subarray(0, at(bytes.length)),
  ),
  fc.tuple(place, size).map(([at, length]) => remove(at, length)),
  fc.tuple(place, size, fc.nat({ max: 20 })).map(([at, length, times]) => repeat(at, length, times)),
  fc.tuple(place, fc.uint8Array({ maxLength: 20 })).map(([at, added]) => insert(at, added)),
);

function extremes(): fc.Arbitrary<Buffer> {
  const write = (value: bigint, width: number, little: boolean): Buffer => {
    const eight = Buffer.alloc(8);
    eight.writeBigUInt64BE(BigInt.asUintN(64, value));
    const bytes = eight.subarray(8 - width);
    return little ? Buffer.from(bytes).reverse() : bytes;
  };
  return fc
    .tuple(fc.constantFrom(...LARGE_EXTREMES), fc.constantFrom(1, 2, 4, 8), fc.boolean())
    .map(([value, width, little]) => write(value, width, little));
}

type Place = (length: number) => number;

function flip(at: Place, bit: number): Change {
  return (bytes) => {
    const index = Math.min(at(bytes.length), bytes.length - 1);
    const changed = Buffer.from(bytes);
    if (index >= 0) changed.writeUInt8((changed[index] ?? 0) ^ (1 << bit), index);
    return changed;
  };
}

function overwrite(at: Place, value: Buffer): Change {
  return (bytes) => {
    const changed = Buffer.from(bytes);
    value.copy(changed, at(bytes.length));
    return changed;
  };
}

function remove(at: Place, length: number): Change {
  return (bytes) => {
    const begin = at(bytes.length);
    return Buffer.concat([bytes.subarray(0, begin), bytes.subarray(begin + length)]);
  };
}

function repeat(at: Place, length: number, times: number): Change {
  return (bytes) => {
    const begin = at(bytes.length);
    const piece = bytes.subarray(begin, begin + length);
    const pieces = new Array<Buffer>(times).fill(piece);
    return Buffer.concat([bytes.subarray(0, begin), ...pieces, bytes.subarray(begin)]);
  };
}

function insert(at: Place, added: Uint8Array): Change {
  return (bytes) => {
    const begin = at(bytes.length);
    return Buffer.concat([bytes.subarray(0, begin), added, bytes.subarray(begin)]);
  };
}

function mutatedBytes(bytes: Buffer): fc.Arbitrary<Buffer> {
  return fc
    .array(change, { minLength: 1, maxLength: CHANGES })
    .map((changes) => changes.reduce((changed, next) => next(changed), bytes));
}

/** One line mutated as JSON, removed, or there twice. */
function mutatedLines(bytes: Buffer): fc.Arbitrary<Buffer> {
  const lines = bytes.toString().split('\n');
  const replaced = lines.map((line, i) =>
    mutatedJson(Buffer.from(line)).map((made) => lines.with(i, made.toString()).join('\n')),
  );
  const index = fc.nat({ max: lines.length - 1 });
  const removed = index.map((i) => lines.toSpliced(i, 1).join('\n'));
  const doubled = index.map((i) => lines.toSpliced(i, 0, lines[i] ?? '').join('\n'));
  return fc.oneof(...replaced, removed, doubled).map((text) => Buffer.from(text));
}
