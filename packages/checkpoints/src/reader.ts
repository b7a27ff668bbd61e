import { AlexnetError } from '@alexnet/core';
import type { FloatTensor } from '@alexnet/safetensors';
import type { ObjectStore } from '@alexnet/storage';
import { findBest } from './best.ts';
import { corrupt, readTensors, readVerified } from './files.ts';
import { nameOfStep } from './lineage.ts';
import {
  keys,
  stepOf,
  type BestPointer,
  type CheckpointManifest,
  type LatestPointer,
  type StoredFile,
} from './manifest.ts';
import { readManifest, readPointer, wholeNames, type Latest } from './objects.ts';
import { goOn, withRemedy, type Care } from './remedy.ts';

/** Which checkpoint: the newest, the one with the least validation error, or that of a step. */
export type Selector = 'latest' | 'best' | number;

/** `latest`, `best` or the number of a step; undefined for any other text. */
export function parseSelector(text: string): Selector | undefined {
  if (text === 'best' || text === 'latest') return text;
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/**
 * The checkpoints of one run, for reading. What is damaged is CHECKPOINT_CORRUPT or CHECKPOINT_NOT_FOUND; the error
 * names the object, and the newest earlier checkpoint that the run can go on from.
 */
export class CheckpointReader {
  readonly store: ObjectStore;
  readonly run: string;
  readonly #care: Care;

  /** @param care - how well an earlier checkpoint is looked at before an error recommends it; sizes are quick */
  constructor(store: ObjectStore, run: string, care: Care = 'digests') {
    this.store = store;
    this.run = run;
    this.#care = care;
  }

  /** @throws CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT */
  async manifest(selector: Selector): Promise<CheckpointManifest> {
    if (selector === 'latest') {
      const latest = await this.latest();
      if (latest === undefined) throw await this.#notFound(selector);
      return latest;
    }
    if (selector === 'best') return await this.#bestManifest();
    return await this.#named(await nameOfStep(this, selector), selector);
  }

  /**
   * A checkpoint's manifest with its weights. Where training goes on meanwhile and retention removes what `latest` or `best`
   * named, what they name then is read.
   * @throws CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT when the digest of the weights is not the manifest's
   */
  async trained(
    selector: Selector,
  ): Promise<{ manifest: CheckpointManifest; weights: Map<string, FloatTensor> }> {
    return await this.#following(
      () => this.manifest(selector),
      ({ name }) => name,
      async (manifest) => ({ manifest, weights: await this.model(manifest) }),
    );
  }

  /**
   * The newest checkpoint's manifest, or undefined where the run has none yet.
   * @throws CHECKPOINT_NOT_FOUND, CHECKPOINT_CORRUPT
   */
  async latest(): Promise<CheckpointManifest | undefined> {
    return await this.#following(
      () => this.latestPointer(),
      (pointer) => pointer?.etag,
      async (pointer) => pointer && (await this.#pointedTo(pointer.value)),
    );
  }

  async #pointedTo({ checkpoint, step }: LatestPointer): Promise<CheckpointManifest | undefined> {
    if (checkpoint === null) return undefined;
    const manifest = await this.#named(checkpoint, 'latest');
    if (manifest.step === step) return manifest;
    const error = corrupt(
      keys.latest(this.run),
      `step ${manifest.step}, that of ${checkpoint}`,
      String(step),
    );
    throw await withRemedy(error, this, Infinity, this.#care);
  }

  /** The checkpoints that have a manifest, by step, and those of one step by age. */
  async list(): Promise<{ name: string; step: number }[]> {
    return (await wholeNames(this)).map((name) => ({ name, step: stepOf(name) }));
  }

  /** The one with the least validation error; a damaged `BEST` is no obstacle. */
  async best(): Promise<BestPointer | undefined> {
    return (await findBest(this)).best;
  }

  /** The weights of a checkpoint. @throws CHECKPOINT_CORRUPT when their digest is not the manifest's */
  async model(manifest: CheckpointManifest): Promise<Map<string, FloatTensor>> {
    return this.#advised(manifest.step, readTensors(this.store, manifest.model));
  }

  /** What the optimizer keeps of each weight. @throws CHECKPOINT_CORRUPT */
  async optimizer(manifest: CheckpointManifest): Promise<Map<string, FloatTensor>> {
    return this.#advised(manifest.step, readTensors(this.store, manifest.optimizer));
  }

  /** The bytes of a ledger segment. @throws CHECKPOINT_CORRUPT */
  async ledger(segment: StoredFile): Promise<Buffer> {
    return this.#advised(Infinity, readVerified(this.store, segment));
  }

  /** `LATEST` as it stands, with the etag that a conditional write of it needs. @throws CHECKPOINT_CORRUPT */
  async latestPointer(): Promise<Latest | undefined> {
    return this.#advised(Infinity, readPointer(this));
  }

  async #bestManifest(): Promise<CheckpointManifest> {
    return await this.#following(
      () => this.best(),
      (best) => best?.checkpoint,
      (best) => this.#named(best?.checkpoint, 'best'),
    );
  }

  /** Reads what something points to; again, where that fails and it points to something else by then. */
  async #following<P, T>(
    find: () => Promise<P>,
    identity: (pointer: P) => string | undefined,
    read: (pointer: P) => Promise<T>,
  ): Promise<T> {
    let pointer = await find();
    for (;;) {
      try {
        return await read(pointer);
      } catch (error) {
        const now = await find();
        if (identity(now) === identity(pointer)) throw error;
        pointer = now;
      }
    }
  }

  async #named(name: string | undefined, selector: Selector): Promise<CheckpointManifest> {
    const manifest =
      name === undefined ? undefined : await this.#advised(stepOf(name), readManifest(this, name));
    if (manifest === undefined) throw await this.#notFound(selector, name);
    return manifest;
  }

  /** Has a damage say what to do about it. */
  async #advised<T>(step: number, read: Promise<T>): Promise<T> {
    try {
      return await read;
    } catch (error) {
      throw await withRemedy(error, this, step, this.#care);
    }
  }

  async #notFound(selector: Selector, name?: string): Promise<AlexnetError> {
    const steps = [...new Set((await this.list()).map(({ step }) => step))];
    const key = name === undefined ? '' : `, ${keys.checkpoint(this.run, name, 'checkpoint.json')}`;
    return new AlexnetError('CHECKPOINT_NOT_FOUND', {
      expected: `the run ${this.run} to have the checkpoint "${selector}"${key}`,
      actual: steps.length === 0 ? 'none at all' : `those of the steps ${steps.join(', ')}`,
      remedy:
        name === undefined
          ? 'Older checkpoints may have been removed by retention.'
          : await goOn(this, stepOf(name), this.#care),
    });
  }
}
