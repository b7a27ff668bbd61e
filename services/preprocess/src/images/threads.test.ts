import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { checkSpec, decoderOf, type DecodedSample, type DecodeRequest } from '@alexnet/datasets';
import { BLUE, imageFile, plainFile, RED } from '@alexnet/images/testing';
import { openReader } from '@alexnet/sources';
import { ImageThreads } from './threads.ts';

let folder: string;
let threads: ImageThreads;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-threads-'));
  vi.stubEnv('STORAGE_URL', pathToFileURL(path.join(folder, 'store')).href);
  threads = new ImageThreads(2);
});
afterEach(async () => {
  await threads.close();
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

const source = (): string => path.join(folder, 'source');

async function requestFor(encoding: 'rgb' | 'jpg'): Promise<DecodeRequest> {
  const files: Record<string, Buffer> = {
    'a/plain.jpg': await plainFile(300, 280, RED, 'jpeg'),
    'a/small.jpg': await plainFile(40, 30, BLUE, 'jpeg'),
    'a/grey.png': await plainFile(64, 64, [7, 7, 7]),
    'a/cut.jpg': (
      await imageFile({ width: 300, height: 280, format: 'jpeg' }, (row) => [row % 256, 0, 0])
    ).subarray(0, 900),
    'a/none.jpg': Buffer.alloc(0),
  };
  await mkdir(path.join(source(), 'a'), { recursive: true });
  for (const [name, bytes] of Object.entries(files)) await writeFile(path.join(source(), name), bytes);
  return {
    spec: checkSpec({ name: 'd', source: source(), valFraction: 0, seed: 1, encoding }),
    split: 'train',
    samples: [
      ...Object.entries(files).map(
        ([name, { length }], label) => [name, label, length] as [string, number, number],
      ),
      ['a/gone.jpg', 9, 10],
    ],
  };
}

/** With all bytes as text. */
const shown = (samples: readonly DecodedSample[]): unknown =>
  samples.map((sample) =>
    Object.fromEntries(
      Object.entries(sample).map(([name, value]) => [
        name,
        value instanceof Uint8Array ? Buffer.from(value).toString('base64') : (value as unknown),
      ]),
    ),
  );

it.each(['rgb', 'jpg'] as const)('decodes as one thread does, to %s', async (encoding) => {
  const request = await requestFor(encoding);
  const reader = await openReader(source());
  const { samples: wanted } = await decoderOf(reader).decode(request);
  await reader.close();
  const decoder = threads.decoderFor('a');
  const decoded = await Promise.all(Array.from({ length: 12 }, () => decoder.decode(request)));
  expect(wanted.map((sample) => 'quarantined' in sample)).toEqual([false, false, false, true, true, true]);
  for (const { samples } of decoded) expect(shown(samples)).toEqual(shown(wanted));
});

it('passes on what is wrong with the source as a whole, with its cause', async () => {
  const request = await requestFor('rgb');
  await rm(source(), { recursive: true });
  await expect(threads.decoderFor('a').decode(request)).rejects.toMatchObject({ code: 'SOURCE_NOT_FOUND' });
  await requestFor('rgb');
  expect((await threads.decoderFor('a').decode(request)).samples).toHaveLength(6);
});

it('fails what waits for threads that cannot start, and starts others for the next request', async () => {
  const request = await requestFor('rgb');
  vi.stubEnv('ALEXNET_LOG_LEVEL', 'no level');
  const waiting = Array.from({ length: 20 }, () => threads.decoderFor('a').decode(request));
  for (const ended of await Promise.allSettled(waiting))
    expect(ended).toMatchObject({ status: 'rejected', reason: { code: 'THREAD_FAILED' } });
  vi.stubEnv('ALEXNET_LOG_LEVEL', undefined);
  expect((await threads.decoderFor('a').decode(request)).samples).toHaveLength(6);
});
