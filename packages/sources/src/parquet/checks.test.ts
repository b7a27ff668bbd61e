import { expect, it } from 'vitest';
import { checkDeltas, checkRuns } from './runs.ts';
import { decompressSnappy } from './snappy.ts';
import { checkThrift } from './thrift.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

it('takes runs and packed bits of as many values as there are', () => {
  expect(() => checkRuns(bytes(20, 1), 1, 10)).not.toThrow();
  expect(() => checkRuns(bytes(5, 0xff, 0xff), 1, 13)).not.toThrow();
  expect(() => checkRuns(bytes(0, 0, 20, 1), 1, 10)).not.toThrow();
});

it.each([
  ['a run of a billion', bytes(0xfe, 0xff, 0xff, 0xff, 0x0f, 1), 1],
  ['packed bits of a billion', bytes(0xff, 0xff, 0xff, 0xff, 0x0f, 1), 1],
  ['a number without an end', bytes(0x80), 1],
  ['a number of many bytes', bytes(0x80, 0x80, 0x80, 0x80, 0x80, 0x80), 1],
  ['values of too many bits', bytes(20, 1), 40],
])('refuses %s', (_, values, width) => {
  expect(() => checkRuns(values, width, 10)).toThrow(RangeError);
});

it('refuses blocks of numbers that would never end', () => {
  expect(() => checkDeltas(bytes(0x80, 1, 4, 0))).not.toThrow();
  for (const wrong of [bytes(0x80, 1, 0), bytes(0, 4), bytes(0x80, 1, 0xff, 0xff, 0xff, 0xff, 0x0f)])
    expect(() => checkDeltas(wrong)).toThrow(RangeError);
});

it('decompresses literals and copies, also those that overlap', () => {
  const text = (made: Uint8Array): string => Buffer.from(made).toString();
  expect(text(decompressSnappy(bytes(3, 8, 97, 98, 99), 3))).toBe('abc');
  // "ab", then 6 bytes from 2 before; with an offset of 11 bits, of 16, and of 32.
  for (const copy of [
    [0b000_010_01, 2],
    [0b000101_10, 2, 0],
    [0b000101_11, 2, 0, 0, 0],
  ])
    expect(text(decompressSnappy(bytes(8, 4, 97, 98, ...copy), 8))).toBe('abababab');
  const long = Buffer.alloc(300, 'x');
  expect(text(decompressSnappy(Buffer.concat([bytes(0xac, 2, 61 << 2, 0x2b, 1), long]), 300))).toBe(
    long.toString(),
  );
  expect(decompressSnappy(bytes(0), 0)).toHaveLength(0);
});

it.each([
  ['a literal that is longer than the rest', bytes(3, 8, 97)],
  ['a literal that is longer than it has to become', bytes(3, 12, 97, 98, 99, 100)],
  ['a literal of 4 billion', bytes(3, 63 << 2, 0xff, 0xff, 0xff, 0xff, 1)],
  ['a copy from before the beginning', bytes(3, 0, 97, 1, 2)],
  ['a copy from nowhere', bytes(3, 0, 97, 1, 0)],
  ['too little', bytes(3, 0, 97)],
  ['no size', bytes(0xff, 0xff, 0xff, 0xff, 0xff, 0xff)],
])('refuses %s', (_, values) => {
  expect(() => decompressSnappy(values, 3)).toThrow(RangeError);
});

it('takes structures, and refuses lists and numbers that the bytes have no room for', () => {
  // 1: i32 1; 2: list of two binaries; 3: struct { 1: true }; 4: double.
  const sound = bytes(0x15, 2, 0x19, 0x28, 1, 97, 0, 0x1c, 0x11, 0, 0x17, 0, 0, 0, 0, 0, 0, 0, 0, 0);
  expect(() => checkThrift(sound)).not.toThrow();
  for (let end = 0; end < sound.length; end++)
    expect(() => checkThrift(sound.subarray(0, end))).toThrow(RangeError);
  for (const wrong of [
    bytes(0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x0f, 0, 0),
    bytes(0x15, ...new Array<number>(20).fill(0xff), 0, 0),
    bytes(0x18, 0xff, 0xff, 0x7f, 0),
    bytes(0x1b, 0, 0),
    bytes(...new Array<number>(100).fill(0x1c)),
  ])
    expect(() => checkThrift(wrong)).toThrow(RangeError);
});
