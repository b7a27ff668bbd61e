import { stripVTControlCharacters } from 'node:util';
import { expect, it } from 'vitest';
import { AlexnetError, toAlexnetError } from '@alexnet/core';
import { describeError } from './output.ts';

const details = { expected: 'a number', actual: 'a word', remedy: 'Give a number.' };
const linesOf = (error: AlexnetError): string[] => stripVTControlCharacters(describeError(error)).split('\n');

it('says what was expected, what came and what to do', () => {
  expect(linesOf(new AlexnetError('USAGE', details))).toEqual([
    'USAGE  The command line could not be understood.',
    '  expected  a number',
    '  got       a word',
    '  do        Give a number.',
  ]);
});

it('says what caused an error, and nothing twice', () => {
  const system = new Error('connect ECONNREFUSED 127.0.0.1:1');
  const middle = new AlexnetError('STORAGE_FAILED', { ...details, actual: 'status 500', cause: system });
  const error = new AlexnetError('RUN_FAILED', {
    ...details,
    actual: 'it ended with status 500',
    cause: middle,
  });
  expect(linesOf(error)).toContain('  because   connect ECONNREFUSED 127.0.0.1:1');
});

it('leaves out a cause that the error itself quotes, and survives one that leads back to itself', () => {
  const circular = new Error('a word');
  circular.cause = circular;
  expect(linesOf(new AlexnetError('USAGE', { ...details, cause: circular })).join('\n')).not.toContain(
    'because',
  );
});

it('shows where a bug is', () => {
  const bug = new TypeError('x is not a function');
  const lines = linesOf(toAlexnetError(bug));
  expect(lines[0]).toMatch(/^INTERNAL /);
  expect(lines.slice(-3).join('\n')).toMatch(/^ +at /m);
  expect(lines).toContain('TypeError: x is not a function');
});
