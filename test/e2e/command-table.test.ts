/**
 * Every command in every situation that a person may run it in: its exit code and its first line, in
 * `command-table.md` beside this file (`vitest --update` writes it again after a change that is meant).
 */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import pLimit from 'p-limit';
import { loadCommandTree } from '@alexnet/cli/testing';
import { formatDocument } from '../docs/generated.ts';
import { drawShapes } from '../support/pictures.ts';
import { CLI, runProgram, SMALL, TestPipeline, type CommandResult } from '../support/pipeline.ts';
import { startInForeground } from '../support/terminal.ts';

const COLUMNS = 60;
/** Nothing listens here. */
const NO_REDIS = 'redis://127.0.0.1:1';

/** How each command is given; `dataset`, `run` and `image` stand for names that exist, or for such that do not. */
const COMMANDS: Record<string, (names: Names) => string[]> = {
  status: () => [],
  logs: () => [],
  down: () => [],
  'dataset add': ({ source }) => [source, '--name', 'shapes'],
  'dataset check': ({ source }) => [source],
  'dataset sheet': ({ dataset, out }) => [dataset, '--out', path.join(out, 'sheet.png')],
  'dataset list': () => [],
  'dataset show': ({ dataset }) => [dataset],
  'dataset copy': ({ dataset, out }) => [dataset, path.join(out, 'copies')],
  'dataset remove': ({ dataset }) => [dataset],
  train: ({ dataset }) => ['--dataset', dataset, '--profile', 'demo', '--dry-run'],
  'profile list': () => [],
  'profile show': ({ profile }) => [profile],
  'run list': () => [],
  'run compare': ({ run }) => [run, 'second'],
  'run show': ({ run }) => [run],
  'run copy': ({ run, out }) => [run, path.join(out, 'copies')],
  'run stop': ({ run }) => [run],
  'run resume': ({ run }) => [run],
  'run remove': ({ run }) => [`${run}-copy`],
  ablate: ({ dataset, profile }) => [
    '--dataset',
    dataset,
    '--epochs',
    '1',
    '--profile',
    profile,
    '--variants',
    'none',
  ],
  evaluate: ({ run }) => ['--run', run, '--checkpoint', '99'],
  predict: ({ run, image }) => ['--run', run, image],
  export: ({ run, out }) => ['--run', run, '--format', 'safetensors', '--out', path.join(out, 'net')],
  figures: ({ run, out }) => ['--run', run, '--out', path.join(out, 'figures')],
  audit: ({ run }) => ['--run', run],
  batch: ({ run }) => ['--run', run, '--step', '0'],
  tensorboard: ({ run, out }) => ['--run', run, '--out', path.join(out, 'events')],
  prune: () => ['--dry-run'],
};
/** Run until they are stopped (signals.test.ts), set a machine up, or look at it: what they print is of the machine. */
const ELSEWHERE = ['demo', 'up', 'console', 'worker', 'trainer', 'setup', 'doctor', 'completion'];

interface Names {
  dataset: string;
  run: string;
  profile: string;
  source: string;
  image: string;
  out: string;
}

let pipeline: TestPipeline;
let right: Names;
let empty: string;
beforeAll(async () => {
  pipeline = await TestPipeline.start();
  empty = path.join(pipeline.folder, 'empty');
  const out = path.join(pipeline.folder, 'out');
  await Promise.all([empty, out].map((folder) => mkdir(folder)));
  const source = await drawShapes(path.join(pipeline.folder, 'shapes'), { train: 20, val: 5 });
  await Promise.all([pipeline.worker(), pipeline.trainer()]);
  await pipeline.json('dataset', 'add', source, '--name', 'shapes', '--follow');
  for (const run of ['first', 'second'])
    await pipeline.json('train', '--dataset', 'shapes', '--run', run, ...SMALL, '--epochs', '1', '--follow');
  const image = path.join(source, 'val', 'circle', '0.png');
  right = { dataset: 'shapes', run: 'first', profile: 'demo', source, image, out };
});
afterAll(() => pipeline.close());

const wrong = (): Names => ({
  ...{ dataset: 'nope', run: 'nope', profile: 'nope', source: '/nope', image: '/nope.png', out: right.out },
});

/** One of the situations. */
interface Situation {
  names?: () => Names;
  environment?: () => NodeJS.ProcessEnv;
  options?: string[];
  terminal?: boolean;
}

const SITUATIONS: Record<string, Situation> = {
  'no stack': { environment: () => ({ REDIS_URL: NO_REDIS, STORAGE_URL: '' }) },
  // The store of one and the Redis of another.
  'another stack': { environment: () => ({ STORAGE_URL: pathToFileURL(empty).href }) },
  'store only': { environment: () => ({ REDIS_URL: NO_REDIS }) },
  'wrong name': { names: wrong },
  '--json': { options: ['--json'] },
  'no terminal': {},
  [`${COLUMNS} columns`]: { terminal: true },
};

