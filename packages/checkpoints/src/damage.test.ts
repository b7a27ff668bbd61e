import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openStore, parseCheckedJson, type ObjectStore } from '@alexnet/storage';
import { CheckpointReader } from './reader.ts';
import { rewind } from './rewind.ts';
import { stateAt, withMethods } from './testing.ts';
import { CheckpointWriter } from './writer.ts';

const ERRORS = new Map([
  [1, 0.9],
  [2, 0.1],
  [3, 0.5],
  [4, 0.7],
]);

/** The store of a run with four checkpoints. */
let saved: string;
let folder: string;
let store: ObjectStore;
let reader: CheckpointReader;

beforeAll(async () => {
  saved = await mkdtemp(path.join(tmpdir(), 'alexnet-checkpoints-'));
  const whole = openStore(pathToFileURL(saved).href);
  const writer = await CheckpointWriter.claim(whole, 'r', 5);
  for (const [step, validationError] of ERRORS) await writer.save(stateAt(step, { validationError }));
  await whole.close();
});
afterAll(() => rm(saved, { recursive: true }));

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-checkpoints-'));
  store = openStore(pathToFileURL(folder).href);
  reader = new CheckpointReader(store, 'r');
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

const saveAll = (): Promise<void> => cp(saved, folder, { recursive: true });

const BEST = { checkpoint: 'step-00000002-1', step: 2, validationError: 0.1 };
const keyOf = (name: string, file = 'checkpoint.json'): string => `runs/r/checkpoints/${name}/${file}`;
const parsed = async (key: string): Promise<unknown> => parseCheckedJson(await store.get(key));

async function damage(key: string): Promise<void> {
  const bytes = await store.get(key);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  await store.put(key, bytes);
}

/** A whole checkpoint under another fencing token, as a trainer leaves it that died before it moved `LATEST`. */
async function orphan(step: number, fence: number): Promise<string> {
  const name = `step-${String(step).padStart(8, '0')}-${fence}`;
  const manifest = await reader.manifest('latest');
  const part = { ...manifest.model, key: `runs/r/ledger/${name}.jsonl`, fromStep: step, toStep: step };
  await store.put(
    keyOf(name),
    Buffer.from(JSON.stringify({ ...manifest, name, step, fence, ledger: [part] })),
  );
  return name;
}

describe('a damaged BEST', () => {
  const damages: [string, () => Promise<unknown>][] = [
    ['with a flipped bit', () => damage('runs/r/BEST')],
    ['cut off', async () => store.put('runs/r/BEST', (await store.get('runs/r/BEST')).subarray(0, 20))],
    ['empty', () => store.put('runs/r/BEST', Buffer.alloc(0))],
    ['deleted', () => store.delete('runs/r/BEST')],
    ...[
      { checkpoint: 'step-00000007-1' },
      { checkpoint: 'step-00000003-1' },
      { checkpoint: '../../other' },
      { step: 3 },
      { validationError: 0.01 },
    ].map((change): [string, () => Promise<unknown>] => [
      `that says ${JSON.stringify(change)}`,
      () => store.put('runs/r/BEST', Buffer.from(JSON.stringify({ ...BEST, ...change }))),
    ]),
  ];
  it.each(damages)('%s is made again from the checkpoints when the run is claimed', async (_, spoil) => {
    await saveAll();
    await spoil();
    expect(await reader.best()).toEqual(BEST);
    expect(await reader.manifest('best')).toMatchObject({ step: 2 });
    const writer = await CheckpointWriter.claim(store, 'r', 5);
    expect(await writer.restore()).toMatchObject({ step: 4 });
    expect(await parsed('runs/r/BEST')).toEqual(BEST);
  });

  it.each(damages)(
    '%s is made again when a checkpoint is saved, and the best one is kept',
    async (_, spoil) => {
      await saveAll();
      const writer = await CheckpointWriter.claim(store, 'r', 1);
      await spoil();
      await writer.save(stateAt(5));
      expect(await parsed('runs/r/BEST')).toEqual(BEST);
      expect((await reader.list()).map(({ step }) => step)).toEqual([2, 5]);
    },
  );

  it.each(damages)('%s does not keep a run from going back', async (_, spoil) => {
    await saveAll();
    await spoil();
    await rewind(store, 'r', 1);
    expect(await parsed('runs/r/BEST')).toEqual(BEST);
    expect((await reader.list()).map(({ step }) => step)).toEqual([1, 2]);
    expect(await (await CheckpointWriter.claim(store, 'r', 5)).restore()).toMatchObject({ step: 1 });
  });

  it('is made again without what a trainer left that the run does not descend from', async () => {
    await saveAll();
    await orphan(5, 1);
    await store.delete('runs/r/BEST');
    await store.delete(keyOf('step-00000002-1'));
    expect(await reader.best()).toEqual({ checkpoint: 'step-00000003-1', step: 3, validationError: 0.5 });
  });
});

