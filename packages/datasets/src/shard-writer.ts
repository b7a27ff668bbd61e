import { AlexnetError } from '@alexnet/core';
import type { ItemProblem, SourceReader, Split } from '@alexnet/sources';
import { encodeJpeg, type ImageWarning } from '@alexnet/images';
import { sha256Hex } from '@alexnet/storage';
import type { ObjectStore } from '@alexnet/storage';
import { datasetPrefix, planKey, shardKeys, type ShardKeys } from './keys.ts';
import { checkAddition } from './claim.ts';
import { fingerprintOf, fingerprintsObject } from './fingerprints.ts';
import { inOrder } from './in-order.ts';
import { findManifest } from './manifest.ts';
import { readPlan, readShardPlan } from './plan-format.ts';
import type { DatasetPlan, PlannedSample } from './plan-format.ts';
import { sealedJson } from './sealed.ts';
import type { QuarantineRecord, ShardIndex, ShardResult } from './shard-format.ts';
import { readImage } from './read-image.ts';
import type { DatasetSpec } from './spec.ts';
import { ImageSums } from './sums.ts';
import { BODY_OFFSET, entryBytes, packTar } from './tar.ts';
import type { TarEntry } from './tar.ts';

export interface ShardReference {
  /** Of the dataset. */
  name: string;
  /** That has the name of the dataset (`claim.json`). */
  addition: string;
  split: Split;
  shard: number;
}

export interface WriteShardOptions {
  /** Images in hand at a time; each takes the memory of its file and its pixels. */
  concurrency?: number;
  onProgress?: (done: number, total: number) => void;
  /** Stops between two images, throwing its reason; nothing is left behind. */
  signal?: AbortSignal;
}

const CONCURRENCY = 8;

type Decoded =
  | { rgb: Buffer; pixels: Buffer; fingerprint: Buffer; warning: ImageWarning | undefined }
  | { quarantined: QuarantineRecord };

/**
 * Writes one planned shard: the tar straight into the store, its index, what copies of its images are found by, the sums of
 * its pixels, and last the result that {@link finishDataset} reads. Images are decoded several at a time and written in the
 * planned order, so writing a shard again gives the same bytes. An image that cannot be read or
 * decoded goes to quarantine.
 * @throws STORAGE_FAILED and the like when the source or the store cannot be read or written: that may pass, and
 *   the shard is to be tried again; JOB_INVALID when another addition, or none, has the name of the dataset
 */
export async function writeShard(
  store: ObjectStore,
  source: SourceReader,
  { name, addition, split, shard }: ShardReference,
  options: WriteShardOptions = {},
): Promise<{ count: number; quarantined: number }> {
  const check = (): Promise<void> => checkAddition(store, name, addition);
  await check();
  const plan = await readPlan(store, name);
  const keys = shardKeys(name, split, shard, 'first');
  const { result, writer } = await putShard({ store, source, plan, check, keys }, { split, shard }, options);
  await store.put(keys.fingerprints, fingerprintsObject(writer.fingerprints, result.sha256));
  await store.put(keys.result, sealedJson(result));
  await discardLate(store, name, { split, shard }, keys);
  return { count: result.count, quarantined: result.quarantined.length };
}

/**
 * Writes a shard that takes the place of one, without the samples at some places in it.
 * @param fingerprints of the first one, to notice that the source was changed since
 * @returns what {@link finishDataset} needs to know of it
 * @throws as {@link writeShard}; DATASET_FAILED where the images are not those of the first shard
 */
