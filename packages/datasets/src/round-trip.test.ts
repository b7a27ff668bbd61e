import path from 'node:path';
import { encodePng } from '@alexnet/images';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseJson } from './json.ts';
import { Manifest, manifestDigest } from './manifest-schema.ts';
import { ShardIndex } from './shard-format.ts';
import { createShardReader } from './shard-reader.ts';
import { Workspace } from './testing.ts';

const SIDE = 16;
const VALUES = SIDE * SIDE * 3;

let here: Workspace;
beforeEach(async () => {
  here = await Workspace.open();
});
afterEach(async () => {
  await here.close();
});

/** Every sample of a dataset's train split by its name. */
async function readAll(manifest: Manifest): Promise<Map<string, { label: number; pixels: Buffer }>> {
  const reader = createShardReader({ store: here.store, cacheDir: here.root, maxBytes: 1e9 });
  const samples = new Map<string, { label: number; pixels: Buffer }>();
  for (const shard of manifest.splits.train.shards.keys()) {
    const opened = await reader.open(manifest, 'train', shard);
    for (let i = 0; i < opened.count; i++)
      samples.set(opened.names[i] ?? '', { label: opened.labels[i] ?? NaN, pixels: await opened.read(i) });
  }
  await reader.close();
  return samples;
}

it('reads any pixels back out of shards as they went in, each under its name and label', async () => {
  const image = fc.tuple(fc.boolean(), fc.uint8Array({ minLength: VALUES, maxLength: VALUES }));
  const sets = fc.tuple(fc.array(image, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 4 }));
  let made = 0;
  await fc.assert(
    fc.asyncProperty(sets, async ([images, shardSize]) => {
      const name = `d${made++}`;
      const source = path.join(here.source, name);
      const blank = new Uint8Array(VALUES);
      const wanted = new Map<string, Uint8Array>([
        ['a/blank.png', blank],
        ['b/blank.png', blank],
      ]);
      for (const [i, [second, pixels]] of images.entries())
        wanted.set(`${second ? 'b' : 'a'}/${i}.png`, pixels);
      for (const [file, pixels] of wanted) {
        const png = await encodePng(pixels, { width: SIDE, height: SIDE, channels: 3 });
        await here.write({ [`${name}/${file}`]: png });
      }
      const manifest = await here.make({ name, source, shardSize, side: SIDE });
      const samples = await readAll(manifest);
      expect([...samples.keys()].sort()).toEqual([...wanted.keys()].sort());
      for (const [file, { label, pixels }] of samples) {
        expect(manifest.classes[label]).toBe(file.slice(0, 1));
        expect(pixels.equals(wanted.get(file) ?? blank), file).toBe(true);
      }
    }),
    { numRuns: 15 },
  );
});

describe('through JSON come back as they were', () => {
  const whole = fc.nat({ max: Number.MAX_SAFE_INTEGER });
  const number = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
  const sha256 = fc.stringMatching(/^[0-9a-f]{64}$/);
  const text = fc.string({ unit: 'binary' });

  it('indices of shards', () => {
    const indices = fc.record({
      version: fc.constant(1 as const),
      encoding: fc.constantFrom('rgb' as const, 'jpg' as const),
      offsets: fc.array(whole),
      lengths: fc.array(whole),
      labels: fc.array(whole),
      names: fc.array(text),
    });
    fc.assert(
      fc.property(indices, (index) => {
        expect(parseJson(ShardIndex, Buffer.from(JSON.stringify(index)), 'k')).toEqual(index);
      }),
    );
  });

  it('manifests, with their digest', () => {
    const three = fc.tuple(number, number, number);
    const shard = fc.record({
      key: text,
      index: text,
      count: fc.nat({ max: 65_536 }),
      bytes: whole,
      sha256,
      indexSha256: sha256,
    });
    const split = fc.array(shard, { maxLength: 5 }).map((shards) => ({
      count: shards.reduce((sum, { count }) => sum + count, 0),
      shards,
    }));
    const manifests = fc.record({
      version: fc.constant(1 as const),
      name: fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/),
      source: text,
      spec: fc.record({
        valFraction: fc.double({ min: 0, max: 0.99, noNaN: true }).map((value) => value + 0),
        seed: fc.nat({ max: 0xffff_ffff }),
        shardSize: fc.integer({ min: 1, max: 65_536 }),
        side: fc.integer({ min: 4, max: 128 }).map((quarter) => 4 * quarter),
        encoding: fc.constantFrom('rgb' as const, 'jpg' as const),
      }),
      classes: fc.array(text),
      splits: fc.record({ train: split, val: split }),
      statistics: fc.record({
        count: whole,
        mean: three,
        covariance: fc.tuple(three, three, three),
        eigenvalues: three,
        eigenvectors: fc.tuple(three, three, three),
        meanImage: fc.record({ key: text, sha256 }),
      }),
      quarantined: fc.record({ count: whole, reasons: fc.constant({ corrupt: 1 }) }),
      format: text,
      words: fc.constantFrom<Record<string, string>>({}, { n02012849: 'crane' }),
      warned: fc.constantFrom<Record<string, number>>({}, { hidden: 2 }),
      ignored: fc.constantFrom<Record<string, number>>({}, { hidden: 2 }),
      leftOut: fc.constantFrom<Record<string, number>>({}, { test: 2 }),
      droppedClasses: fc.array(text),
    });
    fc.assert(
      fc.property(manifests, (content) => {
        const manifest: Manifest = { ...content, digest: manifestDigest(content) };
        const back = parseJson(Manifest, Buffer.from(JSON.stringify(manifest)), 'k');
        expect(back).toEqual(manifest);
        expect(manifestDigest(back)).toBe(manifest.digest);
        expect(manifestDigest({ ...back, classes: [...back.classes, 'more'] })).not.toBe(manifest.digest);
      }),
    );
  });
});