describe('a manifest that cannot be read, of an old checkpoint,', () => {
  it.each(['{', '', 'null', '{"version":1}'])('%j is no obstacle to the others', async (text) => {
    await saveAll();
    await store.put(keyOf('step-00000002-1'), Buffer.from(text));
    expect(await reader.best()).toMatchObject({ step: 3 });
    const writer = await CheckpointWriter.claim(store, 'r', 1);
    expect(await writer.restore()).toMatchObject({ step: 4 });
    await rewind(store, 'r', 3);
    const successor = await CheckpointWriter.claim(store, 'r', 1);
    await successor.save(stateAt(4));
    expect((await reader.list()).map(({ step }) => step)).toEqual([3, 4]);
  });

  it('is not taken for the one whose name it has', async () => {
    await saveAll();
    await store.put(keyOf('step-00000002-1'), await store.get(keyOf('step-00000003-1')));
    await expect(reader.manifest(2)).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
  });
});

describe('a LATEST', () => {
  it('that is lost is not taken for a run at its beginning', async () => {
    await saveAll();
    await store.delete('runs/r/LATEST');
    await expect(CheckpointWriter.claim(store, 'r', 5)).rejects.toMatchObject({
      code: 'CHECKPOINT_CORRUPT',
      expected: expect.stringContaining('runs/r/LATEST') as string,
      remedy: expect.stringContaining('`alexnet run resume r --checkpoint 4`') as string,
    });
    await rewind(store, 'r', 4);
    expect((await CheckpointWriter.claim(store, 'r', 5)).fence).toBe(3);
  });

  it.each([{ step: 3 }, { checkpoint: '../x' }])('that says %j is damaged', async (change) => {
    await saveAll();
    const pointer = { fence: 1, checkpoint: 'step-00000004-1', step: 4, ...change };
    await store.put('runs/r/LATEST', Buffer.from(JSON.stringify(pointer)));
    await expect(reader.latest()).rejects.toMatchObject({
      code: 'CHECKPOINT_CORRUPT',
      expected: expect.stringContaining('runs/r/LATEST') as string,
    });
  });

  it('with too low a fencing token does not lead into the folders of a trainer before', async () => {
    await saveAll();
    await orphan(5, 7);
    expect((await CheckpointWriter.claim(store, 'r', 5)).fence).toBe(8);
  });
});

describe('of several checkpoints of one step', () => {
  it('the one with the highest fencing token is taken, as a number', async () => {
    await saveAll();
    for (const fence of [9, 10]) await orphan(5, fence);
    expect(await reader.manifest(5)).toMatchObject({ fence: 10 });
    expect((await reader.list()).map(({ name }) => name).slice(-2)).toEqual([
      'step-00000005-9',
      'step-00000005-10',
    ]);
  });

  it('the one is taken that the newest checkpoint descends from', async () => {
    await saveAll();
    await orphan(3, 9);
    expect(await reader.manifest(3)).toMatchObject({ fence: 1 });
  });

  it('one that can be read is taken', async () => {
    await saveAll();
    for (const fence of [9, 10]) await orphan(5, fence);
    await damage(keyOf('step-00000005-10'));
    expect(await reader.manifest(5)).toMatchObject({ fence: 9 });
  });
});

