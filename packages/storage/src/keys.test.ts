import path from 'node:path';
import { AlexnetError } from '@alexnet/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkKey, checkPrefix } from './keys.ts';

describe('checkKey', () => {
  it.each(['a', 'a/b', 'a.b/c-d_e', 'ä/日本 語.png', '..a', 'a..', '.hidden', 'x'.repeat(900)])(
    'takes %j',
    (key) => {
      expect(checkKey(key)).toBe(key);
    },
  );

  it.each([
    ['', 'empty'],
    ['/a', 'empty segment'],
    ['a/', 'empty segment'],
    ['a//b', 'empty segment'],
    ['.', '"."'],
    ['..', '".."'],
    ['../a', '".."'],
    ['a/../b', '".."'],
    ['a/..', '".."'],
    ['a/./b', '"."'],
    ['a\0b', 'control'],
    ['a\nb', 'control'],
    ['a\\b', 'backslash'],
    ['ä'.repeat(451), '900 bytes'],
    ['\ud800', 'Unicode'],
    ['.alexnet-store/locks/x', '.alexnet-store'],
  ])('refuses %j', (key, why) => {
    expect(() => checkKey(key)).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
    expect(() => checkKey(key)).toThrow(why);
  });
});

describe('checkPrefix', () => {
  it.each(['', 'a', 'a/', 'a/b', 'a/.'])('takes %j', (prefix) => {
    expect(checkPrefix(prefix)).toBe(prefix);
  });

  it.each(['/', '../', 'a/../', 'a//', 'a\0'])('refuses %j', (prefix) => {
    expect(() => checkPrefix(prefix)).toThrow(expect.objectContaining({ code: 'KEY_INVALID' }));
  });
});

describe('any text', () => {
  const segment = fc.oneof(
    fc.constantFrom('', '.', '..', '...', 'a', '~', '\0', '\\', '..\\..', '.alexnet-store', 'x'.repeat(300)),
    fc.string({ unit: 'binary' }),
  );
  const texts = fc.oneof(
    fc.array(segment, { maxLength: 6 }).map((segments) => segments.join('/')),
    fc.string({ unit: 'binary' }),
  );

  it('is a key that stays below the root and means one place, or is refused as KEY_INVALID', () => {
    const root = path.resolve('/root/of/the/store');
    const places = new Map<string, string>();
    fc.assert(
      fc.property(texts, (text) => {
        try {
          checkKey(text);
        } catch (error) {
          expect(error).toBeInstanceOf(AlexnetError);
          expect(error).toMatchObject({ code: 'KEY_INVALID' });
          return;
        }
        const place = path.join(root, text);
        expect(place).toBe(`${root}/${text}`);
        expect(path.resolve(place)).toBe(place);
        expect(places.get(place) ?? text).toBe(text);
        places.set(place, text);
      }),
      { numRuns: 2000 },
    );
  });
});
