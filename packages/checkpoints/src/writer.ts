import { AlexnetError, hasCode } from '@alexnet/core';
import { serialise, type FloatTensor } from '@alexnet/safetensors';
import { checkedJson, type ObjectStore } from '@alexnet/storage';
import { findBest } from './best.ts';
import { ifUnchanged, parseJson, writeInPieces } from './files.ts';
import { restoreOverview } from './history/restore-overview.ts';
import type { Overview } from './history/overview.ts';
import { formatSegment, toSegment, type HistoryPart } from './history/segment.ts';
import { formatLedger, type LedgerEntry } from './ledger.ts';
import { CheckpointManifest, checkpointName, fenceOf, keys } from './manifest.ts';
import type {
  BestPointer,
  Cursor,
  HistoryFile,
  LatestPointer,
  LedgerSegment,
  StoredFile,
  StoredHistory,
} from './manifest.ts';
import { checkpointObjects, highestFence, isWhole } from './objects.ts';
import { CheckpointReader } from './reader.ts';

export type Tensors = ReadonlyMap<string, FloatTensor>;

/** Everything training needs to go on, as one unit. */
export interface TrainingState {
  step: number;
  cursor: Cursor;
  digest: string;
  finished: boolean;
  model: Tensors;
  optimizer: Tensors;
  training: CheckpointManifest['training'];
  validationError: number | null;
}

/** What a saved checkpoint has besides: what was consumed, and what happened, since the one before. */
export interface SaveRequest extends TrainingState {
  ledger: readonly LedgerEntry[];
  history: HistoryPart;
}

/** The past of a run, as the next checkpoint will refer to it. */
interface Past {
  ledger: LedgerSegment[];
  history: HistoryFile[];
  overview: Overview;
}

/**
 * The checkpoints of one run, for the one trainer that holds it. The token in `LATEST` says who that is: claiming
 * a run raises it, and moving `LATEST` fails for a trainer that has an older one.
 */
export class CheckpointWriter extends CheckpointReader {
  readonly #keep: number;
  #pointer: { value: LatestPointer; etag: string };
  #past: Past;

  private constructor(
    { store, run }: CheckpointReader,
    keep: number,
    pointer: { value: LatestPointer; etag: string },
    past: Past,
  ) {
    super(store, run);
    this.#keep = keep;
    this.#pointer = pointer;
    this.#past = past;
  }

  /**
   * Takes the run over: from now on no other trainer can write its `LATEST`.
   * @param keep - newest checkpoints to keep, besides the best one
   * @throws RUN_FENCED when another trainer claims it at the same moment; CHECKPOINT_CORRUPT, CHECKPOINT_NOT_FOUND when
   *   `LATEST` or the manifest that it names is damaged
   */
  static async claim(store: ObjectStore, run: string, keep: number): Promise<CheckpointWriter> {
    const reader = new CheckpointReader(store, run);
    const current = await reader.latestPointer();
    const before = current?.value ?? { fence: 0, checkpoint: null, step: 0 };
    // A damaged token must not lead into the folders of a trainer before.
    const fence = 1 + Math.max(before.fence, await highestFence({ store, run }));
    const value: LatestPointer = { ...before, fence };
    const { etag } = await fenced(run, store.put(keys.latest(run), checkedJson(value), ifUnchanged(current)));
    const latest = await reader.latest();
    const writer = new CheckpointWriter(reader, keep, { value, etag }, await restorePast(reader, latest));
    // The trainer before may have died between moving LATEST and moving BEST.
    if (latest !== undefined) await writer.#moveBest(latest);
    await writer.#sweepPast();
    return writer;
  }

  get fence(): number {
    return this.#pointer.value.fence;
  }

  /**
   * The state to go on from, or undefined for a run at its beginning.
   * @throws CHECKPOINT_CORRUPT
   */
  async restore(): Promise<TrainingState | undefined> {
    const manifest = await this.latest();
    if (manifest === undefined) return undefined;
    const { step, cursor, digest, finished, training, validationError } = manifest;
    const [model, optimizer] = await Promise.all([this.model(manifest), this.optimizer(manifest)]);
    return { step, cursor, digest, finished, training, validationError, model, optimizer };
  }

