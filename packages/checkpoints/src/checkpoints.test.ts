import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AlexnetError } from '@alexnet/core';
import { openStore, type ObjectStore } from '@alexnet/storage';
import { CheckpointReader } from './reader.ts';
import { rewind } from './rewind.ts';
import { stateAt, withMethods } from './testing.ts';
import { CheckpointWriter } from './writer.ts';

let folder: string;
let store: ObjectStore;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-checkpoints-'));
  store = openStore(pathToFileURL(folder).href);
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true });
});

async function objects(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list('')) found.push(key);
  return found;
}

/** A store whose user sleeps after having moved `LATEST` to its first checkpoint, while `meanwhile` happens. */
const overtaken = (whole: ObjectStore, meanwhile: () => Promise<void>): ObjectStore =>
  withMethods(whole, {
    async put(key, body, condition) {
      const written = await whole.put(key, body, condition);
      if (key.endsWith('LATEST') && condition?.ifMatch !== undefined) await meanwhile();
      return written;
    },
  });

/** A store that is away for one write, before or after it was done. */
function awayOnce(whole: ObjectStore, isTheOne: () => 'before' | 'after' | undefined): ObjectStore {
  const away = (): AlexnetError =>
    new AlexnetError('STORAGE_UNREACHABLE', { expected: 'a', actual: 'b', remedy: 'c' });
  async function during<T>(write: () => Promise<T>): Promise<T> {
    const when = isTheOne();
    if (when === 'before') throw away();
    const written = await write();
    if (when === 'after') throw away();
    return written;
  }
  return withMethods(whole, {
    put: (...args) => during(() => whole.put(...args)),
    putStream: (...args) => during(() => whole.putStream(...args)),
    delete: (...args) => during(() => whole.delete(...args)),
  });
}

const checkpointFolders = () => readdir(path.join(folder, 'runs/r/checkpoints'));

