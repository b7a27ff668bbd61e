import { checkSpec, openSamples, readManifest, readMeanImage, type Manifest } from '@alexnet/datasets';
import { AlexnetError } from '@alexnet/core';
import { encodePng } from '@alexnet/images';
import { addDataset, removeDataset, showDataset, showDatasets, type DatasetStatus } from '@alexnet/pipeline';
import * as z from 'zod';
import { asFailure } from '../errors.ts';
import type { Parts, Server } from './parts.ts';
import {
  Accepted,
  AddDataset,
  Confirmation,
  DatasetDetails,
  DatasetList,
  DatasetSamples,
  Name,
  type DatasetRow,
} from './schemas.ts';
import { checkConfirmation } from './confirmation.ts';

const DatasetName = z.object({ name: Name });
const SPLITS = ['train', 'val'] as const;
const MOST_SAMPLES = 100;

/** Datasets: what they are made of, and their making and removal. */
export function datasetRoutes(server: Server, { backend }: Parts): void {
  const { store, shards } = backend;

  server.get(
    '/datasets',
    { schema: { tags: ['datasets'], summary: 'Every dataset', response: { 200: DatasetList } } },
    async () => {
      const all = await backend.read(showDatasets);
      return { datasets: all.map(rowOf) };
    },
  );

  server.get(
    '/datasets/:name',
    {
      schema: {
        tags: ['datasets'],
        summary: 'A dataset',
        params: DatasetName,
        response: { 200: DatasetDetails },
      },
    },
    async ({ params: { name } }) => detailsOf(await backend.read((reading) => showDataset(reading, name))),
  );

  server.get(
    '/datasets/:name/samples',
    {
      schema: {
        tags: ['datasets'],
        summary: 'Some images, of one class or of all',
        params: DatasetName,
        querystring: z.object({
          class: z.string().max(1000).optional(),
          split: z.enum(SPLITS).default('train'),
          limit: z.coerce.number().int().min(1).max(MOST_SAMPLES).default(24),
        }),
        response: { 200: DatasetSamples },
      },
    },
    async ({ params: { name }, query }) => {
      const manifest = await readManifest(store, name);
      const label = query.class === undefined ? undefined : manifest.classes.indexOf(query.class);
      const samples = await findSamples(manifest, query.split, label, query.limit);
      const base = `/api/v1/datasets/${encodeURIComponent(name)}/samples/${query.split}`;
      return { samples: samples.map((sample) => ({ ...sample, url: `${base}/${sample.id}.png` })) };
    },
  );

  server.get(
    '/datasets/:name/samples/:split/:file',
    {
      schema: {
        tags: ['datasets'],
        summary: 'A stored image, as a PNG: ID.png',
        params: DatasetName.extend({
          split: z.enum(SPLITS),
          file: z.string().regex(/^\d{1,10}\.png$/),
        }),
        produces: ['image/png'],
      },
    },
    async ({ params: { name, split, file } }, reply) => {
      const manifest = await readManifest(store, name);
      const id = Number(file.slice(0, -4));
      const { train, val } = manifest.splits;
      const position = split === 'val' ? id - train.count : id;
      if (position < 0 || position >= (split === 'val' ? val : train).count) throw noSample(name, id);
      const [sample] = await openSamples(shards, manifest, split, [id]);
      const { side } = manifest.spec;
      const pixels = (await sample?.read()) ?? Buffer.alloc(0);
      return await reply
        .type('image/png')
        .send(await encodePng(pixels, { width: side, height: side, channels: 3 }));
    },
  );

  server.get(
    '/datasets/:name/mean.png',
    {
      schema: {
        tags: ['datasets'],
        summary: 'The mean image, as a PNG',
        params: DatasetName,
        produces: ['image/png'],
      },
    },
    async ({ params: { name } }, reply) => {
      const manifest = await readManifest(store, name);
      const { side } = manifest.spec;
      const mean = Uint8Array.from(await readMeanImage(store, manifest), Math.round);
      return await reply
        .type('image/png')
        .send(await encodePng(mean, { width: side, height: side, channels: 3 }));
    },
  );

  server.post(
    '/datasets',
    {
      schema: {
        tags: ['datasets'],
        summary: 'Make a dataset',
        body: AddDataset,
        response: { 202: Accepted },
        security: [{ token: [] }],
      },
    },
    async ({ body }, reply) => {
      const spec = checkSpec({ ...body, shardSize: 1024, side: 256, encoding: 'rgb' });
      await addDataset(await backend.pipeline(), spec);
      return await reply.status(202).send({ name: spec.name });
    },
  );

  server.delete(
    '/datasets/:name',
    {
      schema: {
        tags: ['datasets'],
        summary: 'Remove a dataset',
        params: DatasetName,
        body: Confirmation,
        response: { 200: Accepted },
        security: [{ token: [] }],
      },
    },
    async ({ params: { name }, body }) => {
      checkConfirmation(name, body.confirm);
      const pipeline = await backend.pipeline();
      await removeDataset(pipeline, name, () => pipeline.queues.additionsInHand(name));
      return { name };
    },
  );

  async function findSamples(
    manifest: Manifest,
    split: (typeof SPLITS)[number],
    label: number | undefined,
    limit: number,
  ): Promise<{ id: number; name: string; class: string }[]> {
    const found: { id: number; name: string; class: string }[] = [];
    for (let shard = 0; shard < manifest.splits[split].shards.length && found.length < limit; shard++) {
      const { ids, labels, names, count } = await shards.open(manifest, split, shard);
      for (let at = 0; at < count && found.length < limit; at++) {
        if (label !== undefined && labels[at] !== label) continue;
        const name = manifest.classes[labels[at] ?? -1] ?? '';
        found.push({ id: ids[at] ?? 0, name: names[at] ?? '', class: name });
      }
    }
    return found;
  }
}

function rowOf({ name, status, manifest, source, progress, error }: DatasetStatus): DatasetRow {
  return {
    ...{ name, status, progress },
    source: manifest?.source ?? source,
    classes: manifest?.classes.length ?? null,
    train: manifest?.splits.train.count ?? null,
    val: manifest?.splits.val.count ?? null,
    quarantined: manifest?.quarantined.count ?? null,
    bytes: manifest === null ? null : bytesOf(manifest),
    error: error && asFailure(error),
  };
}

const bytesOf = ({ splits }: Manifest): number =>
  [...splits.train.shards, ...splits.val.shards].reduce((sum, { bytes }) => sum + bytes, 0);

function detailsOf(status: DatasetStatus): DatasetDetails {
  const { manifest } = status;
  const counts = manifest?.classCounts;
  return {
    ...rowOf(status),
    digest: manifest?.digest ?? null,
    side: manifest?.spec.side ?? null,
    classCounts: (manifest?.classes ?? []).map((name, label) => ({
      class: name,
      train: counts?.train[label] ?? 0,
      val: counts?.val[label] ?? 0,
    })),
    quarantineReasons: manifest?.quarantined.reasons ?? {},
    warned: manifest?.warned ?? {},
    ignored: manifest?.ignored ?? {},
    duplicates: manifest?.duplicates ?? null,
    meanColour: manifest?.statistics.mean ?? null,
    eigenvalues: manifest?.statistics.eigenvalues ?? [],
    eigenvectors: manifest?.statistics.eigenvectors ?? [],
  };
}

const noSample = (name: string, id: number): AlexnetError =>
  new AlexnetError('OBJECT_NOT_FOUND', {
    expected: `an image that ${name} has in this split`,
    actual: String(id),
    remedy: 'Correct the number.',
  });
