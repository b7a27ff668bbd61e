import { chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { findStateFolder } from './state-folder.ts';

let root: string;
let deep: string;
beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(tmpdir(), 'alexnet-state-')));
  deep = path.join(root, 'a', 'b');
  mkdirSync(deep, { recursive: true });
});
afterEach(() => rmSync(root, { recursive: true }));

it('is that of the nearest directory above', () => {
  mkdirSync(path.join(root, '.alexnet'));
  expect(findStateFolder(deep)).toBe(path.join(root, '.alexnet'));
  mkdirSync(path.join(deep, '.alexnet'));
  expect(findStateFolder(deep)).toBe(path.join(deep, '.alexnet'));
});

it('is one of the directory itself where there is none above', () => {
  expect(findStateFolder(deep)).toBe(path.join(deep, '.alexnet'));
  // A file of that name is not a state folder.
  writeFileSync(path.join(root, '.alexnet'), '');
  expect(findStateFolder(deep)).toBe(path.join(deep, '.alexnet'));
});

it.skipIf(process.getuid?.() !== 0)('ignores one of another user (needs root to create one)', () => {
  mkdirSync(path.join(root, '.alexnet'));
  chownSync(path.join(root, '.alexnet'), 12_345, 12_345);
  expect(findStateFolder(deep)).toBe(path.join(deep, '.alexnet'));
});