describe('checkpoints', () => {
  it('restore what was saved, model and optimizer and the rest as one', async () => {
    const writer = await CheckpointWriter.claim(store, 'r', 3);
    expect(await writer.restore()).toBeUndefined();
    const request = stateAt(5);
    await writer.save(request);
    const restored = await (await CheckpointWriter.claim(store, 'r', 3)).restore();
    expect({ ...restored, ledger: request.ledger, history: request.history }).toEqual(request);
  });

  it('keep the newest ones and the best', async () => {
    const writer = await CheckpointWriter.claim(store, 'r', 2);
    for (const [step, validationError] of [
      [1, 0.9],
      [2, 0.2],
      [3, 0.5],
      [4, null],
      [5, null],
    ] as const) {
      await writer.save(stateAt(step, { validationError }));
    }
    expect((await checkpointFolders()).sort()).toEqual([
      'step-00000002-1',
      'step-00000004-1',
      'step-00000005-1',
    ]);
    const reader = new CheckpointReader(store, 'r');
    expect((await reader.manifest('best')).step).toBe(2);
    expect((await reader.manifest('latest')).step).toBe(5);
    expect((await reader.manifest(4)).step).toBe(4);
    await expect(reader.manifest(3)).rejects.toMatchObject({ code: 'CHECKPOINT_NOT_FOUND' });
  });

  it('stay in the hands of the trainer that claimed last', async () => {
    const first = await CheckpointWriter.claim(store, 'r', 3);
    await first.save(stateAt(1));
    const second = await CheckpointWriter.claim(store, 'r', 3);
    await expect(first.save(stateAt(2))).rejects.toMatchObject({ code: 'RUN_FENCED' });
    expect((await new CheckpointReader(store, 'r').manifest('latest')).step).toBe(1);
    await second.save(stateAt(2));
    expect((await new CheckpointReader(store, 'r').manifest('latest')).fence).toBe(2);
  });

  it('are claimed by one of many that try at once', async () => {
    const claims = await Promise.allSettled(
      Array.from({ length: 8 }, () => CheckpointWriter.claim(store, 'r', 3)),
    );
    const winners = claims.filter((claim) => claim.status === 'fulfilled');
    expect(winners.length).toBeGreaterThanOrEqual(1);
    const fences = winners.map(({ value }) => value.fence);
    expect(new Set(fences).size).toBe(fences.length);
    for (const claim of claims) {
      if (claim.status === 'rejected') expect(claim.reason).toMatchObject({ code: 'RUN_FENCED' });
    }
  });

  it('move BEST on taking over, where the trainer before died just short of it', async () => {
    const writer = await CheckpointWriter.claim(store, 'r', 3);
    await writer.save(stateAt(1, { validationError: 0.4 }));
    await store.delete('runs/r/BEST');
    await CheckpointWriter.claim(store, 'r', 3);
    expect(await new CheckpointReader(store, 'r').best()).toEqual({
      checkpoint: 'step-00000001-1',
      step: 1,
      validationError: 0.4,
    });
  });

  it.each(['before', 'after'] as const)(
    'can be saved again when the store was away %s a write',
    async (when) => {
      const saveBoth = async (run: string, isTheOne: () => 'before' | 'after' | undefined): Promise<void> => {
        const writer = await CheckpointWriter.claim(awayOnce(store, isTheOne), run, 1);
        for (const request of [stateAt(1, { validationError: 0.5 }), stateAt(2, { validationError: 0.1 })]) {
          await writer.save(request).catch(() => writer.save(request));
        }
      };
      let writes = 0;
      await saveBoth('whole', () => {
        writes += 1;
        return undefined;
      });
      expect(writes).toBeGreaterThan(10);
      const listed = async (run: string): Promise<string[]> =>
        (await objects()).filter((key) => key.startsWith(`runs/${run}/`)).map((key) => key.replace(run, ''));
      // The first one claims the run.
      for (let one = 2; one <= writes; one++) {
        let count = 0;
        await saveBoth(`away-${one}`, () => (++count === one ? when : undefined));
        expect(await listed(`away-${one}`), `write ${one}`).toEqual(await listed('whole'));
        const manifest = await new CheckpointReader(store, `away-${one}`).manifest('latest');
        expect(manifest.ledger.map(({ toStep }) => toStep)).toEqual([1, 2]);
      }
    },
  );

  it('are gone back from to an earlier one, and the later ones are no more', async () => {
    const writer = await CheckpointWriter.claim(store, 'r', 5);
    for (const step of [1, 2, 3, 4])
      await writer.save(stateAt(step, { validationError: step === 3 ? 0.1 : 0.5 }));
    await store.delete('runs/r/checkpoints/step-00000004-1/checkpoint.json');
    const reader = new CheckpointReader(store, 'r');
    await expect(reader.latest()).rejects.toMatchObject({
      code: 'CHECKPOINT_NOT_FOUND',
      actual: 'those of the steps 1, 2, 3',
      remedy: expect.stringContaining('run resume r --checkpoint 3') as string,
    });

    await rewind(store, 'r', 2);
    const successor = await CheckpointWriter.claim(store, 'r', 5);
    expect(await successor.restore()).toMatchObject({ step: 2 });
    // The best one stays until the run comes to it again.
    expect((await reader.list()).map(({ step }) => step)).toEqual([1, 2, 3]);
    await successor.save(stateAt(3, { validationError: 0.1 }));
    expect(await reader.best()).toMatchObject({ checkpoint: 'step-00000003-3' });
    expect((await reader.manifest('latest')).ledger.map(({ toStep }) => toStep)).toEqual([1, 2, 3]);
    await expect(writer.save(stateAt(5))).rejects.toMatchObject({ code: 'RUN_FENCED' });
  });

  it('are gone back to where LATEST itself is damaged', async () => {
    await (await CheckpointWriter.claim(store, 'r', 5)).save(stateAt(1));
    const writer = await CheckpointWriter.claim(store, 'r', 5);
    await writer.save(stateAt(2));
    await writeFile(path.join(folder, 'runs/r/LATEST'), '{"fence":');
    await expect(CheckpointWriter.claim(store, 'r', 5)).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' });

    await rewind(store, 'r', 1);
    const successor = await CheckpointWriter.claim(store, 'r', 5);
    expect(successor.fence).toBeGreaterThan(writer.fence);
    expect(await successor.restore()).toMatchObject({ step: 1 });
  });

  it('are not gone back to where they are damaged', async () => {
    const writer = await CheckpointWriter.claim(store, 'r', 3);
    const { optimizer } = await writer.save(stateAt(1));
    await writer.save(stateAt(2));
    await writeFile(path.join(folder, optimizer.key), 'damaged');
    await expect(rewind(store, 'r', 1)).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
    expect((await new CheckpointReader(store, 'r').manifest('latest')).step).toBe(2);
  });

  it('refuse weights with one bit flipped', async () => {
    const writer = await CheckpointWriter.claim(store, 'r', 3);
    const { model } = await writer.save(stateAt(1));
    const bytes = await store.get(model.key);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await writeFile(path.join(folder, model.key), bytes);
    await expect(writer.restore()).rejects.toMatchObject({ code: 'CHECKPOINT_CORRUPT' });
  });

  it('carry the ledger of every step, across trainers, without the steps of a trainer that was cut off', async () => {
    await (await CheckpointWriter.claim(store, 'r', 1)).save(stateAt(1));
    const cutOff = await CheckpointWriter.claim(store, 'r', 1);
    const successor = await CheckpointWriter.claim(store, 'r', 1);
    await expect(cutOff.save(stateAt(2))).rejects.toMatchObject({ code: 'RUN_FENCED' });
    const { ledger } = await successor.save(stateAt(2));
    expect(ledger.map(({ fromStep, toStep, key }) => [fromStep, toStep, key])).toEqual([
      [1, 1, 'runs/r/ledger/step-00000001-1.jsonl'],
      [2, 2, 'runs/r/ledger/step-00000002-3.jsonl'],
    ]);
  });

  it('leave nothing of a trainer that has lost the run', async () => {
    const first = await CheckpointWriter.claim(store, 'r', 3);
    await CheckpointWriter.claim(store, 'r', 3);
    await expect(first.save(stateAt(1))).rejects.toMatchObject({ code: 'RUN_FENCED' });
    expect(await objects()).toEqual(['runs/r/LATEST']);
  });

  it('take the parts of the ledger away that belong to no checkpoint, when the run is claimed', async () => {
    await (await CheckpointWriter.claim(store, 'r', 3)).save(stateAt(1));
    const [cutOff, beingWritten] = [
      'runs/r/ledger/step-00000002-1.jsonl',
      'runs/r/ledger/step-00000002-3.jsonl',
    ];
    for (const key of [cutOff, beingWritten]) await store.put(key, Buffer.from('{}'));
    await CheckpointWriter.claim(store, 'r', 3);
    const ledger = (await objects()).filter((key) => key.includes('ledger'));
    expect(ledger).toEqual(['runs/r/ledger/step-00000001-1.jsonl', beingWritten]);
  });

  it('take the part of the ledger with them of a checkpoint that LATEST never came to', async () => {
    const killed = await CheckpointWriter.claim(store, 'r', 1);
    const whole = await killed.save(stateAt(1));
    const part = { ...whole.ledger[0], key: 'runs/r/ledger/step-00000002-1.jsonl' };
    await store.put(part.key, Buffer.from('{}'));
    const orphan = { ...whole, name: 'step-00000002-1', step: 2, ledger: [...whole.ledger, part] };
    await store.put(
      'runs/r/checkpoints/step-00000002-1/checkpoint.json',
      Buffer.from(JSON.stringify(orphan)),
    );
    const successor = await CheckpointWriter.claim(store, 'r', 1);
    expect(await objects()).toContain(part.key);
    for (const step of [2, 3]) await successor.save(stateAt(step));
    expect(await objects()).not.toContain(part.key);
    expect((await objects()).filter((key) => key.includes('ledger'))).toHaveLength(3);
  });

  it('are left alone by a trainer that wakes up between its checkpoint and its retention', async () => {
    const begun = 'runs/r/checkpoints/step-00000002-2/model.safetensors';
    const sleepy = overtaken(store, async () => {
      await CheckpointWriter.claim(store, 'r', 1);
      await store.put(begun, Buffer.from('half of it'));
    });
    const first = await CheckpointWriter.claim(sleepy, 'r', 1);
    await first.save(stateAt(1));
    expect(await objects()).toContain(begun);
  });
});

