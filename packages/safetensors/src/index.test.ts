import { describe, expect, it } from 'vitest';
import { parse, serialise } from './index.ts';

function bytesOf(...args: Parameters<typeof serialise>): Buffer {
  return Buffer.concat([...serialise(...args)]);
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
    const json = JSON.stringify({ a: entry });
    const head = Buffer.alloc(8);
    head.writeBigUInt64LE(BigInt(json.length));
    const bytes = Buffer.concat([head, Buffer.from(json), Buffer.alloc(4)]);
    expect(() => parse(bytes)).toThrow(expect.objectContaining({ code: 'FORMAT_INVALID' }));
  });
});
