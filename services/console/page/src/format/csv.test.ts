import { expect, it } from 'vitest';
import { csvOf } from './csv.ts';

it('writes CSV, with quotes where they are needed', () => {
  expect(
    csvOf([
      ['step', 'a,b', 'say "hi"'],
      [1, null, 0.5],
    ]),
  ).toBe('step,"a,b","say ""hi"""\r\n1,,0.5\r\n');
});
