import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { plainFile } from '@alexnet/images/testing';
import { openReader, openSource, readLayout, SPLITS, type SourceFile } from '@alexnet/sources';
import { sha256Hex } from '@alexnet/storage';
import { run } from '../../support/run.ts';
import { tablesPython } from '../../support/tables.ts';

const Form = z.strictObject({
  /** Relative to the folder. */
  source: z.string(),
  classes: z.array(z.string()),
  words: z.record(z.string(), z.string()).default({}),
  /** Whether the rows of the second split are to validate on. */
  split: z.boolean().default(true),
});
const COUNT = 60;
const QUARTER = COUNT / 4;

const script = fileURLToPath(new URL('tables.py', import.meta.url));
let folder: string;
let forms: z.infer<typeof Form>[];
/** Label and digest of every picture. */
let pictures: { label: number; digest: string }[];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-tables-'));
  const made = Array.from({ length: COUNT }, async (_, i) => ({
    label: i % 3,
    body: await plainFile(20 + i, 30, [4 * i, 250 - i, 9], i % 2 === 0 ? 'png' : 'jpeg'),
  }));
  const files = await Promise.all(made);
  pictures = files.map(({ label, body }) => ({ label, digest: sha256Hex(body) }));
  const list = path.join(folder, 'pictures.json');
  await writeFile(list, JSON.stringify(files.map(({ label, body }) => [label, body.toString('base64')])));
  const { status, stdout, tail } = await run(await tablesPython(), [script, folder, list]);
  if (status !== 0) throw new Error(tail);
  forms = z.array(Form).parse(JSON.parse(stdout));
}, 900_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** `SPLIT CLASS DIGEST` of every image, read as a worker reads it; and what the source says of itself. */
async function readAll(place: string): Promise<{
  format: string;
  samples: string[];
  words: Record<string, string>;
  leftOut: Record<string, number>;
  strays: SourceFile[];
  files: SourceFile[];
}> {
  const source = await openSource(place);
  const reader = await openReader(place);
  try {
    const layout = await readLayout(source);
    const samples: string[] = [];
    const files: SourceFile[] = [];
    for (const split of SPLITS) {
      for (const [name, members] of layout[split] ?? []) {
        for (const file of members) {
          const bytes = await reader.read({ name: file.name, at: file.at });
          samples.push(`${split} ${name} ${sha256Hex(bytes)}`);
          files.push(file);
        }
      }
    }
    const words = Object.fromEntries((await source.words?.()) ?? []);
    const { strays, leftOut } = layout;
    return {
      format: source.format,
      samples: samples.sort(),
      words,
      leftOut: leftOut.folders(),
      strays,
      files,
    };
  } finally {
    await source.close();
    await reader.close();
  }
}

function expected({ classes, split }: z.infer<typeof Form>): string[] {
  return pictures
    .slice(0, 3 * QUARTER)
    .map(
      ({ label, digest }, i) =>
        `${split && i >= 2 * QUARTER ? 'val' : 'train'} ${classes[label] ?? ''} ${digest}`,
    )
    .sort();
}

describe('tables that pyarrow wrote', () => {
  it('give the same images in every form', async () => {
    expect(forms.length).toBeGreaterThan(20);
    for (const form of forms) {
      const found = await readAll(path.join(folder, form.source));
      expect(found.samples, form.source).toEqual(expected(form));
      expect(found.words, form.source).toEqual(form.words);
      expect(found.format).toMatch(/^Hugging Face Parquet, \d files?$/);
    }
  });

  it('leave the test split out, with the number of its images', async () => {
    const { leftOut } = await readAll(path.join(folder, 'snappy'));
    expect(leftOut).toEqual({ 'data/test-00000-of-00001.parquet': QUARTER });
  });

  it('say about how large an image is, without reading it', async () => {
    const { files } = await readAll(path.join(folder, 'none'));
    const listed = files.reduce((sum, { size }) => sum + size, 0);
    expect(listed).toBeGreaterThan(0);
    expect(new Set(files.map(({ group }) => group)).size).toBe((3 * QUARTER) / 5);
  });

  it('lose a row without an image or a label, and nothing else', async () => {
    const place = path.join(folder, 'nulls');
    const source = await openSource(place);
    const { train, strays } = await readLayout(source);
    expect(strays.map(({ name, problem }) => [name, problem?.reason])).toEqual([
      ['train.parquet/00000', 'no-label'],
      ['train.parquet/00001', 'no-label'],
    ]);
    const reasons = new Map<string, number>();
    for (const file of [...train.values()].flat()) {
      const outcome = await source.read(file).then(
        () => 'read',
        (error: unknown) => String((error as { problem?: { reason: string } }).problem?.reason),
      );
      reasons.set(outcome, (reasons.get(outcome) ?? 0) + 1);
    }
    expect(Object.fromEntries(reasons)).toEqual({ read: COUNT - 2 - COUNT / 5, missing: COUNT / 5 });
    await source.close();
  });

  it.each(['big', 'many'])('are read by the page or the row group: %s', async (name) => {
    const { files, samples } = await readAll(path.join(folder, name));
    expect(new Set(samples).size).toBe(12_000);
    expect(new Set(files.map(({ group }) => group)).size).toBe(name === 'big' ? 12 : 120);
  });
});