  /**
   * Writes a checkpoint: its files, then its manifest, then `LATEST`, then (where it is the best so far) `BEST`.
   * One at a time. Removes what retention does not keep. What failed may be saved again.
   * @throws RUN_FENCED when another trainer has taken the run over: then what was written of it is removed again, unless the other
   *   trainer goes on from it
   */
  async save(request: SaveRequest): Promise<CheckpointManifest> {
    const name = checkpointName(request.step, this.fence);
    const { manifest, past } = await this.#write(name, request);
    try {
      await this.#moveLatest(name, request.step);
    } catch (error) {
      if (isFenced(error) && !(await this.#isInUse(name))) await this.#discard(name);
      throw error;
    }
    await this.#retain(name, past, await this.#moveBest(manifest));
    // Last: what is saved again is to extend the same past.
    this.#past = past;
    return manifest;
  }

  /** The files of a checkpoint, its parts of the ledger and of the history, and last its manifest. */
  async #write(name: string, request: SaveRequest): Promise<{ manifest: CheckpointManifest; past: Past }> {
    const news = this.#isSaved(name) ? NOTHING : request.history;
    const overview = this.#past.overview.extended(toSegment(news));
    const file = (named: string): string => keys.checkpoint(this.run, name, named);
    const [model, optimizer, ledgerSegment, historySegment, storedOverview] = await Promise.all([
      this.#writeFile(file('model.safetensors'), serialise(request.model)),
      this.#writeFile(file('optimizer.safetensors'), serialise(request.optimizer)),
      this.#writeLedger(request.ledger, name),
      this.#writeHistory(news, name),
      this.#writeFile(file('history.safetensors'), overview.format()),
    ]);
    const ledger = appended(this.#past.ledger, ledgerSegment);
    const segments = appended(this.#past.history, historySegment);
    const history: StoredHistory = { segments, overview: storedOverview };
    const { step, cursor, digest, finished, training, validationError } = request;
    const manifest: CheckpointManifest = {
      ...{
        version: 1,
        run: this.run,
        name,
        step,
        cursor,
        fence: this.fence,
        digest,
        finished,
        validationError,
      },
      ...{ model, optimizer, ledger, history, training },
    };
    await this.store.put(file('checkpoint.json'), checkedJson(manifest));
    return { manifest, past: { ledger, history: segments, overview } };
  }

  /** Whether this trainer has saved the same step before: all that has happened since is that it saves it again. */
  #isSaved(name: string): boolean {
    return this.#past.history.at(-1)?.key === keys.history(this.run, name);
  }

  /**
   * Whether the run has gone on from a checkpoint of this name: this trainer may have saved it before, or have moved `LATEST` to
   * it and slept before it heard of that.
   */
  async #isInUse(name: string): Promise<boolean> {
    try {
      const newest = await this.latest();
      if (newest === undefined) return false;
      const parts = partsOf(newest);
      return (
        newest.name === name ||
        parts.includes(keys.ledger(this.run, name)) ||
        parts.includes(keys.history(this.run, name))
      );
    } catch {
      // What cannot be told is left to the next trainer.
      return true;
    }
  }

  /** Removes a checkpoint that nothing refers to; where the store fails, the next trainer does. */
  async #discard(name: string): Promise<void> {
    const files = ['checkpoint.json', 'model.safetensors', 'optimizer.safetensors', 'history.safetensors'];
    const objects = [
      ...files.map((file) => keys.checkpoint(this.run, name, file)),
      keys.ledger(this.run, name),
      keys.history(this.run, name),
    ];
    for (const key of objects) await this.store.delete(key).catch(() => undefined);
  }

