import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { decodeImage } from '@alexnet/images';
import { findMinio, startMinio } from '@alexnet/local';
import {
  folderStaging,
  openReader,
  openSource,
  readLayout,
  SPLITS,
  type Source,
  type SourceFile,
  type SourceReader,
} from '@alexnet/sources';
import { sha256Hex, type BucketOptions } from '@alexnet/storage';
import { parityPython } from '../../support/parity.ts';
import { tablesPython } from '../../support/tables.ts';
import { run } from '../../support/run.ts';
import { cacheDir, isThere, s3Backend } from '../backends.ts';

const Form = z.strictObject({
  /** Relative to the folder. */
  source: z.string(),
  /** Part of what it is recognised as. */
  format: z.string(),
  /** Whether it says what the classes are called. */
  words: z.boolean().default(false),
  /** Whether its classes are numbers, in the order of the WNIDs. */
  numbers: z.boolean().default(false),
  /** Whether it is the train split alone. */
  trainOnly: z.boolean().default(false),
  /** Of the images, where it is a part of the set. */
  part: z.number().optional(),
  /** Files that are not used. */
  leftOut: z.number().default(0),
});
type Form = z.infer<typeof Form>;
const Written = z.strictObject({ words: z.record(z.string(), z.string()), forms: z.array(Form) });

const minio = await findMinio(cacheDir);
const folder = await mkdtemp(path.join(tmpdir(), 'alexnet-forms-'));
afterAll(() => rm(folder, { recursive: true, force: true }));
/** Before the tests are collected: each form is a test. */
const written = await writeForms();
/** `SPLIT CLASS DIGEST` of every image of the set, by its canonical pixels. */
let whole: string[];
beforeAll(async () => {
  const source = await openSource(path.join(folder, 'folder'));
  whole = await samplesOf(source, source);
  await source.close();
});

async function writeForms(): Promise<z.infer<typeof Written>> {
  const script = fileURLToPath(new URL('forms.py', import.meta.url));
  const { status, stdout, tail } = await run(await parityPython(), [script, folder]);
  if (status !== 0) throw new Error(tail);
  const { words, forms } = Written.parse(JSON.parse(stdout));
  const tables = fileURLToPath(new URL('forms_tables.py', import.meta.url));
  const parquet = await run(await tablesPython(), [tables, folder]);
  if (parquet.status !== 0) throw new Error(parquet.tail);
  return { words, forms: [...forms, Form.parse({ source: 'hugging-face', format: 'Parquet' })] };
}

/** Read as workers do, who have not listed the source. */
async function samplesOf(source: Source, reader: SourceReader): Promise<string[]> {
  const layout = await readLayout(source);
  const found: string[] = [];
  for (const split of SPLITS)
    for (const [name, files] of layout[split] ?? [])
      for (const file of files) found.push(`${split} ${name} ${await digestOf(reader, file)}`);
  return found.sort();
}

const digestOf = async (source: SourceReader, { name, at }: SourceFile): Promise<string> =>
  sha256Hex((await decodeImage(await source.read({ name, at }))).pixels);

/** What a form must give, as {@link samplesOf} says it. */
function expected({ numbers, trainOnly }: Form): string[] {
  const wnids = Object.keys(written.words).sort();
  return whole
    .filter((line) => !trainOnly || line.startsWith('train'))
    .map((line) => (numbers ? wnids.reduce((text, wnid, i) => text.replace(wnid, String(i)), line) : line))
    .sort();
}

async function expectForm(form: Form, url: string, access?: BucketOptions): Promise<void> {
  const staged = await mkdtemp(path.join(tmpdir(), 'alexnet-staged-'));
  const staging = await folderStaging(staged);
  const options = { ...access, staging };
  const source = await openSource(url, options);
  const reader = await openReader(url, options);
  try {
    expect(source.format, form.source).toContain(form.format);
    const samples = await samplesOf(source, reader);
    if (form.part === undefined) expect(samples, form.source).toEqual(expected(form));
    else {
      // One tar is one split.
      const images = whole.map((line) => line.replace(/^val/, 'train'));
      expect(samples, form.source).toHaveLength(form.part);
      expect(images, form.source).toEqual(expect.arrayContaining(samples));
    }
    const words = Object.fromEntries((await source.words?.()) ?? []);
    expect(words, form.source).toEqual(form.words ? written.words : {});
  } finally {
    await source.close();
    await reader.close();
    await staging.close();
    await rm(staged, { recursive: true });
  }
}

describe('one set of images gives the same classes and the same samples', () => {
  it('of 60 images in more than 18 forms', () => {
    expect(whole).toHaveLength(60);
    expect(new Set(whole).size).toBe(60);
    expect(written.forms.length).toBeGreaterThan(18);
  });

  it.each(written.forms)('from a disk: $source', (form) => expectForm(form, path.join(folder, form.source)));

  describe.skipIf(!isThere('MinIO', minio))('from MinIO', () => {
    let backend: Awaited<ReturnType<typeof s3Backend>>;
    beforeAll(async () => {
      backend = await s3Backend(startMinio);
      const store = backend.open('');
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        const place = path.join(entry.parentPath, entry.name);
        await store.put(`sets/${path.relative(folder, place)}`, await readFile(place));
      }
      await store.close();
    });
    afterAll(() => backend.stop());

    it.each(written.forms)('$source', async (form) => {
      const { bucket, endpoint } = backend.server;
      await expectForm(form, `s3://${bucket}/sets/${form.source}`, {
        s3Endpoint: endpoint,
        credentials: backend.server,
      });
    });
  });
});
