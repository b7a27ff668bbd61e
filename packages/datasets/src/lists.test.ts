import { afterEach, beforeEach, expect, it } from 'vitest';
import { readDuplicates, readQuarantine } from './lists.ts';
import { Workspace } from './testing.ts';

let workspace: Workspace;
beforeEach(async () => {
  workspace = await Workspace.open();
});
afterEach(() => workspace.close());

const line = (name: string): object => ({ split: 'train', name, reason: 'truncated', detail: '', bytes: 3 });
const put = (file: string, lines: readonly object[]): Promise<unknown> =>
  workspace.store.put(
    `datasets/d/${file}`,
    Buffer.from(lines.map((each) => `${JSON.stringify(each)}\n`).join('')),
  );

it('gives a list a page at a time, whatever the length of its lines', async () => {
  // Some lines are longer than what is read at a time, and letters are longer than a byte.
  const names = ['a', 'é'.repeat(400_000), 'b', 'c'.repeat(300_000), 'd'];
  await put('quarantine.jsonl', names.map(line));
  const seen: string[] = [];
  for (let from: number | null = 0; from !== null;) {
    const { items, next } = await readQuarantine(workspace.store, 'd', { from, limit: 2 });
    expect(items.length).toBeLessThanOrEqual(2);
    seen.push(...items.map(({ name }) => name));
    from = next;
  }
  expect(seen).toEqual(names);
});

it('gives nothing of an empty list', async () => {
  await put('duplicates.jsonl', []);
  expect(await readDuplicates(workspace.store, 'd', { from: 0, limit: 9 })).toEqual({
    items: [],
    next: null,
  });
});

it.each([1, 7, 999])('refuses byte %i, where no line begins', async (from) => {
  await put('quarantine.jsonl', [line('a'), line('b')]);
  await expect(readQuarantine(workspace.store, 'd', { from, limit: 1 })).rejects.toMatchObject({
    code: 'REQUEST_INVALID',
  });
});

it('refuses a line of another format', async () => {
  await put('duplicates.jsonl', [{ kind: 'other' }]);
  await expect(readDuplicates(workspace.store, 'd', { from: 0, limit: 1 })).rejects.toMatchObject({
    code: 'FORMAT_INVALID',
  });
});