describe('a reader while training goes on', () => {
  /** A store in which three more checkpoints are saved, and earlier ones removed, before the first read of such a key. */
  async function overtaken(part: string): Promise<ObjectStore> {
    const writer = await CheckpointWriter.claim(store, 'r', 1);
    await writer.save(stateAt(1, { validationError: 0.5 }));
    let saved = false;
    const overtake = async (key: string): Promise<void> => {
      if (saved || !key.includes(part)) return;
      saved = true;
      for (const step of [2, 3, 4]) await writer.save(stateAt(step, { validationError: 0.5 - step / 100 }));
    };
    return withMethods(store, {
      async get(key, range) {
        await overtake(key);
        return await store.get(key, range);
      },
      async getWithEtag(key) {
        await overtake(key);
        return await store.getWithEtag(key);
      },
      async getStream(key) {
        await overtake(key);
        return await store.getStream(key);
      },
    });
  }

  it.each(['latest', 'best'] as const)(
    'finds %s, though what it named is removed meanwhile',
    async (selector) => {
      const reader = new CheckpointReader(await overtaken('/checkpoint.json'), 'r');
      expect(await reader.manifest(selector)).toMatchObject({ step: 4 });
    },
  );

  it.each(['latest', 'best'] as const)('reads the weights of %s likewise', async (selector) => {
    const reader = new CheckpointReader(await overtaken('/model.safetensors'), 'r');
    const { manifest, weights } = await reader.trained(selector);
    expect(manifest.step).toBe(4);
    expect(weights.size).toBeGreaterThan(0);
  });
});

