import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openStore, type ObjectStore } from '@alexnet/storage';
import { sayAwaited, sayingStore } from './awaited.ts';

/** By the clock that a test sets. */
const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

let folder: string;
let store: ObjectStore;
const notes: string[] = [];
const output = { note: (line: string): number => notes.push(line) };
beforeEach(async () => {
  notes.length = 0;
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-awaited-'));
  store = openStore(`file://${folder}`, {});
});
async function keysOf(listed: ObjectStore): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of listed.list('')) keys.push(key);
  return keys;
}
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

it('says what is waited for after a second, then every ten, until it is there', async () => {
  vi.useFakeTimers();
  let resolve = (_: string): void => undefined;
  const asked = new Promise<string>((resolved) => (resolve = resolved));
  const answer = sayAwaited(output, asked, () => 'it');
  await vi.advanceTimersByTimeAsync(900);
  expect(notes).toEqual([]);
  await vi.advanceTimersByTimeAsync(20_500);
  expect(notes).toEqual(['waiting for it (1 s)', 'waiting for it (11 s)', 'waiting for it (21 s)']);
  resolve('done');
  expect(await answer).toBe('done');
  await vi.advanceTimersByTimeAsync(60_000);
  expect(notes).toHaveLength(3);
});

it('does everything that the store does', async () => {
  const saying = sayingStore(store, output);
  expect(saying.url).toBe(store.url);
  await saying.put('a/b', Buffer.from('1'));
  expect((await saying.get('a/b')).toString()).toBe('1');
  expect(await saying.folders('')).toEqual(['a']);
  expect(await keysOf(saying)).toEqual(['a/b']);
  await expect(saying.get('none')).rejects.toMatchObject({ code: 'OBJECT_NOT_FOUND' });
  expect(notes).toEqual([]);
});

it('says once that a store is silent, however many operations wait, and not while it answers', async () => {
  vi.useFakeTimers();
  let silent = true;
  Object.assign(store, {
    get: async () => {
      do await sleep(200);
      while (silent);
    },
    list: async function* () {
      await sleep(1_500);
      yield { key: 'late' };
    },
  });
  const saying = sayingStore(store, output);
  const answers = Promise.all([saying.get('a'), saying.get('b'), saying.get('c')]);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(notes).toEqual([`waiting for the store ${store.url} (1 s)`]);
  silent = false;
  await vi.advanceTimersByTimeAsync(200);
  await answers;
  const busy = (async () => {
    for (let i = 0; i < 20; i++) await saying.get('d');
  })();
  await vi.advanceTimersByTimeAsync(4_000);
  await busy;
  expect(notes).toHaveLength(1);
  const listed = keysOf(saying);
  await vi.advanceTimersByTimeAsync(1_500);
  expect(await listed).toEqual(['late']);
  expect(notes).toHaveLength(2);
});
