import { expect, it } from 'vitest';
import { AlexnetError, toAlexnetError } from './errors.ts';

const details = { expected: 'a', actual: 'b', remedy: 'Do c.' };

it('survives a round trip through JSON', () => {
  const error = new AlexnetError('RUN_FENCED', details);
  const back = AlexnetError.fromJSON(JSON.parse(JSON.stringify(error)));
  expect(back).toMatchObject({ code: 'RUN_FENCED', ...details });
});

it('does not take an unknown code from outside', () => {
  expect(AlexnetError.fromJSON({ code: 'toString', ...details })).toBeUndefined();
});

it('turns a full disk into DISK_FULL and anything else into INTERNAL', () => {
  expect(toAlexnetError(Object.assign(new Error('write'), { code: 'ENOSPC' })).code).toBe('DISK_FULL');
  expect(toAlexnetError(new TypeError('x')).code).toBe('INTERNAL');
});

it('keeps the beginning of a detail that is very long', () => {
  const { actual, message } = new AlexnetError('JOB_INVALID', { ...details, actual: 'x'.repeat(1e6) });
  expect(actual).toBe(`${'x'.repeat(4000)}…`);
  expect(message.length).toBeLessThan(5000);
});
