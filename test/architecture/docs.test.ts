import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { ENVIRONMENT_VARIABLES, ERRORS } from '@alexnet/core';
import { generatedDocs } from '../docs/generated.ts';

const root = path.resolve(fileURLToPath(new URL('../..', import.meta.url)));
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** The rows of a document's tables whose first cell is a name in capitals as code, cell by cell. */
function rows(file: string): string[][] {
  return read(file)
    .split('\n')
    .filter((line) => /^\| `[A-Z][A-Z0-9_]*` /.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

it('docs/errors.md lists every error with its exit code and summary, and nothing else', () => {
  const expected = Object.entries(ERRORS).map(([code, { exitCode, summary }]) => [
    `\`${code}\``,
    String(exitCode),
    summary,
  ]);
  expect(rows('docs/errors.md')).toEqual(expected);
});

it('docs/configuration.md lists every environment variable with its meaning, and nothing else', () => {
  const listed = rows('docs/configuration.md').map(([name, , meaning]) => [name, meaning]);
  const expected = Object.entries(ENVIRONMENT_VARIABLES).map(([name, meaning]) => [`\`${name}\``, meaning]);
  expect(listed).toEqual(expected);
});

const TEXT = /\.(ts|js|cjs|mjs|md|yaml|Dockerfile)$/;

/** Sources and documents below a folder, relative to the root, without what is built or downloaded. */
function textFiles(folder = ''): string[] {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    if (entry.isFile()) return TEXT.test(entry.name) ? [file] : [];
    const ours = entry.isDirectory() && !/^(\..*|node_modules|build|dist)$/.test(entry.name);
    return ours ? textFiles(file) : [];
  });
}

it('every docs/… that a source or a document names exists', () => {
  const missing = textFiles().flatMap((file) =>
    [...read(file).matchAll(/(?<![\w/])docs\/[\w./-]+\.md/g)]
      .map(([name]) => name)
      .filter((name) => !existsSync(path.join(root, name)))
      .map((name) => `${file}: ${name}`),
  );
  expect(missing).toEqual([]);
});

it('every link from one document to another leads somewhere', () => {
  const missing = textFiles()
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      [...read(file).matchAll(/\]\((?!https?:|#)([^)#\s]+)/g)]
        .map(([, target = '']) => path.join(path.dirname(file), target))
        .filter((target) => !existsSync(path.join(root, target)))
        .map((target) => `${file}: ${target}`),
    );
  expect(missing).toEqual([]);
});

it('what the documents say of the commands is what `npm run docs` writes', async () => {
  for (const [file, text] of await generatedDocs()) expect(read(file), file).toBe(text);
});
