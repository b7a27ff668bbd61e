import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { AlexnetError, loadConfig } from '@alexnet/core';
import {
  createShardReader,
  findManifest,
  finishDataset,
  listDatasets,
  planDataset,
  readManifest,
  readMeanImage,
  decoderOf,
  writeShard,
  type DatasetSpec,
} from '@alexnet/datasets';
import { openSource } from '@alexnet/sources';
import { ADDITION, makeDataset, planAlone } from '@alexnet/datasets/testing';
import { plainFile } from '@alexnet/images/testing';
import { resolveProfile } from '@alexnet/model';
import { addDataset, openPipeline, removeDataset, startRun, type Pipeline } from '@alexnet/pipeline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DAMAGES, damage, type Damage } from '../support/damage.ts';
import { markdownTable } from '../support/markdown.ts';
import { startTestRedis, type TestRedis } from '../support/redis.ts';

const PROFILE = resolveProfile('demo', ['net.input=67', 'net.width=0.1', 'batchSize=2', 'sliceSize=2']);

let redis: TestRedis;
let folder: string;
let spec: DatasetSpec;
beforeAll(async () => {
  redis = await startTestRedis();
  folder = await mkdtemp(path.join(tmpdir(), 'alexnet-damage-'));
  const source = path.join(folder, 'source');
  for (const [name, count] of [
    ['a', 3],
    ['b', 2],
  ] as const) {
    await mkdir(path.join(source, name), { recursive: true });
    for (let i = 0; i < count; i += 1)
      await writeFile(path.join(source, name, `${i}.png`), await plainFile(9, 9, [40 * i, 7, 9]));
  }
  await writeFile(path.join(source, 'a/broken.png'), 'no image');
  spec = { name: 'd', source, valFraction: 0, seed: 1, shardSize: 9, side: 68, encoding: 'rgb' };
});
afterAll(async () => {
  await redis.close();
  await rm(folder, { recursive: true });
});

type Operations = Record<string, (pipeline: Pipeline) => Promise<unknown>>;

const add = async (pipeline: Pipeline): Promise<string> => {
  await addDataset(pipeline, spec);
  return 'queues it';
};
const remove = async ({ store, queues }: Pipeline): Promise<unknown> => {
  await removeDataset({ store }, 'd', () => queues.additionsInHand('d'));
  const left: string[] = [];
  for await (const { key } of store.list('datasets/d/')) left.push(key);
  return left;
};

/** Of a finished dataset. */
const FINISHED: Operations = {
  'dataset list': async ({ store }) => {
    const names = await listDatasets(store);
    expect(names).toContain('other');
    expect(await findManifest(store, 'other')).toBeDefined();
    return (await findManifest(store, 'd')) === undefined ? 'without it' : 'with it';
  },
  'dataset show': ({ store }) => readManifest(store, 'd'),
  'dataset add': add,
  train: (pipeline) => startRun(pipeline, { dataset: 'd', run: 'r', profile: PROFILE, seed: 1, keep: 1 }),
  'slices of a run': async ({ store }) => {
    const manifest = await readManifest(store, 'd');
    const reader = createShardReader({ store, cacheDir: path.join(folder, 'cache'), maxBytes: 1e9 });
    try {
      const shard = await reader.open(manifest, 'train', 0);
      return (await shard.read(0)).length;
    } finally {
      await reader.close();
    }
  },
  'predict, evaluate, figures': async ({ store }) =>
    (await readMeanImage(store, await readManifest(store, 'd'))).length,
  'dataset remove': remove,
};

/** Of a dataset whose shards are written. */
const UNFINISHED: Operations = {
  'dataset list': async ({ store }) => await listDatasets(store),
  'plan job': async ({ store }) => await planDataset(store, await openSource(spec.source), spec, ADDITION),
  'shard job': async ({ store }) =>
    await writeShard(store, decoderOf(await openSource(spec.source)), {
      ...{ name: 'd', addition: ADDITION, split: 'train', shard: 0 },
    }),
  'finish job': async ({ store }) => (await finishDataset(store, 'd', ADDITION)).digest,
  'dataset add': add,
  'dataset remove': remove,
};

/** What an operation returns or throws. */
async function outcome(
  pipeline: Pipeline,
  operate: (pipeline: Pipeline) => Promise<unknown>,
): Promise<string> {
  try {
    const result = await operate(pipeline);
    return typeof result === 'string' ? result : JSON.stringify(result ?? null);
  } catch (error) {
    if (error instanceof AlexnetError) return `${error.code}: ${error.message}`;
    throw error;
  }
}

/** A store with a dataset, of which each operation gets a fresh copy: what one changes is not seen by the next. */
class Copies {
  readonly #place: string;
  readonly #whole: string;

