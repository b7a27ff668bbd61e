import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import * as z from 'zod';
import { decodeImage, IMAGE_SIDE, UNREADABLE_REASONS, unreadableReason } from '@alexnet/images';
import { parityPython } from '../../support/parity.ts';

const rgb = z.tuple([z.number(), z.number(), z.number()]);
/** One file, and what is right: see files.py. */
const Listed = z.strictObject({
  file: z.string(),
  row: z.string(),
  rgb: rgb.optional(),
  also: z.array(z.strictObject({ at: z.tuple([z.number(), z.number()]), rgb })).default([]),
  tolerance: z.number().default(2),
  reason: z.enum(UNREADABLE_REASONS).optional(),
  warning: z.string().optional(),
});
type Listed = z.infer<typeof Listed>;

const script = fileURLToPath(new URL('files.py', import.meta.url));
const document = fileURLToPath(new URL('../../../docs/images.md', import.meta.url));
const CENTRE: [number, number] = [IMAGE_SIDE / 2, IMAGE_SIDE / 2];
let folder: string;
let files: Listed[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-images-'));
  const { stdout } = await promisify(execFile)(await parityPython(), [script, folder], {
    maxBuffer: 16 * 1024 ** 2,
  });
  files = z.array(Listed).parse(JSON.parse(stdout));
}, 900_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What is wrong with what became of a file, in words. */
async function faultOf({ file, reason, warning, tolerance, ...right }: Listed): Promise<string | undefined> {
  const bytes = await readFile(path.join(folder, file));
  const outcome = await decodeImage(bytes).catch((error: unknown) => error as Error);
  if (outcome instanceof Error)
    return unreadableReason(outcome) === reason ? undefined : `${file}: ${outcome.message}`;
  if (reason !== undefined) return `${file}: decoded, although it is to be refused as ${reason}`;
  if (outcome.warning !== warning)
    return `${file}: warning ${String(outcome.warning)} instead of ${String(warning)}`;
  const places = right.rgb === undefined ? right.also : [{ at: CENTRE, rgb: right.rgb }, ...right.also];
  for (const { at, rgb: expected } of places) {
    const begin = (at[1] * IMAGE_SIDE + at[0]) * 3;
    const actual = [...outcome.pixels.subarray(begin, begin + 3)];
    const distance = Math.max(...actual.map((value, i) => Math.abs(value - (expected[i] ?? NaN))));
    if (distance > tolerance)
      return `${file} at ${at.join()}: ${actual.join()} instead of ${expected.join()}`;
  }
  return undefined;
}

it('every file becomes what docs/images.md says, also when many are decoded at once', async () => {
  const faults = await Promise.all(files.map(faultOf));
  expect(faults.filter((fault) => fault !== undefined)).toEqual([]);
});

it('every row of docs/images.md has a file, and every file a row', async () => {
  const text = await readFile(document, 'utf8');
  const rows = text
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\| (file|-)/.test(line))
    .map((line) => line.split('|')[1]?.trim());
  expect([...new Set(rows)].sort()).toEqual([...new Set(files.map(({ row }) => row))].sort());
});
