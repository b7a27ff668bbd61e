import type { Batch, UnlabelledBatch } from '../engine.ts';
import { sizeOf } from '../net.ts';
import type { Net } from '../net.ts';

/**
 * The slices of a batch as one: pixels as whole 32-bit words (the last one filled up with zeros), which TensorFlow takes
 * as they lie in memory, and lighting [n, channels]. Pixels that are one piece with room behind it are not copied.
 * @throws RangeError for slices whose pixels and lighting do not belong together
 */
export function gather(net: Net, { slices }: UnlabelledBatch): { words: Int32Array; lighting: Float32Array } {
  const channels = net.input[2] as number;
  for (const { pixels, lighting } of slices) {
    if (lighting.length * sizeOf(net.input) !== pixels.length * channels)
      throw new RangeError(`lighting of ${lighting.length} values beside ${pixels.length} pixel values`);
  }
  return {
    words: wordsOf(slices.map(({ pixels }) => pixels)),
    lighting: joined(slices.map((slice) => slice.lighting)),
  };
}

function wordsOf(parts: readonly Uint8Array[]): Int32Array {
  const count = Math.ceil(parts.reduce((sum, { length }) => sum + length, 0) / 4);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) {
    const { buffer, byteOffset } = only;
    if (byteOffset % 4 === 0 && byteOffset + 4 * count <= buffer.byteLength)
      return new Int32Array(buffer, byteOffset, count);
  }
  const words = new Int32Array(count);
  const bytes = new Uint8Array(words.buffer);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return words;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** int32 [n]. @throws RangeError for a label that is no class, or a number of labels other than of images */
export function labelsOf(net: Net, { slices }: Batch): Int32Array {
  for (const { labels, pixels } of slices) {
    if (labels.length * sizeOf(net.input) !== pixels.length)
      throw new RangeError(`${labels.length} labels beside ${pixels.length} pixel values`);
    const wrong = labels.find((label) => label < 0 || label >= net.classes);
    if (wrong !== undefined) throw new RangeError(`label ${wrong} of ${net.classes} classes`);
  }
  return Int32Array.from(slices.flatMap(({ labels }) => [...labels]));
}
