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