it('steps of more than eight digits are newer than those of eight, for retention and for going back', async () => {
  const writer = await CheckpointWriter.claim(store, 'r', 2);
  for (const step of [99_999_998, 99_999_999, 100_000_000, 100_000_001]) await writer.save(stateAt(step));
  expect((await reader.list()).map(({ step }) => step)).toEqual([100_000_000, 100_000_001]);
  await rewind(store, 'r', 100_000_000);
  expect((await reader.list()).map(({ step }) => step)).toEqual([100_000_000]);
});

const OBJECTS = [
  ['checkpoint.json', keyOf('step-00000004-1'), (place: CheckpointReader) => place.manifest('latest')],
  ['LATEST', 'runs/r/LATEST', async (place: CheckpointReader) => (await place.latestPointer())?.value],
  ['BEST', 'runs/r/BEST', (place: CheckpointReader) => place.best()],
] as const;

it.each(OBJECTS.flatMap((object) => Array.from({ length: 8 }, (_, bit) => [...object, bit] as const)))(
  'no bit of $0 changes what is read of it: bit $3',
  async (_name, key, read, bit) => {
    await saveAll();
    const bytes = await store.get(key);
    const sound = await read(reader);
    let changed = bytes;
    // Without writing each of them to the disk.
    const withChange = new CheckpointReader(
      withMethods(store, {
        get: async (name, range) => (name === key ? changed : await store.get(name, range)),
        getWithEtag: async (name) =>
          name === key ? { body: changed, etag: 'changed' } : await store.getWithEtag(name),
      }),
      'r',
    );
    for (let at = bit; at < bytes.length; at += 8) {
      changed = Buffer.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ (1 << bit);
      const outcome = await read(withChange).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
      else expect(outcome).toEqual(sound);
    }
  },
);

describe('going back to a damaged checkpoint', () => {
  const contents = async (): Promise<unknown[]> => {
    const found = [];
    for await (const { key } of store.list('runs/r/')) found.push(await store.head(key));
    return found;
  };
  it.each(['model.safetensors', 'optimizer.safetensors', 'checkpoint.json'])(
    'in its %s changes nothing, and recommends one that works',
    async (file) => {
      await saveAll();
      await damage(keyOf('step-00000003-1', file));
      await damage(keyOf('step-00000002-1', 'model.safetensors'));
      await damage('runs/r/LATEST');
      const before = await contents();
      await expect(rewind(store, 'r', 3)).rejects.toMatchObject({
        code: 'CHECKPOINT_CORRUPT',
        expected: expect.stringContaining(keyOf('step-00000003-1', file)) as string,
        remedy: expect.stringContaining('`alexnet run resume r --checkpoint 1`') as string,
      });
      expect(await contents()).toEqual(before);
      await rewind(store, 'r', 1);
    },
  );

  it('in its ledger recommends one from before that part', async () => {
    await saveAll();
    await store.delete('runs/r/ledger/step-00000002-1.jsonl');
    await expect(rewind(store, 'r', 3)).rejects.toMatchObject({
      code: 'CHECKPOINT_CORRUPT',
      remedy: expect.stringContaining('`alexnet run resume r --checkpoint 1`') as string,
    });
  });

  it('says so where no earlier one is whole', async () => {
    await saveAll();
    await store.delete('runs/r/ledger/step-00000001-1.jsonl');
    await expect(rewind(store, 'r', 3)).rejects.toMatchObject({
      remedy: expect.stringContaining('`alexnet run remove r`') as string,
    });
  });

  it('that was cut off is finished by doing it again', async () => {
    await saveAll();
    const key = keyOf('step-00000003-1');
    const remove = store.delete.bind(store);
    store.delete = (one) => (one === key ? Promise.reject(new Error('cut off')) : remove(one));
    await expect(rewind(store, 'r', 1)).rejects.toThrow('cut off');
    store.delete = remove;
    await rewind(store, 'r', 1);
    expect((await reader.list()).map(({ step }) => step)).toEqual([1, 2]);
  });
});