describe('a trainer that has lost its run after a checkpoint, and saves that step again', () => {
  it.each([1, 2])('leaves what the other trainer goes on from, %i checkpoints later', async (later) => {
    const first = await CheckpointWriter.claim(store, 'r', 5);
    await first.save(stateAt(1));
    const second = await CheckpointWriter.claim(store, 'r', 5);
    for (let step = 2; step <= later; step++) await second.save(stateAt(step));
    const before = await objects();
    await expect(first.save(stateAt(1))).rejects.toMatchObject({ code: 'RUN_FENCED' });
    expect(await objects()).toEqual(before);
    expect(await second.restore()).toMatchObject({ step: later });
  });

  it('also where it never heard that it had moved LATEST', async () => {
    const moved = new AlexnetError('OBJECT_PRECONDITION_FAILED', { expected: 'a', actual: 'b', remedy: 'c' });
    const forgetful = withMethods(store, {
      async put(key, body, condition) {
        const written = await store.put(key, body, condition);
        if (!key.endsWith('LATEST') || condition?.ifMatch === undefined) return written;
        // It sleeps, another trainer claims the run, and its own write is tried again.
        await CheckpointWriter.claim(store, 'r', 5);
        throw moved;
      },
    });
    const first = await CheckpointWriter.claim(forgetful, 'r', 5);
    await expect(first.save(stateAt(1))).rejects.toMatchObject({ code: 'RUN_FENCED' });
    const reader = new CheckpointReader(store, 'r');
    const { ledger, history } = await reader.manifest('latest');
    for (const { key } of [...ledger, ...(history?.segments ?? [])])
      expect(await store.head(key), key).toBeDefined();
    expect(await (await CheckpointWriter.claim(store, 'r', 5)).restore()).toMatchObject({ step: 1 });
  });
});
