/** Completion as the scripts of the shells ask for it. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const PROGRAM = createRequire(import.meta.url).resolve('@alexnet/cli/main');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-completion-'));
  for (const name of ['datasets/pets', 'datasets/birds', 'runs/pets-1'])
    await mkdir(path.join(folder, '.alexnet/store', name), { recursive: true });
  for (const file of ['datasets/pets/a', 'datasets/birds/a', 'runs/pets-1/a'])
    await writeFile(path.join(folder, '.alexnet/store', file), '');
});
afterAll(() => rm(folder, { recursive: true }));

const alexnet = (...args: string[]): string =>
  execFileSync(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    env: { ...process.env, STORAGE_URL: '', REDIS_URL: '' },
  }).toString();

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

it('offers the datasets and runs of the store where a name is expected', () => {
  expect(offered('run', 'show', '')).toEqual(['pets-1']);
  expect(offered('run', 'compare', 'pets-1', '')).toEqual(['pets-1']);
  expect(offered('evaluate', '--run', 'pe')).toEqual(['pets-1']);
  expect(offered('dataset', 'remove', '')).toEqual(['birds', 'pets']);
  expect(offered('train', '--dataset', 'p')).toEqual(['pets']);
  expect(offered('train', '--run', '')).toEqual([]);
});

it('prints a script for each shell, which asks for the completions', () => {
  for (const shell of ['bash', 'zsh', 'fish'])
    expect(alexnet('completion', shell), shell).toMatch(/alexnet complete --/);
});

it('prints a script that bash accepts', () => {
  execFileSync('bash', ['-n'], { input: alexnet('completion', 'bash') });
});
