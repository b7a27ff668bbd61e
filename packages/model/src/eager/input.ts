import { uint8Tensor } from '@alexnet/tensorflow';
import type { Tensor, Tensorflow } from '@alexnet/tensorflow';
import type { Batch, UnlabelledBatch } from '../engine.ts';
import { sizeOf } from '../net.ts';
import type { Net } from '../net.ts';

/** The net's input from bytes: (pixels - mean + lighting) / divisor, [n, height, width, channels]. */
export interface InputMaker {
  (batch: UnlabelledBatch): Tensor;
  dispose(): void;
}

/** @throws RangeError (of the function made) for slices whose pixels and lighting do not belong together */
export function createInputMaker(
  tensorflow: Tensorflow,
  net: Net,
  meanImage: Float32Array,
  divisor: number,
): InputMaker {
  const { tf } = tensorflow;
  const channels = net.input[2] ?? 0;
  if (meanImage.length !== sizeOf(net.input))
    throw new RangeError(
      `a mean image of ${meanImage.length} values for an input of [${net.input.join(', ')}]`,
    );
  const scale = 1 / divisor;
  const mean = tf.tensor(
    meanImage.map((value) => value * scale),
    [...net.input],
  );

  const make = ({ slices }: UnlabelledBatch): Tensor =>
    tf.tidy(() => {
      const counts = slices.map(({ pixels, lighting }) => {
        const n = pixels.length / sizeOf(net.input);
        if (lighting.length !== n * channels)
          throw new RangeError(`lighting of ${lighting.length} values beside ${pixels.length} pixel values`);
        return n;
      });
      const n = counts.reduce((sum, each) => sum + each, 0);
      const bytes = Buffer.concat(slices.map(({ pixels }) => pixels));
      const pixels = uint8Tensor(tensorflow, bytes, [n, ...net.input]);
      const scaled = divisor === 1 ? pixels : tf.mul(pixels, scale);
      const centred = tf.sub(scaled, mean);
      pixels.dispose();
      const lighting = slices.flatMap((slice) => Array.from(slice.lighting, (value) => value * scale));
      if (lighting.every((value) => value === 0)) return centred;
      return tf.add(centred, tf.tensor(lighting, [n, 1, 1, channels]));
    });
  return Object.assign(make, { dispose: () => mean.dispose() });
}

/** int32 [n]. @throws RangeError for a label that is no class, or a number of labels other than of images */
export function labelsOf(tensorflow: Tensorflow, net: Net, { slices }: Batch): Tensor {
  for (const { labels, pixels } of slices) {
    if (labels.length * sizeOf(net.input) !== pixels.length)
      throw new RangeError(`${labels.length} labels beside ${pixels.length} pixel values`);
    const wrong = labels.find((label) => label < 0 || label >= net.classes);
    if (wrong !== undefined) throw new RangeError(`label ${wrong} of ${net.classes} classes`);
  }
  return tensorflow.tf.tensor1d(Int32Array.from(slices.flatMap(({ labels }) => [...labels])), 'int32');
}
