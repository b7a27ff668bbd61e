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

it.each(['', ' ', '\n\t'])('says that what came is empty where it is %j', (actual) => {
  const error = new AlexnetError('CONFIG_INVALID', { expected: 'a number', actual, remedy: 'Give one.' });
  expect(error.actual).toBe('an empty value');
  expect(error.message).toContain('Expected a number; got an empty value. Give one.');
});

it('keeps the beginning of a detail that is very long', () => {
  const { actual, message } = new AlexnetError('JOB_INVALID', { ...details, actual: 'x'.repeat(1e6) });
  expect(actual).toBe(`${'x'.repeat(4000)}…`);
  expect(message.length).toBeLessThan(5000);
});

it.each([
  ["NOPERM User job has no permissions to run the 'info' command", 'REDIS_DENIED'],
  ["ERR ACL failure in script: User job has no permissions to run the 'hset' command", 'REDIS_DENIED'],
  ['WRONGPASS invalid username-password pair or user is disabled.', 'REDIS_DENIED'],
  ["OOM command not allowed when used memory > 'maxmemory'.", 'REDIS_FULL'],
  ["READONLY You can't write against a read only replica.", 'REDIS_UNSUITABLE'],
  ["CROSSSLOT Keys in request don't hash to the same slot", 'REDIS_UNSUITABLE'],
  ["ERR unknown command 'evalsha'", 'REDIS_UNSUITABLE'],
  ['MISCONF Valkey is configured to save RDB snapshots', 'REDIS_UNSUITABLE'],
  ['LOADING Redis is loading the dataset in memory', 'REDIS_UNREACHABLE'],
  ['ERR something new', 'INTERNAL'],
])('turns the reply "%s" of Redis into %s', (reply, code) => {
  const thrown = Object.assign(new Error(reply), { name: 'ReplyError' });
  expect(toAlexnetError(thrown)).toMatchObject({ code, actual: reply, cause: thrown });
});

it('takes the words of a Redis reply for nothing else in an error that is none', () => {
  expect(toAlexnetError(new Error('READONLY')).code).toBe('INTERNAL');
  expect(toAlexnetError(new Error('Connection is closed.')).code).toBe('REDIS_UNREACHABLE');
});

it('takes a transaction that was not run for what its commands were refused for', () => {
  const previousErrors = [new Error("NOPERM User job has no permissions to run the 'set' command")];
  const aborted = new Error('EXECABORT Transaction discarded because of previous errors.');
  Object.assign(aborted, { name: 'ReplyError', previousErrors });
  expect(toAlexnetError(aborted).code).toBe('REDIS_DENIED');
});