/** Runs a command line, in a terminal of 60 columns where that is asked for. */
function runCommand(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  terminal: boolean,
): Promise<CommandResult> {
  const quoted = [process.execPath, CLI, ...args].map((arg) => `'${arg}'`).join(' ');
  const [command, given]: [string, string[]] = terminal
    ? ['script', ['-qec', `stty cols ${COLUMNS}; ${quoted}`, '/dev/null']]
    : [process.execPath, [CLI, ...args]];
  return runProgram(command, given, { env: { ...pipeline.environment, ...environment }, cwd: empty });
}

/** The first line of what a person sees first, without what differs from run to run. */
function firstLine({ stdout, stderr }: CommandResult): string {
  const line = stripVTControlCharacters(stderr + stdout)
    .split(/\r?\n|\r/)
    .map((each) => each.trim())
    .find((each) => each !== '' && !IS_PROGRESS.test(each));
  return (
    (line ?? '')
      .replaceAll(pipeline.folder, 'FOLDER')
      .replace(/127\.0\.0\.1:\d{3,}/g, '127.0.0.1:PORT')
      .replace(/\d+(\.\d+)? (kB|MB|B|s|min|images\/s)\b/g, 'N $2')
      .replace(/step-\d+-\d+/g, 'CHECKPOINT')
      .replace(/\s{2,}/g, '  ')
      // How many columns fit depends on how long things took.
      .replace(/^(run|name) {2}status {2}.*$/, '$1  status  …')
  );
}

/** Bars, spinners and waits: whether they are seen, and how far they are then, differs. */
const IS_PROGRESS = /[─━⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]|^check \d+\/|^waiting for |, [\d.]+ \w+ so far$/;

const rows = new Map<string, string[]>();

describe.each(Object.entries(SITUATIONS))(
  '%s',
  (situation, { names, environment, options = [], terminal = false }) => {
    it('has an exit code and a first line for every command, none of them INTERNAL', async () => {
      const limit = pLimit(4);
      const out = path.join(right.out, situation.replaceAll(' ', '-'));
      await mkdir(out);
      const results = await Promise.all(
        Object.entries(COMMANDS).map(([command, args]) =>
          limit(async () => {
            const chosen = names?.() ?? right;
            const given = args({ ...chosen, out });
            const result = await runCommand(
              [...command.split(' '), ...given, ...options],
              environment?.() ?? {},
              terminal,
            );
            return { command, result };
          }),
        ),
      );
      for (const { command, result } of results) {
        expect(`${command}: ${result.stdout}${result.stderr}`).not.toMatch(/INTERNAL/);
        expect([0, 1, 2], `${command}: ${result.stderr}`).toContain(result.code);
        if (options.includes('--json'))
          expect(() => JSON.parse(result.stdout) as unknown, command).not.toThrow();
        if (terminal) expect(tooWide(result.stdout), command).toEqual([]);
      }
      rows.set(
        situation,
        results.map(
          ({ command, result }) =>
            `| ${command} | ${result.code} | ${firstLine(result).replaceAll('|', '\\|')} |`,
        ),
      );
    });
  },
);

/** Lines that are wider than the terminal, except those that hold something that must not be broken, such as a path. */
const tooWide = (text: string): string[] =>
  stripVTControlCharacters(text)
    .split(/\r?\n/)
    .map((line) => line.slice(line.lastIndexOf('\r') + 1))
    .filter(
      (line) =>
        line.length > COLUMNS &&
        !IS_PROGRESS.test(line) &&
        !line.split(' ').some((word) => word.length > COLUMNS / 2),
    );

it('has every command in the table', async () => {
  const program = await loadCommandTree();
  const all = program.commands.flatMap((command) =>
    command.commands.length === 0
      ? [command.name()]
      : command.commands.map((child) => `${command.name()} ${child.name()}`),
  );
  expect([...Object.keys(COMMANDS), ...ELSEWHERE].sort()).toEqual(all.sort());
});

it('is as the table says', async () => {
  const sections = [...rows].map(([situation, lines]) =>
    [`## ${situation}`, '', '| command | code | first line |', '| --- | --- | --- |', ...lines].join('\n'),
  );
  const text = ['# What each command does in each situation', ...sections].join('\n\n');
  await expect(await formatDocument('test/e2e/command-table.md', text)).toMatchFileSnapshot(
    './command-table.md',
  );
});

describe('Ctrl-C', () => {
  it.each([
    [
      'train --follow',
      () => ['train', '--dataset', 'shapes', '--run', 'followed', ...SMALL, '--epochs', '10000', '--follow'],
      /epoch/,
    ],
    ['run show --follow', () => ['run', 'show', 'followed', '--follow'], /epoch|waiting/],
    ['evaluate', () => ['evaluate', '--run', 'first'], /busy/],
  ] as const)('ends %s with what was followed, and how to follow it again', async (name, args, seen) => {
    const logFile = path.join(pipeline.folder, `${name.replaceAll(' ', '-')}.log`);
    const command = await startInForeground(process.execPath, [CLI, ...args()], {
      env: pipeline.environment,
      logFile,
      cwd: empty,
    });
    const said = (): Promise<string> => readFile(logFile, 'utf8');
    await expect.poll(said).toMatch(seen);
    command.signalGroup('SIGINT');
    expect(await command.exited).toEqual({ code: 130, signal: null });
    expect(await said()).toMatch(/INTERRUPTED/);
  });
});
