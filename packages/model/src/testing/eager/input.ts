import { uint8Tensor } from '@alexnet/tensorflow/testing';
import type { Tensor, Tensorflow } from '@alexnet/tensorflow';
import type { Batch, UnlabelledBatch } from '../../engine.ts';
import { labelsOf } from '../../graph/batch.ts';
import { sizeOf } from '../../net.ts';
import type { Net } from '../../net.ts';

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
  const [height, width, channels] = net.input as [number, number, number];
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
      if (slices.every(({ lighting }) => lighting.every((value) => value === 0))) return centred;
      const rows = repeatLighting(slices, width, channels, scale);
      const lit = tf.add(
        tf.reshape(centred, [n, height, width * channels]),
        tf.tensor(rows, [n, 1, width * channels]),
      );
      return tf.reshape(lit, [n, ...net.input]);
    });
  return Object.assign(make, { dispose: () => mean.dispose() });
}

/** The lighting of each sample, once for each pixel of a row: adding whole rows takes a third of the time. */
function repeatLighting(
  slices: UnlabelledBatch['slices'],
  width: number,
  channels: number,
  scale: number,
): Float32Array {
  const samples = slices.flatMap(({ lighting }) =>
    Array.from({ length: lighting.length / channels }, (_, i) =>
      lighting.subarray(i * channels, (i + 1) * channels).map((value) => value * scale),
    ),
  );
  const rows = new Float32Array(samples.length * width * channels);
  for (const [sample, offsets] of samples.entries()) {
    for (let x = 0; x < width; x++) rows.set(offsets, (sample * width + x) * channels);
  }
  return rows;
}

/** int32 [n]. @throws RangeError as `labelsOf` does */
export function labelTensor(tensorflow: Tensorflow, net: Net, batch: Batch): Tensor {
  return tensorflow.tf.tensor1d(labelsOf(net, batch), 'int32');
}
