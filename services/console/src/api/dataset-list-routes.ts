import {
  findSamples,
  readDuplicates,
  readManifest,
  readQuarantine,
  type DuplicateLine,
  type Manifest,
  type PageRequest,
} from '@alexnet/datasets';
import * as z from 'zod';
import type { Parts, Server } from './parts.ts';
import { DatasetDuplicates, Name, Quarantine } from './schemas.ts';

const DatasetName = z.object({ name: Name });
const MOST_QUARANTINED = 1_000;
const MOST_DUPLICATES = 100;
/** Of one group: of thousands of equal images, some are enough to see what they are. */
const MOST_IMAGES = 24;
/** Datasets of more shards have no pictures of duplicates: to find an image by its name, the index of every shard is read. */
const MOST_SHARDS = 64;

const page = (most: number) =>
  z.object({
    limit: z.coerce.number().int().min(1).max(most).default(Math.min(most, 100)),
    cursor: z
      .string()
      .regex(/^\d{1,15}$/)
      .optional()
      .describe('`next` of the page before'),
  });
const requestOf = ({ limit, cursor }: z.infer<ReturnType<typeof page>>): PageRequest => ({
  limit,
  from: Number(cursor ?? 0),
});
const cursorOf = (next: number | null): string | null => (next === null ? null : String(next));

/** What was noticed while a dataset was made, a page at a time. */
export function datasetListRoutes(server: Server, { backend }: Parts): void {
  const { store, shards } = backend;

  server.get(
    '/datasets/:name/quarantine',
    {
      schema: {
        tags: ['datasets'],
        summary: 'The files that could not be read, with the reasons',
        params: DatasetName,
        querystring: page(MOST_QUARANTINED),
        response: { 200: Quarantine },
      },
    },
    async ({ params: { name }, query }) => {
      const { quarantined } = await readManifest(store, name);
      const { items, next } = await readQuarantine(store, name, requestOf(query));
      return { items, total: quarantined.count, next: cursorOf(next) };
    },
  );

  server.get(
    '/datasets/:name/duplicates',
    {
      schema: {
        tags: ['datasets'],
        summary: 'Groups of equal images, and pairs of images that nearly look alike',
        params: DatasetName,
        querystring: page(MOST_DUPLICATES),
        response: { 200: DatasetDuplicates },
      },
    },
    async ({ params: { name }, query }) => {
      const manifest = await readManifest(store, name);
      // An earlier version did not look for them.
      if (manifest.duplicates === undefined) return { items: [], next: null };
      const { items, next } = await readDuplicates(store, name, requestOf(query));
      const groups = items.map(({ images, ...group }) => ({
        ...group,
        images: images.slice(0, MOST_IMAGES),
        imagesInAll: images.length,
      }));
      const urls = await urlsOf(
        manifest,
        groups.flatMap(({ images }) => images),
      );
      return {
        items: groups.map(({ images, distance, ...group }) => ({
          ...group,
          distance: distance ?? null,
          images: images.map(({ dropped, ...image }) => ({
            ...image,
            isDropped: dropped === true,
            url: (dropped === true ? undefined : urls[image.split].get(image.name)) ?? null,
          })),
        })),
        next: cursorOf(next),
      };
    },
  );

  /** Where the pictures of images are, by their splits and names. */
  async function urlsOf(
    manifest: Manifest,
    images: DuplicateLine['images'],
  ): Promise<Record<'train' | 'val', Map<string, string>>> {
    const of = async (split: 'train' | 'val'): Promise<Map<string, string>> => {
      const names = images.filter((image) => image.split === split).map(({ name }) => name);
      const ids = await findSamples(shards, manifest, split, names);
      const base = `/api/v1/datasets/${encodeURIComponent(manifest.name)}/samples/${split}`;
      return new Map([...ids].map(([name, id]) => [name, `${base}/${id}.png`]));
    };
    const { train, val } = manifest.splits;
    if (train.shards.length + val.shards.length > MOST_SHARDS) return { train: new Map(), val: new Map() };
    return { train: await of('train'), val: await of('val') };
  }
}
