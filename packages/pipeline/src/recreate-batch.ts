import { batchesOf, drawAugmentation, parseSlice, SliceMaker, type Slice } from '@alexnet/batches';
import { CheckpointReader, parseLedger, type LedgerEntry } from '@alexnet/checkpoints';
import { AlexnetError } from '@alexnet/core';
import { openSamples, type Manifest, type ShardReader } from '@alexnet/datasets';
import type { ObjectStore } from '@alexnet/storage';
import { passOf, readDatasetOf, readRunSpec, sliceRecipeOf, type RunSpec } from './run-spec.ts';

/** One image of a batch, as the net saw it, and where that came from. */
export interface RecreatedImage {
  /** Id of the sample. */
  sample: number;
  /** Of the file in the source. */
  name: string;
  class: string;
  /** First row and column of the part that was cut out of the stored square. */
  crop: { top: number; left: number };
  mirrored: boolean;
  /** Added to red, green and blue of every pixel, on the scale 0–255. */
  lighting: [number, number, number];
  /** The rectangle that was erased, in pixels of the input; null where none was. */
  erased: { top: number; left: number; height: number; width: number } | null;
  /** uint8 [storedSide, storedSide, 3], as the dataset has it. */
  stored: Uint8Array;
  /** uint8 [inputSide, inputSide, 3]: cut out, mirrored, with the lighting added and clamped for drawing. */
  seen: Uint8Array;
}

/** A batch that a run trained on, made again. */
export interface RecreatedBatch {
  run: string;
  /** From 0. */
  step: number;
  /** From 0. */
  epoch: number;
  /** In its epoch, from 0. */
  batch: number;
  /** Sides in pixels. */
  storedSide: number;
  inputSide: number;
  /** The digest of each slice as it was made now, and as the ledger has it. */
  slices: { digest: string; recordedDigest: string }[];
  /** All slices have the digests and the samples of the ledger: these are the bytes that the run was trained on. */
  proven: boolean;
  images: RecreatedImage[];
}

/**
 * Makes the batch of a past step again, from the dataset and the run's spec alone, and compares it with the run's ledger. It needs
 * neither a trainer nor Redis.
 * @param step from 0
 * @throws RUN_NOT_FOUND, FORMAT_INVALID; STEP_NOT_RECORDED for a step that the ledger does not have; DATASET_NOT_FOUND,
 *   DATASET_CHANGED; OBJECT_CORRUPT for a shard that was changed; CHECKPOINT_CORRUPT for a ledger that was changed
 */
export async function recreateBatch(
  { store, shards }: { store: ObjectStore; shards: ShardReader },
  run: string,
  step: number,
): Promise<RecreatedBatch> {
  const spec = await readRunSpec(store, run);
  const entry = await readEntry(store, run, step);
  const manifest = await readDatasetOf(store, spec);
  const { epoch, batch } = entry;
  const slices = await makeSlices(shards, spec, manifest, entry);
  const compared = slices.map(({ digest }, at) => ({
    digest,
    recordedDigest: entry.slices[at]?.digest ?? 'none',
  }));
  const images: RecreatedImage[] = [];
  for (const slice of slices) images.push(...(await imagesOf(shards, spec, manifest, { slice, epoch })));
  return {
    ...{ run, step, epoch, batch },
    storedSide: manifest.spec.side,
    inputSide: spec.profile.net.input,
    slices: compared,
    proven:
      slices.length === entry.slices.length &&
      slices.every(({ digest, samples }, at) => {
        const recorded = entry.slices[at];
        return (
          digest === recorded?.digest && Buffer.compare(bytesOf(samples), bytesOf(recorded.samples)) === 0
        );
      }),
    images,
  };
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** The line of the ledger, as of the newest checkpoint. */
async function readEntry(store: ObjectStore, run: string, step: number): Promise<LedgerEntry> {
  const reader = new CheckpointReader(store, run);
  const latest = await reader.latest();
  const segment = latest?.ledger.find(({ fromStep, toStep }) => step >= fromStep && step <= toStep);
  const entries = segment === undefined ? [] : parseLedger(await reader.ledger(segment));
  const entry = entries.find((each) => each.step === step);
  if (entry !== undefined) return entry;
  const made = latest?.step ?? 0;
  throw new AlexnetError('STEP_NOT_RECORDED', {
    expected: `a step that a checkpoint of the run ${run} has`,
    actual: `step ${step}`,
    remedy:
      made === 0
        ? 'The run has no checkpoint yet.'
        : `Its newest checkpoint has the steps 0 to ${made - 1}; later ones are recorded with the next checkpoint.`,
  });
}

async function makeSlices(
  shards: ShardReader,
  spec: RunSpec,
  manifest: Manifest,
  { epoch, batch }: LedgerEntry,
): Promise<Slice[]> {
  const maker = new SliceMaker(shards);
  const recipe = sliceRecipeOf(spec, manifest);
  const [reference] = batchesOf(passOf(spec, 'train', 'train', { epoch }), batch);
  const slices: Slice[] = [];
  for (const { address } of reference?.slices ?? []) {
    // The maker uses the memory again.
    const slice = await maker.make(recipe, address, (bytes) =>
      Promise.resolve(parseSlice(Buffer.from(bytes), recipe.input)),
    );
    slices.push(slice);
  }
  return slices;
}

async function imagesOf(
  shards: ShardReader,
  { profile, dataset, seed }: RunSpec,
  manifest: Manifest,
  { slice, epoch }: { slice: Slice; epoch: number },
): Promise<RecreatedImage[]> {
  const sides = { stored: manifest.spec.side, input: profile.net.input };
  const samples = await openSamples(shards, manifest, 'train', [...slice.samples]);
  return await Promise.all(
    samples.map(async ({ name, label, read }, at) => {
      const sample = slice.samples[at] as number;
      const drawn = drawAugmentation(profile.augment, sides, { seed, epoch, sample });
      const lighting = [...slice.lighting.subarray(3 * at, 3 * at + 3)] as RecreatedImage['lighting'];
      const size = sides.input * sides.input * 3;
      const pixels = slice.pixels.subarray(at * size, (at + 1) * size);
      return {
        ...{ sample, name, class: dataset.classes[label] ?? String(label) },
        crop: { top: drawn.top, left: drawn.left },
        ...{ mirrored: drawn.mirror, lighting, erased: drawn.erased ?? null },
        stored: new Uint8Array(await read()),
        seen: lit(pixels, lighting),
      };
    }),
  );
}

/** Pixels with an offset for each channel, clamped to 0–255. */
function lit(pixels: Uint8Array, offset: readonly number[]): Uint8Array {
  return Uint8Array.from(pixels, (value, at) =>
    Math.min(255, Math.max(0, Math.round(value + (offset[at % 3] ?? 0)))),
  );
}
