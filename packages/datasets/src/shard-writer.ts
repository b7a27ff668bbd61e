import { AlexnetError } from '@alexnet/core';
import type { Split } from '@alexnet/sources';
import type { ImageWarning } from '@alexnet/images';
import { sha256Hex } from '@alexnet/storage';
import type { ObjectStore } from '@alexnet/storage';
import { datasetPrefix, planKey, shardKeys, type ShardKeys } from './keys.ts';
import { checkAddition } from './claim.ts';
import {
  requestsOf,
  type DecodedSample,
  type DecodedSamples,
  type SampleDecoder,
} from './decoded-samples.ts';
import { fingerprintsObject } from './fingerprints.ts';
import { inOrder } from './in-order.ts';
import { findManifest } from './manifest.ts';
import { readPlan, readShardPlan } from './plan-format.ts';
import type { DatasetPlan, PlannedSample } from './plan-format.ts';
import { sealedJson } from './sealed.ts';
import type { QuarantineRecord, ShardIndex, ShardResult } from './shard-format.ts';
import type { DatasetSpec } from './spec.ts';
import { ImageSums } from './sums.ts';
import { BODY_OFFSET, entryBytes, packTar } from './tar.ts';
import type { TarEntry } from './tar.ts';
import { countReasons } from './usable.ts';

export interface ShardReference {
  /** Of the dataset. */
  name: string;
  /** That has the name of the dataset (`claim.json`). */
  addition: string;
  split: Split;
  shard: number;
}

export interface WriteShardOptions {
  onProgress?: (done: number, total: number) => void;
  /** Called when the decoder has been asked for the last image: it has time for another shard. */
  onLastRequest?: () => void;
  /** Stops between two images, throwing its reason; nothing is left behind. */
  signal?: AbortSignal;
}

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
  decoder: SampleDecoder,
  { name, addition, split, shard }: ShardReference,
  options: WriteShardOptions = {},
): Promise<{ count: number; quarantined: number; reasons: Record<string, number> }> {
  const check = (): Promise<void> => checkAddition(store, name, addition);
  await check();
  const plan = await readPlan(store, name);
  const keys = shardKeys(name, split, shard, 'first');
  const { result, writer } = await putShard({ store, decoder, plan, check, keys }, { split, shard }, options);
  await store.put(keys.fingerprints, fingerprintsObject(writer.fingerprints, result.sha256));
  await store.put(keys.result, sealedJson(result));
  await discardLate(store, name, { split, shard }, keys);
  const { count, quarantined } = result;
  return { count, quarantined: quarantined.length, reasons: countReasons(quarantined) };
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
  decoder: SampleDecoder;
  plan: DatasetPlan;
  /** @throws JOB_INVALID where another addition has the name of the dataset */
  check: () => Promise<void>;
  keys: ShardKeys;
}

/** Writes tar, index and sums. */
async function putShard(
  { store, decoder, plan, check, keys }: PutShard,
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
  const requests = endingWith(requestsOf(samples), options.onLastRequest);
  const decoded = inOrder(requests, decoder.requestsAtOnce, async (request) => {
    options.signal?.throwIfAborted();
    return await decoder.decode({ spec, split, samples: request });
  });
  const prefix = datasetPrefix(spec.name);
  const tar = packTar(writer.entries(samples, decoded, options));
  const { size, sha256 } = await store.putStream(prefix + keys.tar, checkedAtEnd(tar, check));
  const index = Buffer.from(JSON.stringify(writer.index));
  await store.put(prefix + keys.index, index);
  const result: Omit<ShardResult, 'digest'> = {
    plan: plan.digest,
    count: writer.index.labels.length,
    bytes: size,
    sha256,
    indexSha256: sha256Hex(index),
    ...countLabels(writer.index.labels),
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

function countLabels(labels: readonly number[]): Required<Pick<ShardResult, 'labels' | 'labelCounts'>> {
  const counts = new Map<number, number>();
  for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
  const sorted = [...counts].sort(([a], [b]) => a - b);
  return { labels: sorted.map(([label]) => label), labelCounts: sorted.map(([, count]) => count) };
}

function* endingWith<T>(items: Iterable<T>, onEnd: (() => void) | undefined): Generator<T> {
  yield* items;
  onEnd?.();
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

/** Turns decoded samples into tar entries, and keeps the books. */
class ShardWriter {
  readonly index: ShardIndex;
  readonly quarantined: QuarantineRecord[] = [];
  readonly warned = new Map<ImageWarning, number>();
  readonly sums: ImageSums | undefined;
  /** Of all images that were decoded, also of those that are dropped. */
  readonly fingerprints: Uint8Array[] = [];
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
    decoded: AsyncIterable<DecodedSamples>,
    { onProgress, signal }: WriteShardOptions,
  ): AsyncGenerator<TarEntry> {
    let done = 0;
    for await (const { samples: images, release } of decoded) {
      for (const image of images) {
        yield* this.#entriesOf(image, samples[done] as PlannedSample);
        done++;
        onProgress?.(done, samples.length);
        signal?.throwIfAborted();
      }
      release();
    }
  }

  *#entriesOf(image: DecodedSample, [name, label]: PlannedSample): Generator<TarEntry> {
    if ('quarantined' in image) {
      this.quarantined.push(image.quarantined);
      return;
    }
    if (this.#isDropped(image.fingerprint)) return;
    this.sums?.add(image.rgb);
    const { warning } = image;
    if (warning !== undefined) this.warned.set(warning, (this.warned.get(warning) ?? 0) + 1);
    for (const entry of this.#sample(image.body, label, name)) {
      this.#offset += entryBytes(entry.body);
      yield entry;
    }
  }

  /** Of the next image that was decoded. */
  #isDropped(fingerprint: Uint8Array): boolean {
    this.fingerprints.push(fingerprint);
    return this.#dropped.has(this.fingerprints.length - 1);
  }

  #sample(body: Uint8Array, label: number, name: string): TarEntry[] {
    const { encoding, offsets, lengths, labels, names } = this.index;
    const key = `${this.#shard}-${String(labels.length).padStart(5, '0')}`;
    offsets.push(this.#offset + BODY_OFFSET);
    lengths.push(body.length);
    labels.push(label);
    names.push(name);
    const description = JSON.stringify({ name, class: this.#classes[label] });
    return [
      { name: `${key}.${encoding}`, body },
      { name: `${key}.cls`, body: Buffer.from(String(label)) },
      { name: `${key}.json`, body: Buffer.from(description) },
    ];
  }
}
