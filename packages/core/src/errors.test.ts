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

it.each([
  ['ENOSPC', 'DISK_FULL'],
  ['EDQUOT', 'DISK_FULL'],
  ['EACCES', 'PERMISSION_DENIED'],
  ['EPERM', 'PERMISSION_DENIED'],
  ['EROFS', 'PERMISSION_DENIED'],
  ['EINVAL', 'INTERNAL'],
  [undefined, 'INTERNAL'],
])('turns the system error %s into %s and keeps it as the cause', (systemCode, code) => {
  const thrown = Object.assign(new Error('write'), { code: systemCode });
  expect(toAlexnetError(thrown)).toMatchObject({ code, cause: thrown });
});

it('keeps the beginning of a detail that is very long', () => {
  const { actual, message } = new AlexnetError('JOB_INVALID', { ...details, actual: 'x'.repeat(1e6) });
  expect(actual).toBe(`${'x'.repeat(4000)}…`);
  expect(message.length).toBeLessThan(5000);
});
