import { constants } from 'node:fs';
import { mkdtemp, open, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { QuickReads } from './quick-reads.ts';

const BYTES = Buffer.from(Array.from({ length: 100_000 }, (_, i) => (i * 31) % 251));
let folder: string;
let file: FileHandle;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-reads-'));
  await writeFile(path.join(folder, 'file'), BYTES);
  file = await open(path.join(folder, 'file'), 'r');
});
afterEach(async () => {
  await file.close();
  await rm(folder, { recursive: true });
});

/** Whether a read was over before the event loop went on, as only one that no thread did can be. */
async function atOnce(reads: QuickReads): Promise<boolean> {
  const into = Buffer.alloc(50_000);
  let turned = false;
  setImmediate(() => (turned = true));
  expect(await reads.read(file, into, 10)).toBe(into.length);
  expect(into.equals(BYTES.subarray(10, 50_010))).toBe(true);
  return !turned;
}

it('reads at once as long as that is quick', async () => {
  const reads = new QuickReads(Infinity);
  expect([await atOnce(reads), await atOnce(reads), await atOnce(reads)]).toEqual([true, true, true]);
});

it('leaves reads to threads after a slow one, and for a while only', async () => {
  const reads = new QuickReads(-1, 200);
  expect([await atOnce(reads), await atOnce(reads), await atOnce(reads)]).toEqual([true, false, false]);
  await sleep(250);
  expect(await atOnce(reads)).toBe(true);
});

it.each([
  ['at once', new QuickReads(Infinity)],
  ['by threads', new QuickReads(-1, Infinity)],
])('reads what there is of a range that goes beyond the end, %s', async (_way, reads) => {
  const into = Buffer.alloc(100);
  for (let time = 0; time < 2; time++) {
    expect(await reads.read(file, into, BYTES.length - 30)).toBe(30);
    expect(into.subarray(0, 30).equals(BYTES.subarray(-30))).toBe(true);
    expect(await reads.read(file, into, BYTES.length)).toBe(0);
  }
});

it.each([
  ['at once', new QuickReads(Infinity)],
  ['by threads', new QuickReads(-1, Infinity)],
])('reads a whole file %s', async (_way, reads) => {
  const place = path.join(folder, 'file');
  for (let time = 0; time < 2; time++)
    expect((await reads.readFile(place, constants.O_RDONLY)).equals(BYTES)).toBe(true);
  await writeFile(place, '');
  expect(await reads.readFile(place, constants.O_RDONLY)).toHaveLength(0);
  await expect(reads.readFile(folder, constants.O_RDONLY)).rejects.toMatchObject({ code: 'EISDIR' });
  await expect(reads.readFile(`${place}-`, constants.O_RDONLY)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('reads a file that is longer than is read at once, and one whose size says nothing', async () => {
  const reads = new QuickReads(Infinity);
  const place = path.join(folder, 'long');
  await writeFile(place, Buffer.alloc(5 * 1024 ** 2, 7));
  expect((await reads.readFile(place, constants.O_RDONLY)).equals(Buffer.alloc(5 * 1024 ** 2, 7))).toBe(true);
  expect((await reads.readFile('/proc/self/status', constants.O_RDONLY)).toString()).toContain('Pid:');
});
