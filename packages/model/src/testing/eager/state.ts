import type { FloatTensor } from '@alexnet/safetensors';
import { rawOperation } from '@alexnet/tensorflow/testing';
import type { Tensor, Tensorflow } from '@alexnet/tensorflow';

/** Tensors on the device, by name. */
export type DeviceTensors = Map<string, Tensor>;

/** Copies of the tensors. */
export function toDevice(tensorflow: Tensorflow, tensors: ReadonlyMap<string, FloatTensor>): DeviceTensors {
  const { tf } = tensorflow;
  return new Map(
    [...tensors].map(([name, { shape, data }]) => {
      // Identity makes TensorFlow take its copy now: the caller may change the array afterwards.
      const copy = tf.tidy(() =>
        rawOperation(tensorflow, 'Identity', [tf.tensor(data, [...shape])], { types: { T: 'float32' } }),
      );
      return [name, copy];
    }),
  );
}

export function fromDevice(tensors: DeviceTensors): Map<string, FloatTensor> {
  return new Map(
    [...tensors].map(([name, tensor]) => [
      name,
      { shape: [...tensor.shape], data: tensor.dataSync<'float32'>() },
    ]),
  );
}
