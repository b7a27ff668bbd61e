import { describe, expect, it } from 'vitest';
import { checkedJson, parseCheckedJson } from './checked-json.ts';

const value = { step: 640, rate: 0.01, name: 'step-00000640-1', more: [{ b: null, a: true }, -1e-7, 'é'] };

describe('JSON with a checksum', () => {
  it('is read as it was written', () => {
    expect(parseCheckedJson(checkedJson(value))).toEqual(value);
  });

  it('is read whatever the order of its keys and its spaces', () => {
    const written = JSON.parse(checkedJson(value).toString()) as object;
    const other = Object.fromEntries(Object.entries(written).reverse());
    expect(parseCheckedJson(Buffer.from(JSON.stringify(other)))).toEqual(value);
  });

  it('is read without one, as earlier versions wrote it', () => {
    expect(parseCheckedJson(Buffer.from(JSON.stringify(value)))).toEqual(value);
    expect(parseCheckedJson(Buffer.from('[1]'))).toEqual([1]);
  });

  it('is refused with any other value', () => {
    const text = checkedJson(value).toString();
    for (const [from, to] of [
      ['640,', '641,'],
      ['0.01', '0.11'],
      ['true', 'false'],
      ['"b"', '"c"'],
      ['é', 'e'],
    ] as const) {
      expect(text).toContain(from);
      expect(() => parseCheckedJson(Buffer.from(text.replace(from, to)))).toThrow(/checksum/);
    }
    expect(() => parseCheckedJson(Buffer.from(text.slice(0, -3)))).toThrow();
  });
});
