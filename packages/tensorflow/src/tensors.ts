import type { Tensor, Tensorflow } from './open.ts';
import { rawOperation } from './operation.ts';

/**
 * Bytes as a float32 tensor of the given shape, values 0 … 255. The bytes go over as one string, which TensorFlow
 * decodes: a tenth of the time that an int32 tensor made from them takes.
 * @throws RangeError when the shape does not have as many values as there are bytes
 */
export function uint8Tensor(tensorflow: Tensorflow, bytes: Uint8Array, shape: readonly number[]): Tensor {
  const { tf } = tensorflow;
  const count = shape.reduce((product, size) => product * size, 1);
  if (count !== bytes.length)
    throw new RangeError(`shape [${shape.join(', ')}] has ${count} values, not ${bytes.length}`);
  return tf.tidy(() => {
    const text = tf.tensor1d([bytes], 'string');
    const decoded = rawOperation(tensorflow, 'DecodeRaw', [text], {
      types: { out_type: 'uint8' },
      bools: { little_endian: true },
    });
    const floats = rawOperation(tensorflow, 'Cast', [decoded], {
      types: { SrcT: 'uint8', DstT: 'float32' },
      bools: { Truncate: false },
    });
    return tf.reshape(floats, [...shape]);
  });
}

/**
 * Uniform float32 over [0, 1), a pure function of the seed and the shape (and of the device's kind): it does not
 * depend on what was drawn before. The seed is two 32-bit integers.
 */
export function statelessUniform(
  tensorflow: Tensorflow,
  shape: readonly number[],
  seed: readonly [number, number],
): Tensor {
  const { tf } = tensorflow;
  return tf.tidy(() =>
    rawOperation(
      tensorflow,
      'StatelessRandomUniform',
      [tf.tensor1d([...shape], 'int32'), tf.tensor1d([seed[0] | 0, seed[1] | 0], 'int32')],
      { types: { dtype: 'float32', T: 'int32', Tseed: 'int32' } },
    ),
  );
}
