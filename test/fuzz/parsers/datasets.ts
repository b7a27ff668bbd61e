import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { shuffledOrder } from '@alexnet/batches';
import { createShardReader, readManifest, readMeanImage, readPlan } from '@alexnet/datasets';
import { openSource } from '@alexnet/sources';
import type { Manifest } from '@alexnet/datasets';
import { makeDataset, manifestDigest, planAlone, readShardPlan } from '@alexnet/datasets/testing';
import { plainFile } from '@alexnet/images/testing';
import { openStore, sha256Hex } from '@alexnet/storage';
import type { ObjectStore } from '@alexnet/storage';
import { mkdirSync } from 'node:fs';
import { asObject, isForged, raw } from '../parser.ts';
import type { Document, Parser } from '../parser.ts';

const NAME = 'd';
const MOST_READS = 8;

interface Made {
  store: ObjectStore;
  /** Path of an object of the dataset. */
  file: (name: string) => string;
  source: string;
}

const SETTINGS = { name: NAME, valFraction: 0.34, seed: 1, shardSize: 2, side: 16 } as const;

/** A store, and a source of six small pictures. */
async function prepare(folder: string): Promise<Made> {
  const source = path.join(folder, 'source');
  for (const name of ['a', 'b']) {
    mkdirSync(path.join(source, name), { recursive: true });
    for (let i = 0; i < 3; i++)
      writeFileSync(path.join(source, name, `${i}.png`), await plainFile(9, 9, [i, 50 * i, 9]));
  }
  const place = path.join(folder, 'store');
  const store = openStore(pathToFileURL(place).href);
  return { store, source, file: (name) => path.join(place, 'datasets', NAME, name) };
}

async function finished(folder: string, encoding: 'rgb' | 'jpg'): Promise<Made & { manifest: Manifest }> {
  const made = await prepare(folder);
  const manifest = await makeDataset(made.store, { ...SETTINGS, source: made.source, encoding });
  return { ...made, manifest };
}

const jsonFile = (file: string): Document => ({ bytes: readFileSync(file), form: 'json' });

/** Reads the first samples of the first shard, as a worker does. */
async function readSamples(store: ObjectStore, manifest: Manifest, cacheDir: string): Promise<void> {
  const reader = createShardReader({ store, cacheDir, maxBytes: 2 ** 30 });
  try {
    const shard = await reader.open(manifest, 'train', 0);
    for (let i = 0; i < Math.min(shard.count, MOST_READS); i++) await shard.read(i);
  } finally {
    await reader.close();
  }
}

/** The manifest with the first shard's entry changed. */
function withEntry(
  manifest: Manifest,
  change: Partial<Manifest['splits']['train']['shards'][number]>,
): Manifest {
  const changed = structuredClone(manifest);
  const [entry] = changed.splits.train.shards;
  if (entry !== undefined) Object.assign(entry, change);
  return changed;
}

const manifestParser: Parser = {
  name: 'manifest',
  async open(folder) {
    const { store, file } = await finished(folder, 'rgb');
    const document = jsonFile(file('manifest.json'));
    return {
      documents: [document],
      async read(bytes) {
        writeFileSync(file('manifest.json'), isForged(bytes) ? withDigest(bytes) : bytes);
        const manifest = await readManifest(store, NAME);
        await readMeanImage(store, manifest);
        const order = shuffledOrder(
          manifest.splits.train.shards.map(({ count }) => count),
          1,
          0,
        );
        if (order.length > 0) order.at(order.length - 1);
        if (manifest.splits.train.shards.length > 0) await readSamples(store, manifest, folder);
      },
    };
  },
};

function withDigest(bytes: Buffer): Buffer {
  const manifest = asObject(bytes);
  if (typeof manifest?.['spec'] !== 'object' || manifest['spec'] === null) return bytes;
  try {
    return Buffer.from(
      JSON.stringify({ ...manifest, digest: manifestDigest(manifest as unknown as Manifest) }),
    );
  } catch {
    // Nested too deeply to be written again.
    return bytes;
  }
}

function indexParser(encoding: 'rgb' | 'jpg'): Parser {
  return {
    name: `shard-index-${encoding}`,
    async open(folder) {
      const { store, file, manifest } = await finished(folder, encoding);
      const index = file('train/shard-00000.index.json');
      return {
        documents: [jsonFile(index)],
        async read(bytes) {
          writeFileSync(index, bytes);
          await readSamples(store, withEntry(manifest, { indexSha256: sha256Hex(bytes) }), folder);
        },
      };
    },
  };
}

const shardParser: Parser = {
  name: 'shard',
  async open(folder) {
    const { store, file, manifest } = await finished(folder, 'jpg');
    const tar = file('train/shard-00000.tar');
    return {
      documents: [raw(readFileSync(tar))],
      async read(bytes) {
        writeFileSync(tar, bytes);
        const changed = isForged(bytes) ? withEntry(manifest, { bytes: bytes.length }) : manifest;
        await readSamples(store, changed, folder);
      },
    };
  },
};

const planParser: Parser = {
  name: 'plan',
  async open(folder) {
    const { store, file, source } = await prepare(folder);
    const files = await openSource(source);
    const made = await planAlone(store, files, { ...SETTINGS, source });
    const places = ['plan/plan.json', 'plan/train/shard-00000.json'].map(file);
    const documents = places.map(jsonFile);
    return {
      documents,
      async read(bytes, document) {
        writeFileSync(places[document] ?? '', bytes);
        if (document === 0) return await readPlan(store, NAME);
        const samples = await readShardPlan(store, made, { split: 'train', shard: 0 });
        for (const [name] of samples.slice(0, MOST_READS)) await files.read({ name });
        return samples;
      },
    };
  },
};

export const datasets: readonly Parser[] = [
  manifestParser,
  indexParser('rgb'),
  indexParser('jpg'),
  shardParser,
  planParser,
];
