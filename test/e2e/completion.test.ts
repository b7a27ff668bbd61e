/** Completion as the scripts of the shells ask for it. */
import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { expect, it } from 'vitest';

const PROGRAM = createRequire(import.meta.url).resolve('@alexnet/cli/main');
const alexnet = (...args: string[]): string => execFileSync(process.execPath, [PROGRAM, ...args]).toString();

/** What is offered after these words. Each line is a value and its meaning; the last one is for the script. */
const offered = (...words: string[]): (string | undefined)[] =>
  alexnet('complete', '--', ...words)
    .trim()
    .split('\n')
    .slice(0, -1)
    .map((line) => line.split('\t')[0]);

it('offers commands, their parts, their options, and what these may be', () => {
  expect(offered('da')).toEqual(['dataset']);
  expect(offered('run', 'comp')).toEqual(['compare']);
  expect(offered('train', '--learning')).toEqual(['--learning-rate']);
  expect(offered('dataset', 'add', '--on-leak', '')).toEqual(['keep', 'drop', 'fail']);
});

it('prints a script for each shell, which asks for the completions', () => {
  for (const shell of ['bash', 'zsh', 'fish'])
    expect(alexnet('completion', shell), shell).toMatch(/alexnet complete --/);
});

it('prints a script that bash accepts', () => {
  execFileSync('bash', ['-n'], { input: alexnet('completion', 'bash') });
});
