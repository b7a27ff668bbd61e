import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { checkName, isName } from './names.ts';

it.each(['a', 'pets-paper-1', 'A.b_c', '0', 'x'.repeat(63)])('takes %j', (name) => {
  expect(checkName('run', name)).toBe(name);
});

it.each(['', '.', '..', 'a..b', '-a', '.a', 'a/b', 'a\\b', 'a b', 'ä', 'a\0', 'a\n', 'x'.repeat(64)])(
  'refuses %j',
  (name) => {
    expect(() => checkName('run', name)).toThrow(expect.objectContaining({ code: 'NAME_INVALID' }));
  },
);

it('takes no text that is more or less than one segment of a path', () => {
  const pieces = fc.constantFrom(
    '.',
    '..',
    '/',
    '\\',
    '\0',
    '\n',
    ' ',
    '%2e',
    'a',
    'B',
    '0',
    '-',
    '_',
    ':',
    '~',
    'é',
  );
  const texts = fc.oneof(
    fc.array(pieces, { maxLength: 8 }).map((each) => each.join('')),
    fc.string({ unit: 'binary' }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      if (!isName(text)) return;
      expect(path.join('/runs', text, 'run.json')).toBe(`/runs/${text}/run.json`);
      expect(encodeURIComponent(text)).toBe(text);
    }),
    { numRuns: 2000 },
  );
});