  constructor(name: string) {
    this.#place = path.join(folder, `${name}-store`);
    this.#whole = path.join(folder, `${name}-whole`);
  }

  async make(prepare: (pipeline: Pipeline) => Promise<unknown>): Promise<void> {
    await mkdir(this.#whole);
    await this.run(async (pipeline) => {
      await makeDataset(pipeline.store, { ...spec, name: 'other' });
      await prepare(pipeline);
      return '';
    });
    await cp(this.#place, this.#whole, { recursive: true });
  }

  async run(work: (pipeline: Pipeline) => Promise<string>): Promise<string> {
    await redis.redis.flushall();
    await rm(this.#place, { recursive: true, force: true });
    await cp(this.#whole, this.#place, { recursive: true });
    const environment = { REDIS_URL: redis.url, STORAGE_URL: pathToFileURL(this.#place).href };
    const pipeline = await openPipeline(loadConfig(environment));
    try {
      return await work(pipeline);
    } finally {
      await pipeline.lifecycle.close();
    }
  }
}

/** What each operation makes of each damage of one object. */
async function cellsOf(operations: Operations, copies: Copies, object: string): Promise<string[]> {
  const key = `datasets/d/${object}`;
  const cells: string[] = [];
  for (const operate of Object.values(operations)) {
    const undamaged = await copies.run((pipeline) => outcome(pipeline, operate));
    const told = async (how: Damage): Promise<string> => {
      const came = await copies.run(async (pipeline) => {
        await damage(pipeline.store, key, how);
        return await outcome(pipeline, operate);
      });
      if (came === undamaged) return 'as ever';
      return /^[A-Z_]+: /.test(came) && came.includes(key) ? 'names it' : came;
    };
    const all: string[] = [];
    for (const how of DAMAGES) all.push(await told(how));
    const [first = ''] = all;
    cells.push(
      all.every((one) => one === first)
        ? first
        : DAMAGES.map((how, i) => `${how}: ${all[i] ?? ''}`).join('; '),
    );
  }
  return cells;
}

const docs = await readFile(new URL('../../docs/reliability.md', import.meta.url), 'utf8');

/** The rows of the table of docs/reliability.md with these operations, by object, without their padding. */
function documented(operations: Operations): Map<string, string[]> {
  const cellsIn = (line: string): string[] =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
  const lines = docs.split('\n');
  const head = ['object', ...Object.keys(operations)].join();
  const at = lines.findIndex((line) => cellsIn(line).join() === head);
  const end = lines.findIndex((line, i) => i > at && !line.startsWith('|'));
  return new Map(
    lines.slice(at + 2, end).map((line) => {
      const [object = '', ...cells] = cellsIn(line);
      return [object.replaceAll('`', ''), cells];
    }),
  );
}

describe.each([
  {
    of: 'a finished dataset',
    operations: FINISHED,
    prepare: (pipeline: Pipeline): Promise<unknown> => makeDataset(pipeline.store, spec),
    objects: [
      ...['manifest.json', 'train/shard-00000.tar', 'train/shard-00000.index.json'],
      ...['mean.safetensors', 'quarantine.jsonl', 'duplicates.jsonl'],
    ],
  },
  {
    of: 'a dataset that is being made',
    operations: UNFINISHED,
    prepare: async ({ store }: Pipeline): Promise<unknown> => {
      const source = await openSource(spec.source);
      await planAlone(store, source, spec);
      return await writeShard(store, decoderOf(source), {
        ...{ name: 'd', addition: ADDITION, split: 'train', shard: 0 },
      });
    },
    objects: [
      ...['claim.json', 'plan/plan.json', 'plan/train/shard-00000.json'],
      ...['plan/train/shard-00000.result.json', 'plan/train/shard-00000.sums'],
      ...['plan/train/shard-00000.fingerprints', 'train/shard-00000.tar'],
    ],
  },
])(
  'an object of $of that is flipped in one bit, cut in half, emptied or deleted',
  ({ of, operations, prepare, objects }) => {
    let copies: Copies;
    beforeAll(async () => {
      copies = new Copies(of.replaceAll(' ', '-'));
      await copies.make(prepare);
    });

    it('is in docs/reliability.md', () => {
      expect([...documented(operations).keys()]).toEqual(objects);
    });

    it.each(objects)('does to each command what docs/reliability.md says: %s', async (object) => {
      const cells = await cellsOf(operations, copies, object);
      // What has to be in the document where it differs.
      const row = markdownTable([`\`${object}\``, ...cells], []).split('\n')[0];
      expect(cells, row).toEqual(documented(operations).get(object));
    });
  },
);
