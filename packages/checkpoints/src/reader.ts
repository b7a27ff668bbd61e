import { AlexnetError } from '@alexnet/core';
import type { FloatTensor } from '@alexnet/safetensors';
import type { ObjectStore } from '@alexnet/storage';
import type { z } from 'zod';
import { parseJsonAs, readTensors, readVerified } from './files.ts';
import {
  BestPointer,
  CheckpointManifest,
  checkpointName,
  keys,
  LatestPointer,
  stepOf,
  type StoredFile,
} from './manifest.ts';

/** Which checkpoint: the newest, the one with the least validation error, or that of a step. */
export type Selector = 'latest' | 'best' | number;

/**
 * The checkpoints of one run, for reading.
 */
export class CheckpointReader {
  protected readonly store: ObjectStore;
  protected readonly run: string;

  constructor(store: ObjectStore, run: string) {
    this.store = store;
    this.run = run;
  }

  /** @throws CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT */
  async manifest(selector: Selector): Promise<CheckpointManifest> {
    const name = await this.#find(selector);
    if (name === undefined) throw await this.#notFound(selector);
    const key = keys.checkpoint(this.run, name, 'checkpoint.json');
    const object = await this.store.getWithEtag(key);
    if (object === undefined) throw await this.#notFound(selector, name);
    return parseJsonAs(CheckpointManifest, object.body, key);
  }

  /** The newest checkpoint's manifest, or undefined where the run has none yet. */
  async latest(): Promise<CheckpointManifest | undefined> {
    const pointer = await this.latestPointer();
    return pointer?.value.checkpoint == null ? undefined : this.manifest('latest');
  }

  /** The checkpoints that are whole, by step. */
  async list(): Promise<{ name: string; step: number }[]> {
    const names = await this.#whole(keys.checkpoints(this.run));
    return names.map((name) => ({ name, step: stepOf(name) })).sort((a, b) => a.step - b.step);
  }

  async best(): Promise<BestPointer | undefined> {
    return (await this.bestPointer())?.value;
  }

  /** The weights of a checkpoint. @throws CHECKPOINT_CORRUPT when their digest is not the manifest's */
  async model(manifest: CheckpointManifest): Promise<Map<string, FloatTensor>> {
    return readTensors(this.store, manifest.model);
  }

  /** What the optimizer keeps of each weight. @throws CHECKPOINT_CORRUPT */
  async optimizer(manifest: CheckpointManifest): Promise<Map<string, FloatTensor>> {
    return readTensors(this.store, manifest.optimizer);
  }

  /** The bytes of a ledger segment. @throws CHECKPOINT_CORRUPT */
  async ledger(segment: StoredFile): Promise<Buffer> {
    return readVerified(this.store, segment);
  }

  /** `LATEST` as it stands, with the etag that a conditional write of it needs. */
  async latestPointer(): Promise<{ value: LatestPointer; etag: string } | undefined> {
    return this.#pointer(keys.latest(this.run), LatestPointer);
  }

  protected async bestPointer(): Promise<{ value: BestPointer; etag: string } | undefined> {
    return this.#pointer(keys.best(this.run), BestPointer);
  }

  async #find(selector: Selector): Promise<string | undefined> {
    if (selector === 'latest') return (await this.latestPointer())?.value.checkpoint ?? undefined;
    if (selector === 'best') return (await this.bestPointer())?.value.checkpoint;
    // Of several trainers that reached the same step the last one counts.
    const prefix = keys.checkpoints(this.run) + checkpointName(selector, 0).slice(0, -1);
    return (await this.#whole(prefix)).at(-1);
  }

  /** Names of the checkpoints under a prefix that have their manifest, as the store lists them. */
  async #whole(prefix: string): Promise<string[]> {
    const names: string[] = [];
    for await (const { key } of this.store.list(prefix)) {
      if (key.endsWith('/checkpoint.json')) names.push(key.split('/').at(-2) ?? '');
    }
    return names;
  }

  async #pointer<T>(key: string, schema: z.ZodType<T>): Promise<{ value: T; etag: string } | undefined> {
    const object = await this.store.getWithEtag(key);
    return object && { value: parseJsonAs(schema, object.body, key), etag: object.etag };
  }

  async #notFound(selector: Selector, name?: string): Promise<AlexnetError> {
    const steps = (await this.list()).map(({ step }) => step);
    const resume = `\`alexnet run resume ${this.run} --checkpoint ${steps.at(-1)}\` goes on from an earlier one.`;
    return new AlexnetError('CHECKPOINT_NOT_FOUND', {
      expected: `the run ${this.run} to have the checkpoint "${selector}"${name === undefined ? '' : `, ${name}`}`,
      actual: steps.length === 0 ? 'none at all' : `those of the steps ${steps.join(', ')}`,
      remedy:
        selector === 'latest' && steps.length > 0
          ? resume
          : 'Older checkpoints may have been removed by retention.',
    });
  }
}
