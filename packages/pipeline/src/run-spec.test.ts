import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { resolveProfile } from '@alexnet/model';
import { checkedJson, openStore, type ObjectStore } from '@alexnet/storage';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readRunSpec, specKey, type RunSpec } from './run-spec.ts';

let folder: string;
let store: ObjectStore;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-run-spec-'));
  store = openStore(pathToFileURL(folder).href);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const spec: RunSpec = {
  version: 1,
  run: 'r',
  dataset: { name: 'd', digest: '0'.repeat(64), classes: ['a', 'b'], train: 10, val: 0 },
  profile: resolveProfile('paper', []),
  seed: 1,
  keep: 3,
};
const put = (text: string) => store.put(specKey('r'), Buffer.from(text));

it('reads back what was written', async () => {
  await put(JSON.stringify(spec));
  expect(await readRunSpec(store, 'r')).toEqual(spec);
});

it('notices any value that was changed', async () => {
  const text = checkedJson(spec).toString();
  await put(text.replace('"learningRate": 0.01', '"learningRate": 0.11'));
  await expect(readRunSpec(store, 'r')).rejects.toMatchObject({
    code: 'FORMAT_INVALID',
    actual: expect.stringContaining('checksum') as string,
  });
  await put(text);
  expect(await readRunSpec(store, 'r')).toEqual(spec);
});

it.each([
  ['no JSON', '{'],
  ['another shape', '[]'],
  ['the spec of another run', JSON.stringify({ ...spec, run: 'other' })],
  ['a key too many', JSON.stringify({ ...spec, more: 1 })],
  [
    'layers that do not fit together',
    JSON.stringify({ ...spec, profile: { ...spec.profile, net: { ...spec.profile.net, input: 40 } } }),
  ],
])('refuses %s', async (_, text) => {
  await put(text);
  await expect(readRunSpec(store, 'r')).rejects.toMatchObject({ code: 'FORMAT_INVALID' });
});