export async function writeKeptShard(
  job: Omit<PutShard, 'keys'>,
  { split, shard }: Pick<ShardReference, 'split' | 'shard'>,
  { dropped, fingerprints }: { dropped: ReadonlySet<number>; fingerprints: Buffer },
  options: WriteShardOptions = {},
): Promise<Omit<ShardResult, 'digest'>> {
  const { store, plan } = job;
  const { name } = plan.spec;
  const keys = shardKeys(name, split, shard, 'kept');
  const put = await putShard({ ...job, keys }, { split, shard }, { ...options, dropped });
  if (!Buffer.concat(put.writer.fingerprints).equals(fingerprints)) {
    throw new AlexnetError('DATASET_FAILED', {
      expected: `the images of ${plan.source} to stay as they are while ${name} is made`,
      actual: `other images than before, of those in ${keys.tar}`,
      remedy: 'Run the same `alexnet dataset add` again: it lists the source afresh.',
    });
  }
  const result = { ...put.result, dropped: dropped.size };
  await store.put(keys.result, sealedJson(result));
  await discardLate(store, name, { split, shard }, keys);
  return result;
}

interface PutShard {
  store: ObjectStore;
  source: SourceReader;
  plan: DatasetPlan;
  /** @throws JOB_INVALID where another addition has the name of the dataset */
  check: () => Promise<void>;
  keys: ShardKeys;
}

/** Writes tar, index and sums. */
async function putShard(
  { store, source, plan, check, keys }: PutShard,
  place: Pick<ShardReference, 'split' | 'shard'>,
  options: WriteShardOptions & { dropped?: ReadonlySet<number> },
): Promise<{ result: Omit<ShardResult, 'digest'>; writer: ShardWriter }> {
  const { spec, classes } = plan;
  const { split } = place;
  const samples = await readShardPlan(store, plan, place);
  const writer = new ShardWriter(spec, classes, place, {
    sums: split === 'train' ? new ImageSums(spec.side) : undefined,
    dropped: options.dropped ?? new Set(),
  });
  const decoded = inOrder(samples, options.concurrency ?? CONCURRENCY, async (sample) => {
    options.signal?.throwIfAborted();
    return await decode(source, split, spec, sample);
  });
  const prefix = datasetPrefix(spec.name);
  const tar = packTar(writer.entries(samples, decoded, options.onProgress));
  const { size, sha256 } = await store.putStream(prefix + keys.tar, checkedAtEnd(tar, check));
  const index = Buffer.from(JSON.stringify(writer.index));
  await store.put(prefix + keys.index, index);
  const result: Omit<ShardResult, 'digest'> = {
    plan: plan.digest,
    count: writer.index.labels.length,
    bytes: size,
    sha256,
    indexSha256: sha256Hex(index),
    labels: [...new Set(writer.index.labels)].sort((a, b) => a - b),
    quarantined: writer.quarantined,
    ...(writer.warned.size > 0 && { warned: Object.fromEntries([...writer.warned].sort()) }),
  };
  if (writer.sums !== undefined) {
    const pixels = writer.sums.pixelBytes();
    await store.put(keys.sums, pixels);
    const { channels, products } = writer.sums;
    result.sums = { channels, products, pixelsSha256: sha256Hex(pixels) };
  }
  return { result, writer };
}

/** What a check throws after the last chunk keeps the object from appearing. */
async function* checkedAtEnd(
  chunks: AsyncIterable<Uint8Array>,
  check: () => Promise<void>,
): AsyncGenerator<Uint8Array> {
  yield* chunks;
  await check();
}

/**
 * A worker that stood still may write its shard when the dataset is finished, with another one's shard, or removed. Then
 * nobody else takes away what it wrote. The plan goes first when a dataset ends: where it is there, someone still will.
 */
async function discardLate(
  store: ObjectStore,
  name: string,
  { split, shard }: Pick<ShardReference, 'split' | 'shard'>,
  keys: ShardKeys,
): Promise<void> {
  if ((await store.head(planKey(name))) !== undefined) return;
  for (const key of [keys.sums, keys.fingerprints, keys.result]) await store.delete(key);
  const entry = (await findManifest(store, name))?.splits[split].shards[shard];
  if (entry?.key === keys.tar) return;
  for (const file of [keys.tar, keys.index]) await store.delete(datasetPrefix(name) + file);
}