  /**
   * Removes parts of the ledger and of the history that trainers before this one wrote for checkpoints that they did not finish.
   * Those of a later trainer are not looked at: it may be writing them.
   */
  async #sweepPast(): Promise<void> {
    const known = new Set<string>();
    for await (const { key } of this.store.list(keys.checkpoints(this.run))) {
      if (!key.endsWith('/checkpoint.json')) continue;
      const object = await this.store.getWithEtag(key);
      // A trainer that has lost the run may have removed it meanwhile.
      if (object === undefined) continue;
      const manifest = CheckpointManifest.safeParse(parseJson(object.body));
      // It may name any of them.
      if (!manifest.success) return;
      for (const key of partsOf(manifest.data)) known.add(key);
    }
    for (const prefix of [keys.ledgers(this.run), keys.histories(this.run)])
      for await (const { key } of this.store.list(prefix))
        if (!known.has(key) && fenceOf(key) < this.fence) await this.store.delete(key);
  }

  #writeFile(key: string, body: Iterable<Uint8Array>): Promise<StoredFile> {
    return writeInPieces(this.store, key, body);
  }

  async #writeLedger(entries: readonly LedgerEntry[], name: string): Promise<LedgerSegment | undefined> {
    const [first, last] = [entries[0], entries.at(-1)];
    if (first === undefined || last === undefined) return undefined;
    const file = await this.#writeFile(keys.ledger(this.run, name), [formatLedger(entries)]);
    return { ...file, fromStep: first.step, toStep: last.step };
  }

  async #writeHistory({ steps, events }: HistoryPart, name: string): Promise<HistoryFile | undefined> {
    if (steps.length === 0 && events.length === 0) return undefined;
    const file = await this.#writeFile(keys.history(this.run, name), formatSegment({ steps, events }));
    return { ...file, fromStep: steps[0]?.step ?? 0, steps: steps.length };
  }

  async #moveLatest(checkpoint: string, step: number): Promise<void> {
    const value: LatestPointer = { fence: this.fence, checkpoint, step };
    try {
      const put = this.store.put(keys.latest(this.run), checkedJson(value), { ifMatch: this.#pointer.etag });
      const { etag } = await fenced(this.run, put);
      this.#pointer = { value, etag };
    } catch (error) {
      if (!isFenced(error)) throw error;
      // A try before this one may have moved it, and only its answer was lost: nobody else has this fence.
      const pointer = await this.latestPointer();
      if (pointer?.value.fence !== this.fence || pointer.value.checkpoint !== checkpoint) throw error;
      this.#pointer = pointer;
    }
  }

  /** Moves `BEST` to a checkpoint that is better, and makes it again where it is damaged. Returns the best one's name. */
  async #moveBest(manifest: CheckpointManifest): Promise<string | undefined> {
    const { best, stored, object } = await findBest(this);
    const better = betterOf(best, manifest);
    if (better === best && stored) return best?.checkpoint;
    const key = keys.best(this.run);
    if (better !== undefined)
      await fenced(this.run, this.store.put(key, checkedJson(better), ifUnchanged(object)));
    else await this.store.delete(key);
    return better?.checkpoint;
  }

  /**
   * Keeps the newest, the best and this one; the manifest goes first, so that no half checkpoint is ever read. What a
   * later trainer has begun is not touched: this one may have lost the run since it moved `LATEST`.
   */
  async #retain(current: string, { ledger }: Past, best: string | undefined): Promise<void> {
    const folders = await checkpointObjects(this);
    const whole = [...folders].filter(([, files]) => isWhole(files)).map(([name]) => name);
    const kept = new Set([...whole.slice(-this.#keep), current, best]);
    const own = new Set(ledger.map(({ key }) => key));
    let abandoned = false;
    for (const [name, files] of folders) {
      if (kept.has(name) || fenceOf(name) > this.fence) continue;
      // The manifest's name sorts first among the files of a checkpoint.
      for (const key of files.sort()) await this.store.delete(key);
      abandoned ||= !own.has(keys.ledger(this.run, name));
    }
    // One that this run does not descend from may have been the last to name its part of the ledger.
    if (abandoned) await this.#sweepPast();
  }
}

/** Keys of the parts of the ledger and of the history that a checkpoint descends from. */
const partsOf = ({ ledger, history }: CheckpointManifest): string[] =>
  [...ledger, ...(history?.segments ?? [])].map(({ key }) => key);

const NOTHING: HistoryPart = { steps: [], events: [] };

const appended = <T>(before: readonly T[], last: T | undefined): T[] =>
  last === undefined ? [...before] : [...before, last];

async function restorePast(reader: CheckpointReader, latest: CheckpointManifest | undefined): Promise<Past> {
  const overview = await restoreOverview(reader.store, latest);
  return { ledger: latest?.ledger ?? [], history: latest?.history?.segments ?? [], overview };
}

/** The earlier one, unless the later one is better, or the run went back and is at its step again. */
function betterOf(best: BestPointer | undefined, manifest: CheckpointManifest): BestPointer | undefined {
  const { name, step, validationError } = manifest;
  if (validationError === null || best?.checkpoint === name) return best;
  if (best !== undefined && best.step < step && best.validationError <= validationError) return best;
  return { checkpoint: name, step, validationError };
}

const isFenced = (error: unknown): boolean => hasCode(error, 'RUN_FENCED');

export async function fenced<T>(run: string, write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (!(error instanceof AlexnetError) || error.code !== 'OBJECT_PRECONDITION_FAILED') throw error;
    throw new AlexnetError('RUN_FENCED', {
      expected: `to be the only trainer of run ${run}`,
      actual: 'another trainer that has claimed it since',
      remedy: 'Nothing is lost: the other trainer goes on from the last checkpoint, and this one stops.',
      cause: error,
    });
  }
}
