import { CHANNELS } from './augmentation.ts';
import type { Span } from '@alexnet/telemetry';
import type { BatchReference } from './batch-layout.ts';
import { imageBytes, type Slice } from './slice.ts';

const WORD_BYTES = 4;

/** A batch, ready to train on. Arrays are not shared with anyone: they may be transferred to a thread. */
export interface Batch {
  reference: BatchReference;
  /** [N, side, side, 3], at the beginning of a buffer of whole 32-bit words. */
  pixels: Uint8Array<ArrayBuffer>;
  /** [N]. */
  labels: Int32Array<ArrayBuffer>;
  /** [N, 3], on the 0–255 scale. */
  lighting: Float32Array<ArrayBuffer>;
  /** What was consumed, for the ledger: in order. */
  slices: { digest: string; samples: Uint32Array }[];
  /** From the request of its slices on; whoever consumes the batch ends it. */
  trace: Span;
}

/** How much memory the pixels take: whole words, so that it can be handed on as such without a copy. */
export const pixelMemoryBytes = ({ count, side }: BatchReference): number =>
  Math.ceil((count * imageBytes(side)) / WORD_BYTES) * WORD_BYTES;

/** A batch that is still to be filled in. @param memory for its pixels, of {@link pixelMemoryBytes} */
export function emptyBatch(reference: BatchReference, memory: ArrayBuffer, trace: Span): Batch {
  const { count, side } = reference;
  return {
    reference,
    pixels: new Uint8Array(memory, 0, count * imageBytes(side)),
    labels: new Int32Array(count),
    lighting: new Float32Array(count * CHANNELS),
    slices: [],
    trace,
  };
}

/** Copies a slice into its batch, from sample `first` on. */
export function fillIn(batch: Batch, first: number, { pixels, labels, lighting }: Slice): void {
  batch.pixels.set(pixels, first * imageBytes(batch.reference.side));
  batch.labels.set(labels, first);
  batch.lighting.set(lighting, first * CHANNELS);
}
