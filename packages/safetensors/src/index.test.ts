import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, parseNumeric, serialise } from './index.ts';

function bytesOf(...args: Parameters<typeof serialise>): Buffer {
  return Buffer.concat([...serialise(...args)]);
}

function bytesWithHeader(json: string, data: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([head, Buffer.from(json), data]);
}

const twoTensors = new Map([
  ['a', { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
  ['b/bias', { shape: [], data: Float32Array.of(-0.5) }],
]);

describe('safetensors', () => {
  it('reads back what it wrote, in order', () => {
    const back = parse(bytesOf(twoTensors, { format: 'alexnet' }));
    expect([...back]).toEqual([...twoTensors]);
  });

  it('leaves tensors where they are, unless the memory is of others too or they are not aligned in it', () => {
    const bytes = new Uint8Array(bytesOf(twoTensors));
    const shared = new Uint8Array(bytes.length + 4);
    shared.set(bytes);
    const header = new TextDecoder().decode(bytes.subarray(8, bytes.length - 20));
    // One space less than is written: what follows begins at an odd place.
    const odd = new Uint8Array(bytesWithHeader(header.replace(/ $/, ''), bytes.subarray(-20)));
    for (const [given, inPlace] of [
      [bytes, true],
      [shared.subarray(0, bytes.length), false],
      [odd, false],
    ] as const) {
      const back = parse(given);
      expect([...back]).toEqual([...twoTensors]);
      for (const { data } of back.values()) expect(data.buffer === given.buffer).toBe(inPlace);
    }
  });

  it('writes the published layout', () => {
    const bytes = bytesOf(new Map([['a', { shape: [1], data: Float32Array.of(1) }]]));
    const length = Number(bytes.readBigUInt64LE());
    expect(length % 8).toBe(0);
    expect(JSON.parse(bytes.toString('utf8', 8, 8 + length))).toEqual({
      a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
    });
    expect(bytes.subarray(8 + length)).toEqual(Buffer.from([0, 0, 0x80, 0x3f]));
  });

  it('refuses a shape that does not fit the values', () => {
    expect(() => bytesOf(new Map([['a', { shape: [3], data: Float32Array.of(1) }]]))).toThrow(RangeError);
  });

  it.each([
    ['too short', Buffer.from('abc')],
    ['a header past the end', Buffer.from('ffffffffffff0000', 'hex')],
    ['no JSON', Buffer.concat([Buffer.from('0200000000000000', 'hex'), Buffer.from('{]')])],
    ['an array', Buffer.concat([Buffer.from('0200000000000000', 'hex'), Buffer.from('[]')])],
  ])('refuses %s', (_, bytes) => {
    expect(() => parse(bytes)).toThrow(expect.objectContaining({ code: 'FORMAT_INVALID' }));
  });

  it.each([
    { dtype: 'F16', shape: [2], data_offsets: [0, 4] },
    { dtype: 'F32', shape: [2], data_offsets: [0, 4] },
    { dtype: 'F32', shape: [1], data_offsets: [4, 8] },
    { dtype: 'F32', shape: [-1], data_offsets: [0, 4] },
    { dtype: 'F32', shape: [1] },
    null,
  ])('refuses the entry %j over 4 bytes of data', (entry) => {
    const bytes = bytesWithHeader(JSON.stringify({ a: entry }), Buffer.alloc(4));
    expect(() => parse(bytes)).toThrow(expect.objectContaining({ code: 'FORMAT_INVALID' }));
  });

  it('reads back tensors of any name, shape and bits', () => {
    const tensor = fc.array(fc.nat({ max: 4 }), { maxLength: 4 }).chain((shape) => {
      const length = shape.reduce((product, size) => product * size, 1);
      return fc
        .array(fc.nat({ max: 0xffff_ffff }), { minLength: length, maxLength: length })
        .map((bits) => ({ shape, data: new Float32Array(Uint32Array.from(bits).buffer) }));
    });
    const name = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('__proto__', 'constructor', 'toString', '0', '10', '9', ''),
    );
    const named = fc.uniqueArray(fc.tuple(name, tensor), { selector: ([each]) => each, maxLength: 8 });
    const bits = ({ data }: { data: Float32Array }): number[] => [...new Uint32Array(data.buffer)];
    fc.assert(
      fc.property(named, (entries) => {
        const tensors = new Map(entries.filter(([each]) => each !== '__metadata__'));
        const back = parse(bytesOf(tensors, { format: 'alexnet' }));
        expect([...back.keys()].sort()).toEqual([...tensors.keys()].sort());
        for (const [each, { shape, data }] of tensors) {
          expect(back.get(each)?.shape).toEqual(shape);
          expect(bits(back.get(each) ?? { data: Float32Array.of(1) })).toEqual(bits({ data }));
        }
      }),
    );
  });

  it.each([
    ['share bytes', [0, 4], [0, 4], 4],
    ['overlap', [0, 8], [4, 12], 12],
    ['leave a gap', [0, 4], [8, 12], 12],
    ['leave bytes over', [0, 4], [4, 8], 12],
  ])('refuses tensors that %s: they could claim more memory than the file has', (_, first, second, size) => {
    const entry = ([begin = 0, end = 0]: number[]): object => ({
      dtype: 'F32',
      shape: [(end - begin) / 4],
      data_offsets: [begin, end],
    });
    const json = JSON.stringify({ a: entry(first), b: entry(second) });
    const head = Buffer.alloc(8);
    head.writeBigUInt64LE(BigInt(json.length));
    const bytes = Buffer.concat([head, Buffer.from(json), Buffer.alloc(size)]);
    expect(() => parse(bytes)).toThrow(expect.objectContaining({ code: 'FORMAT_INVALID' }));
  });

  it('reads back columns of every type with their metadata, however they are aligned', () => {
    const columns = new Map([
      ['counts', { shape: [3], data: Uint32Array.of(0, 7, 0xffff_ffff) }],
      ['rates', { shape: [3], data: Float64Array.of(0.01, 1e-300, -0) }],
      ['losses', { shape: [3], data: Float32Array.of(1.5, NaN, Infinity) }],
    ]);
    const back = parseNumeric(bytesOf(columns, { events: '[]' }));
    expect(back).toEqual({ tensors: columns, metadata: { events: '[]' } });
    expect(() => parse(bytesOf(columns))).toThrow(expect.objectContaining({ code: 'FORMAT_INVALID' }));
  });

  it('refuses metadata that is not made of texts', () => {
    const bytes = bytesWithHeader(JSON.stringify({ __metadata__: { step: 1 } }), Buffer.alloc(0));
    expect(() => parse(bytes)).toThrow(expect.objectContaining({ code: 'FORMAT_INVALID' }));
  });
});