async function decode(
  source: SourceReader,
  split: Split,
  { encoding, side, strict }: DatasetSpec,
  [name, label, size, known, at]: PlannedSample,
): Promise<Decoded> {
  const read = await readImage(source, { name, size, at, problem: known ?? undefined }, side);
  const quarantine = ({ reason, detail }: ItemProblem): Decoded => {
    const sha256 = read.bytes === undefined ? null : sha256Hex(read.bytes);
    return { quarantined: { split, name, reason, detail, bytes: read.size, sha256 } };
  };
  if ('problem' in read) return quarantine(read.problem);
  const { pixels: rgb, warning } = read.square;
  if (warning !== undefined && strict === true)
    return quarantine({ reason: 'decoder-warning', detail: `a warning about ${warning}, and --strict` });
  const fingerprint = fingerprintOf(read.bytes, rgb, side, label);
  return { rgb, pixels: encoding === 'jpg' ? await encodeJpeg(rgb, side) : rgb, fingerprint, warning };
}

/** Turns decoded samples into tar entries, and keeps the books. */
class ShardWriter {
  readonly index: ShardIndex;
  readonly quarantined: QuarantineRecord[] = [];
  readonly warned = new Map<ImageWarning, number>();
  readonly sums: ImageSums | undefined;
  /** Of all images that were decoded, also of those that are dropped. */
  readonly fingerprints: Buffer[] = [];
  readonly #dropped: ReadonlySet<number>;
  readonly #classes: readonly string[];
  readonly #shard: string;
  #offset = 0;

  constructor(
    { encoding }: DatasetSpec,
    classes: readonly string[],
    { split, shard }: Pick<ShardReference, 'split' | 'shard'>,
    { sums, dropped }: { sums: ImageSums | undefined; dropped: ReadonlySet<number> },
  ) {
    this.index = { version: 1, encoding, offsets: [], lengths: [], labels: [], names: [] };
    this.sums = sums;
    this.#dropped = dropped;
    this.#classes = classes;
    this.#shard = `${split}-${String(shard).padStart(5, '0')}`;
  }

  /** WebDataset: the entries of one sample follow each other and have the same name up to the first dot. */
  async *entries(
    samples: readonly PlannedSample[],
    decoded: AsyncIterable<Decoded>,
    onProgress: WriteShardOptions['onProgress'],
  ): AsyncGenerator<TarEntry> {
    let done = 0;
    for await (const image of decoded) {
      const [name, label] = samples[done] as PlannedSample;
      if ('quarantined' in image) this.quarantined.push(image.quarantined);
      else if (!this.#isDropped(image.fingerprint)) {
        this.sums?.add(image.rgb);
        if (image.warning !== undefined)
          this.warned.set(image.warning, (this.warned.get(image.warning) ?? 0) + 1);
        for (const entry of this.#sample(image.pixels, label, name)) {
          this.#offset += entryBytes(entry.body);
          yield entry;
        }
      }
      done++;
      onProgress?.(done, samples.length);
    }
  }

  /** Of the next image that was decoded. */
  #isDropped(fingerprint: Buffer): boolean {
    this.fingerprints.push(fingerprint);
    return this.#dropped.has(this.fingerprints.length - 1);
  }

  #sample(pixels: Buffer, label: number, name: string): TarEntry[] {
    const { encoding, offsets, lengths, labels, names } = this.index;
    const key = `${this.#shard}-${String(labels.length).padStart(5, '0')}`;
    offsets.push(this.#offset + BODY_OFFSET);
    lengths.push(pixels.length);
    labels.push(label);
    names.push(name);
    const description = JSON.stringify({ name, class: this.#classes[label] });
    return [
      { name: `${key}.${encoding}`, body: pixels },
      { name: `${key}.cls`, body: Buffer.from(String(label)) },
      { name: `${key}.json`, body: Buffer.from(description) },
    ];
  }
}
